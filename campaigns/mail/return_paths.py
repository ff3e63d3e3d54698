"""The address bounces go to: a variable envelope return path (VERP), one for each message.

A mail server reports to the envelope's sender and to nobody else (RFC 5321, 4.5.5). What it writes into its
report is anybody's guess; the address it writes to is ours, and names the message.
"""

from __future__ import annotations

from campaigns.errors import LinkInvalid
from campaigns.tokens import Keyring

PREFIX = "bounces+"


def return_path(reference: str, domain: str) -> str:
    """The envelope's sender for one message; `reference` is `Keyring.message_reference`."""
    return f"{PREFIX}{reference}@{domain}"


def is_return_path(address: str, domain: str) -> bool:
    """Is this one of our addresses for bounces, whatever its reference is worth?"""
    local, _, host = address.rpartition("@")
    return local.lower().startswith(PREFIX) and host.lower() == domain.lower()


def reference_in(address: str, keys: Keyring) -> str:
    """The reference in a return path, in lower case; '' when there is none or it was not made here."""
    local = address.rpartition("@")[0].lower()
    return genuine(local.removeprefix(PREFIX), keys) if local.startswith(PREFIX) else ""


def genuine(reference: str, keys: Keyring) -> str:
    """The reference in lower case when it was made here, else ''."""
    try:
        keys.read_message_reference(reference.lower())
    except LinkInvalid:
        return ""
    return reference.lower()
