"""How often one may ask for what is mailed to somebody: the counts stand beside those of signing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from campaigns.petitions.limits import Limit
from campaigns.tokens import Keyring

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Who is above the first is told to wait; above the second nobody is told, and no mail goes.
ASKING_NETWORK = Limit(name="own-page-network", most=30, window=HOUR)
ASKING_ADDRESS = Limit(name="own-page-address", most=5, window=DAY)
CHANGING_PERSON = Limit(name="address-change", most=5, window=DAY)
CHANGING_TO_ADDRESS = Limit(name="address-change-to", most=5, window=DAY)
CODE_TRIES = Limit(name="address-change-code", most=5, window=DAY)


def address_hash(email_key: str, keys: Keyring) -> str:
    """What stands for a mailbox among the counts: whoever reads them learns no address."""
    return keys.network_key(f"mailbox:{email_key}")


def counted_under(
    email_keys: Sequence[str], people: Sequence[UUID], changes: Sequence[UUID], keys: Keyring
) -> list[str]:
    """The names of all counts that are about these mailboxes, people and wishes to change an address."""
    mailboxes = [address_hash(each, keys) for each in email_keys]
    return [
        *(f"{ASKING_ADDRESS.name}:{each}" for each in mailboxes),
        *(f"{CHANGING_TO_ADDRESS.name}:{each}" for each in mailboxes),
        *(f"{CHANGING_PERSON.name}:{each.hex}" for each in people),
        *(f"{CODE_TRIES.name}:{each.hex}" for each in changes),
    ]
