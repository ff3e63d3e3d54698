"""Addresses of pages, for mails. `web/routes.py` serves them; a test holds the two together."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from campaigns.tokens import Keyring, Purpose


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute links of one installation. Those with a token open a page for whoever holds the mail."""

    site_url: str
    keys: Keyring

    def confirm(self, language: str, signature_id: UUID, submission: int) -> str:
        return f"{self.site_url}/{language}/confirm/{self.keys.submission_token(signature_id, submission)}"

    def withdraw(self, language: str, signature_id: UUID) -> str:
        return f"{self.site_url}/{language}/withdraw/{self.keys.link_token(Purpose.WITHDRAW, signature_id)}"

    def unsubscribe(self, language: str, supporter_id: UUID) -> str:
        token = self.keys.link_token(Purpose.UNSUBSCRIBE, supporter_id)
        return f"{self.site_url}/{language}/unsubscribe/{token}"

    def campaign(self, language: str, slug: str) -> str:
        return f"{self.site_url}/{language}/campaigns/{slug}"

    def share(self, language: str, slug: str, signature_id: UUID) -> str:
        """The signer's own link: what comes through it is counted as brought by them."""
        return f"{self.campaign(language, slug)}?r={self.keys.share_code(signature_id)}"

    def privacy(self, language: str) -> str:
        return f"{self.site_url}/{language}/privacy"
