"""What is done with one mail that came back, wherever it came from."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from campaigns.mail.recording import record_report
from campaigns.mail.reports import ReportSource
from campaigns.tokens import keyring
from workers.feedback.bounce_reading import read_report
from workers.feedback.findings import NoReport

_log = structlog.get_logger("workers.feedback")


async def receive(raw: bytes, *, recipient: str, source: ReportSource, now: datetime) -> None:
    """Read a mail and commit what it reports; the same mail twice is the same as once.

    Raises whatever the database raises: then nothing is recorded, and whoever holds the mail must keep it.
    """
    # In a thread: a mail may take a fifth of a second to read, and people wait for others.
    report = await asyncio.to_thread(
        read_report, raw, recipient=recipient, source=source, keys=keyring(), now=now
    )
    if isinstance(report, NoReport):
        _log.info("a mail came back that reports nothing", reason=report.reason)
        return
    await record_report(report, now=now)
    _log.info("a mail came back", kind=report.kind.value, reason=report.reason, known=bool(report.reference))
