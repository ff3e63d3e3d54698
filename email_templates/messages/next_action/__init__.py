"""Some days after signing: what else a signer who agreed to news can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from email_templates.messages.footer import NewsFooter, OwnPage
from email_templates.messages.sharing import Sharing


class OpenCampaign(TypedDict):
    title: str
    url: str


class NextAction(NewsFooter, Sharing, OwnPage):
    name: str
    brought: int  # signatures that came through the signer's own link
    brought_shown: str  # the same with the reader's digits and separators
    campaigns: Sequence[OpenCampaign]  # others that are open, at most three; may be empty
