"""What the domain asks of whoever carries its mail: an SMTP server, a provider, or a folder on a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from campaigns.errors import ChorusError


class MailRefused(ChorusError):
    """The mail will never be taken: a permanent answer (RFC 5321, 5yz)."""

    code: ClassVar[str] = "mail-refused"


class MailDelayed(ChorusError):
    """The mail was not taken this time: a temporary answer (4yz), a timeout, a dropped connection."""

    code: ClassVar[str] = "mail-delayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A mail ready to go. `message_id` is the same at every attempt, so that a mailbox can drop a repeat."""

    message_id: str
    sender: str
    sender_name: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Mailer(Protocol):
    """Carries mails. An implementation may hold connections; `close` lets them go."""

    async def send(self, mail: OutgoingMail) -> None:
        """Hand the mail over. Returns when it was accepted; raises MailRefused or MailDelayed."""

    async def close(self) -> None:
        """Let go of every connection."""
