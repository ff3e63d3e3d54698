"""What a mail to our return path means for the message it speaks of."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from campaigns.mail.reports import Report, ReportKind, ReportSource
from campaigns.mail.return_paths import reference_in
from campaigns.tokens import Keyring
from workers.feedback.findings import NoReport, finding_of
from workers.feedback.notices import notice
from workers.feedback.references import address_of, reference_of
from workers.feedback.verdicts import Verdict

LONGEST_RAW = 64 * 1024  # bytes kept for a person
OLDEST = timedelta(days=7)  # a mail server gives up before (RFC 5321, 4.5.4.1)

_log = structlog.get_logger("workers.feedback")


def read_report(
    raw: bytes, *, recipient: str, source: ReportSource, keys: Keyring, now: datetime
) -> Report | NoReport:
    """What one mail reports, in bounded time. Never raises: one that cannot be read is a report for a person.

    `recipient` is the address it came to, '' when the envelope is lost. The message is known by it (VERP),
    else by what came back of our mail. `happened_at` is the mail's own date if it is of the last seven days.
    """
    event_id = hashlib.sha256(raw).hexdigest()
    try:
        found = notice(raw)
        finding = finding_of(found, keys)
        reference = reference_of(found, raw, recipient=recipient, keys=keys)
        about, happened_at = address_of(found), _happened_at(found.headers.get("date", ""), now=now)
    except Exception as error:  # a stranger wrote it, and the parser is not ours
        _log.warning("a mail that came back cannot be read", error=type(error).__name__)
        finding, reference = Verdict(ReportKind.UNREADABLE, "not-parsed"), reference_in(recipient, keys)
        about, happened_at = "", now
    if isinstance(finding, NoReport):
        return finding
    return Report(
        source=source,
        event_id=event_id,
        kind=finding.kind,
        reference=reference,
        recipient=about if finding.kind is not ReportKind.UNREADABLE else "",
        reason=finding.reason,
        happened_at=happened_at,
        raw=raw[:LONGEST_RAW],
    )


def _happened_at(date: str, *, now: datetime) -> datetime:
    try:
        told = parsedate_to_datetime(date)
        told = told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return now
    return told if now - OLDEST <= told <= now else now
