"""Tells a signer who agreed to news that the campaign will close."""

from __future__ import annotations

from email_templates.messages.footer import NewsFooter, OwnPage
from email_templates.messages.sharing import Sharing


class ClosingSoon(NewsFooter, Sharing, OwnPage):
    name: str
    closes_on: str  # a date, written out in the reader's language
    count: str  # confirmed signatures, with the reader's digits and separators
    goal: str  # written alike; empty when it is reached
