"""Tells a coordinator that a mailing has stopped itself. All figures come with the reader's digits."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class BlastStopped(Footer):
    blast_name: str
    by_complaints: bool  # too many readers called it spam
    by_bounces: bool  # too many addresses could not be reached
    sent: str  # mails that had left
    counted: str  # complaints or bounces, whichever stopped it
    share: str  # of those sent, with its percent sign
    limit: str  # the share at which a mailing stops, with its percent sign
    console_url: str
