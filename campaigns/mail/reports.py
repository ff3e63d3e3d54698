"""What the world says of a mail after it left: delivered, bounced, complained of, unsubscribed from.

Mail servers report by mail (RFC 3464, RFC 5965), providers by webhook. Each report is kept once, however often it
comes, and one that cannot be understood or matched is kept for a person to read: none is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReportKind(StrEnum):
    DELIVERED = "delivered"
    HARD_BOUNCE = "hard_bounce"  # will never be taken: no such mailbox
    SOFT_BOUNCE = "soft_bounce"  # was not taken in the end, but may be another time: a full mailbox
    DELAYED = "delayed"  # still being tried by the server that holds it
    COMPLAINT = "complaint"  # the reader called it spam
    UNSUBSCRIBED = "unsubscribed"  # through the provider's own link or header
    UNREADABLE = "unreadable"  # for a person to look at


class ReportSource(StrEnum):
    INBOUND = "inbound"  # a mail to our return path
    MAILDIR = "maildir"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SES = "ses"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of one mail.

    `event_id` is the same whenever its source repeats this report (at most 200 characters; for a mail, the digest of
    its bytes). `reference` is our name of the message (`OutgoingMail.reference`), '' when the report does not tell.
    `recipient` is the address the report speaks of, as it spells it, '' when it tells none. `reason` is a short code
    (`5.1.1`, `mailbox-full`), never the server's words. `raw` is the report as it came, kept only while a person must
    read it.
    """

    source: ReportSource
    event_id: str
    kind: ReportKind
    reference: str = ""
    recipient: str = field(default="", repr=False)
    reason: str = ""
    happened_at: datetime
    raw: bytes = field(default=b"", repr=False)
