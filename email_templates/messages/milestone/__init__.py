"""Tells a signer who agreed to news that the petition has passed a round number."""

from __future__ import annotations

from email_templates.messages.footer import NewsFooter, OwnPage
from email_templates.messages.sharing import Sharing


class Milestone(NewsFooter, Sharing, OwnPage):
    name: str
    milestone: str  # signatures, with the reader's digits and separators
    goal: str  # the next one, written alike; may be empty
