"""What a mail needs to help its reader pass a campaign on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class ShareLink(TypedDict):
    label: str
    url: str


class Sharing(TypedDict):
    campaign_title: str
    campaign_url: str
    share_url: str  # the signer's own link
    share_links: Sequence[ShareLink]  # WhatsApp, Telegram, mail ...; may be empty
