"""Addresses of pages, for mails. `web/routes.py` serves them; a test holds the two together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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

    def unsubscribe_from(
        self, language: str, supporter_id: UUID, organization_id: UUID | None, reference: str
    ) -> str:
        """Out of one organization's mail; `reference` names the mail that was one too many."""
        token = self.keys.subscription_token(supporter_id, organization_id)
        return f"{self.site_url}/{language}/unsubscribe/{token}?m={reference}"

    def preferences(self, language: str, supporter_id: UUID) -> str:
        """What a person gets from whom, and in which language."""
        return f"{self.site_url}/{language}/preferences/{self.keys.link_token(Purpose.PREFERENCES, supporter_id)}"

    def my_page(self, language: str) -> str:
        """Where everybody can ask for the link to their own page."""
        return f"{self.site_url}/{language}/me"

    def open_own_page(self, language: str, supporter_id: UUID, *, made_at: datetime) -> str:
        """The mailed link to a person's own page; it lasts an hour."""
        token = self.keys.passing_token(Purpose.OWN_PAGE, supporter_id, made_at=made_at)
        return f"{self.site_url}/{language}/me/open/{token}"

    def new_address(self, language: str, change_id: UUID) -> str:
        token = self.keys.link_token(Purpose.NEW_ADDRESS, change_id)
        return f"{self.site_url}/{language}/me/address/confirm/{token}"

    def old_address(self, language: str, change_id: UUID) -> str:
        token = self.keys.link_token(Purpose.OLD_ADDRESS, change_id)
        return f"{self.site_url}/{language}/me/address/approve/{token}"

    def stop_address_change(self, language: str, change_id: UUID) -> str:
        token = self.keys.link_token(Purpose.OLD_ADDRESS, change_id)
        return f"{self.site_url}/{language}/me/address/stop/{token}"

    def home(self, language: str) -> str:
        return f"{self.site_url}/{language}"

    def console(self, *parts: object) -> str:
        """A page of the coordinators' console."""
        return "/".join((self.site_url, "console", *(str(part) for part in parts)))

    def sign_in(self, account_id: UUID, *, made_at: datetime) -> str:
        """The mailed link of somebody who works here; it opens one session, and does not last."""
        return self.console("sign-in", self.keys.passing_token(Purpose.SIGN_IN, account_id, made_at=made_at))

    def campaign(self, language: str, slug: str) -> str:
        return f"{self.site_url}/{language}/campaigns/{slug}"

    def share(self, language: str, slug: str, signature_id: UUID) -> str:
        """The signer's own link: what comes through it is counted as brought by them."""
        return f"{self.campaign(language, slug)}?r={self.keys.share_code(signature_id)}"

    def privacy(self, language: str) -> str:
        return f"{self.site_url}/{language}/privacy"
