"""Mails that come back of a message in the database, and the message."""

from __future__ import annotations

from pathlib import Path

from campaigns.mail.return_paths import return_path
from campaigns.tokens import keyring
from tests.factories.petitions import open_petition, sign
from tests.factories.rows import value

DOMAIN = "returns.chorus.example"
FIXTURES = Path(__file__).parent / "fixtures"


async def message_sent() -> str:
    """The reference of a message to amina@example.org."""
    await sign(await open_petition(), email="amina@example.org")
    return keyring().message_reference(await value("SELECT id FROM message"))


def address_of(reference: str) -> str:
    return return_path(reference, DOMAIN)


def bounce(reference: str, name: str = "postfix_user_unknown") -> bytes:
    """A fixture about that message, with the line ends mail has on its way."""
    raw = (FIXTURES / f"{name}.eml").read_bytes().replace(b"REFERENCE", reference.encode())
    return raw.replace(b"\n", b"\r\n")
