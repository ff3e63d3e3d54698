"""Answers a second signature from the same address, which counts once; only this mail says so."""

from __future__ import annotations

from email_templates.messages.footer import SignatureFooter


class AlreadySigned(SignatureFooter):
    name: str
    campaign_title: str
    campaign_url: str
    share_url: str  # the signer's own link
