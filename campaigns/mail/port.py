"""What the domain asks of whoever carries its mail: an SMTP server, a provider, or a folder on a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Protocol

from campaigns.errors import ChorusError


class MailRefused(ChorusError):
    """The mail will never be taken: a permanent answer (RFC 5321, 5yz).

    `no_mailbox` when that is because there is no such mailbox, which is a bounce told at the door.
    """

    code: ClassVar[str] = "mail-refused"

    def __init__(self, detail: str = "", *, no_mailbox: bool = False) -> None:
        super().__init__(detail)
        self.no_mailbox = no_mailbox


class MailDelayed(ChorusError):
    """The mail was not taken this time: a temporary answer (4yz), a timeout, a dropped connection.

    `retry_after` is how long the carrier asked us to wait, where it did; `handed_over` is true when the whole mail was
    on its way and only the answer is missing, so that nobody knows whether it was taken; `turned_away` when the
    reader's provider takes no mail of ours for now (421 to a recipient), not only this one; `unreached` when the
    carrier could not be asked at all, which says nothing about any mail.
    """

    code: ClassVar[str] = "mail-delayed"

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after: timedelta | None = None,
        handed_over: bool = False,
        turned_away: bool = False,
        unreached: bool = False,
    ) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.handed_over = handed_over
        self.turned_away = turned_away
        self.unreached = unreached


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A mail ready to go. `message_id` is the same at every attempt, so that a mailbox can drop a repeat.

    `reference` names the message to a provider, which sends it back in its reports, and is the key under which a
    provider takes a mail once; `return_path` is where a mail server reports to (RFC 5321, 4.4), the sender when ''.
    `content` is the whole message as it travels (RFC 5322) where it was made ahead: plain ASCII, every line ended with
    CRLF and none begun with a dot; else the carrier makes it.
    """

    message_id: str
    reference: str = ""
    return_path: str = field(default="", repr=False)
    sender: str
    sender_name: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


class Mailer(Protocol):
    """Carries mails, up to `connections` at the same time; further ones wait. `close` lets the connections go."""

    connections: int

    async def send(self, mail: OutgoingMail) -> None:
        """Hand the mail over. Returns when it was accepted; raises MailRefused or MailDelayed."""

    async def close(self) -> None:
        """Let go of every connection."""
