"""What the development pages show. English only: they are tools for people who work on Chorus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailItem:
    """A mail in the list of the local mailbox."""

    id: str
    url: str
    to: str
    subject: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxPage:
    mails: Sequence[MailItem]  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """One mail. `html_url` answers with its HTML part alone, for the sandboxed frame; '' when it has none."""

    mailbox_url: str
    to: str
    subject: str
    received_at: datetime
    text: str
    html_url: str
    headers: Sequence[tuple[str, str]]
