"""Thanks a confirmed signer and makes passing it on easy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from email_templates.messages.footer import Footer


class ShareLink(TypedDict):
    label: str
    url: str


class ThankYou(Footer):
    name: str
    campaign_title: str
    campaign_url: str
    share_url: str  # the signer's own link
    share_links: Sequence[ShareLink]  # WhatsApp, Telegram, mail ...; may be empty
    count: str  # confirmed signatures, with the reader's digits and separators
