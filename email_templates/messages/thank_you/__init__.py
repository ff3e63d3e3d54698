"""Thanks a confirmed signer and makes passing it on easy."""

from __future__ import annotations

from email_templates.messages.footer import OwnPage, SignatureFooter
from email_templates.messages.sharing import Sharing


class ThankYou(SignatureFooter, Sharing, OwnPage):
    name: str
    count: str  # confirmed signatures, with the reader's digits and separators
