"""Asks a coordinator to read a mailing before it goes out: a large one needs a second person."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class ApprovalWanted(Footer):
    blast_name: str
    author: str
    recipients: str  # how many, with the reader's digits and separators
    console_url: str
