"""Read bounces from a maildir, for installations whose mail server delivers there."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from time import monotonic

import structlog

from campaigns import clock
from campaigns.mail.recording import record_report
from campaigns.mail.reports import Report, ReportKind, ReportSource
from workers.bootstrap import Workshop
from workers.feedback import maildir
from workers.feedback.receiving import receive

MOST_MAILS = 500  # the next tick goes on
MOST_TROUBLE = 5
LONGEST_RUN = 45.0  # seconds

_log = structlog.get_logger("workers.bounces")


async def read_bounces(shop: Workshop) -> int:
    """Record what waits in the maildir, then move it to cur/; answer how many mails.

    A mail that could not be recorded stays and comes again at the next tick. Two workers at once may both
    read a mail; it is recorded once.
    """
    folder = shop.settings.bounce_maildir
    if folder is None:
        return 0
    done, trouble, end = 0, 0, monotonic() + LONGEST_RUN
    for path in maildir.new_mails(folder):
        if done == MOST_MAILS or trouble == MOST_TROUBLE or monotonic() > end or shop.stopping.is_set():
            break
        try:
            done += await _take(path)
        except Exception as error:  # the database's, mostly; the mail is where it was
            trouble += 1
            _log.warning("a mail that came back stays in the maildir", error=type(error).__name__)
    return done


async def _take(path: Path) -> int:
    """Record one mail and put it away; 1 when it was there and could be read."""
    try:
        raw = await asyncio.to_thread(maildir.content, path)
    except maildir.NotAMail:
        await record_report(_cannot_be_read(path), now=clock.now())
        return 0
    if raw is None:
        return 0
    await receive(raw, recipient="", source=ReportSource.MAILDIR, now=clock.now())
    maildir.put_away(path)
    return 1


def _cannot_be_read(path: Path) -> Report:
    """The same whenever the file is met, so that it is told once."""
    return Report(
        source=ReportSource.MAILDIR,
        event_id=hashlib.sha256(b"file:" + path.name.encode("utf-8", "surrogateescape")).hexdigest(),
        kind=ReportKind.UNREADABLE,
        reason="unreadable-file",
        happened_at=clock.now(),
    )
