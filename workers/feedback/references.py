"""Which message a mail that came back speaks of, and which address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import parseaddr

from campaigns.mail.return_paths import genuine, reference_in
from campaigns.tokens import Keyring
from workers.feedback.notices import Fields, Notice
from workers.feedback.parsing import LONGEST_READ

MOST_CANDIDATES = 20

_NAMED = re.compile(
    rb"(?:message-id|x-chorus-reference|in-reply-to|references)[ \t]{0,8}:[\s>]{0,80}<?"
    rb"([a-z2-7]{32})(?![a-z2-7])",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"<([^<>@\s]{1,128})@")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]{1,64}@[^\s<>()\[\],;:\"\\@]{1,190}")


def reference_of(found: Notice, raw: bytes, *, recipient: str, keys: Keyring) -> str:
    """Our name of the message, from the address it came to or our headers in what came back; '' when lost."""
    addresses = (
        recipient,
        *(found.headers.get(name, "") for name in ("delivered-to", "x-original-to", "envelope-to", "to")),
        found.feedback.get("original-mail-from", ""),
        found.original.get("return-path", ""),
    )
    for address in addresses:
        reference = reference_in(parseaddr(address)[1], keys)
        if reference:
            return reference
    return (
        references_in(found.original, keys, "x-chorus-reference", "message-id")
        or _first_genuine((each[1].decode() for each in _NAMED.finditer(raw, 0, LONGEST_READ)), keys)
        or _first_genuine((each[1].decode() for each in _NAMED.finditer(found.text.encode())), keys)
    )


def references_in(fields: Fields, keys: Keyring, *names: str) -> str:
    """The first reference of ours in the fields of these names, bare or as a Message-ID; '' for none."""
    told = " ".join(fields.get(name, "") for name in names)
    return _first_genuine([*_IDENTIFIER.findall(told), *told.split()], keys)


def _first_genuine(candidates: Iterable[str], keys: Keyring) -> str:
    for number, candidate in enumerate(candidates):
        if number >= MOST_CANDIDATES:
            break
        reference = genuine(candidate, keys)
        if reference:
            return reference
    return ""


def address_of(found: Notice) -> str:
    """The address the report speaks of; '' when it tells none, or several."""
    told = [
        block.get(name, "")
        for block in found.deliveries
        for name in ("original-recipient", "final-recipient")
        if block.get(name)
    ]
    told += [found.feedback.get("original-rcpt-to", ""), found.original.get("x-hmxmroriginalrecipient", "")]
    told += [found.disposition.get("original-recipient", ""), found.disposition.get("final-recipient", "")]
    told += found.failing if len(found.failing) == 1 else []
    told += [found.original.get("to", "")]
    return next((address for each in told if (address := _address(each))), "")


def _address(told: str) -> str:
    """`rfc822; <amina@example.org>` as an address; '' for anything else, and for what is not printable."""
    found = _ADDRESS.search(told.partition(";")[2] or told)
    return found[0] if found and found[0].isprintable() and "\ufffd" not in found[0] else ""
