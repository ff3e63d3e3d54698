"""From a claimed message to a mail: the template of its kind, filled in the reader's language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from campaigns.campaign.sharing import share_links
from campaigns.federation.queries import FederationView
from campaigns.languages import in_language
from campaigns.mail.delivery import ClaimedMessage
from campaigns.mail.links import Links
from campaigns.mail.models import MessageKind
from campaigns.mail.port import OutgoingMail
from campaigns.settings import Settings
from email_templates import render

SHARED_IN_MAILS = frozenset({"whatsapp", "telegram", "bluesky", "facebook"})


class Composer:
    """Writes the mails of one installation. Holds no state of any mail."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._settings = settings
        self._links = links
        self._domain = settings.mail_from.rpartition("@")[2]

    def compose(self, message: ClaimedMessage, federation: FederationView) -> OutgoingMail:
        """The mail for one message. Raises MailTemplateError when the template lacks a value."""
        values = {**self._footer(message, federation), **_FILL[message.kind](message, self._links)}
        rendered = render(message.kind.value, message.language, values)
        return OutgoingMail(
            message_id=self._message_id(message),
            sender=self._settings.mail_from,
            sender_name=in_language(federation.names, message.language) or self._settings.mail_from_name,
            recipient=message.recipient,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            headers=self._headers(message),
        )

    def _message_id(self, message: ClaimedMessage) -> str:
        """The same at every attempt, so that a mailbox can tell a repeat; it tells nothing else."""
        digest = hashlib.sha256(f"chorus:{message.id}:{message.signature_id}".encode()).hexdigest()[:32]
        return f"<{digest}@{self._domain}>"

    def _headers(self, message: ClaimedMessage) -> Mapping[str, str]:
        """RFC 8058 on what is not an answer to a form; RFC 3834 so that no vacation reply comes back."""
        headers = {"Auto-Submitted": "auto-generated", "Content-Language": message.language}
        unsubscribe = self._links.unsubscribe(message.language, message.supporter_id)
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers

    def _footer(self, message: ClaimedMessage, federation: FederationView) -> dict[str, object]:
        return {
            "sender_name": in_language(federation.names, message.language) or self._settings.mail_from_name,
            "sender_address": federation.postal_address,
            "withdraw_url": self._links.withdraw(message.language, message.signature_id),
            "privacy_url": self._links.privacy(message.language),
        }


def _confirm_signature(message: ClaimedMessage, links: Links) -> dict[str, object]:
    # Nothing else of what was typed: until the owner confirms, a stranger may have typed it to reach them.
    return {
        "campaign_title": message.campaign_title,
        "addressee": message.addressee,
        "confirm_url": links.confirm(message.language, message.signature_id, message.submission),
        "code": links.keys.six_digits(message.signature_id, message.submission),
        "signed_on": format_date(message.signed_at.date(), "long", locale=message.language),
        "country_name": str(Locale.parse(message.language).territories.get(message.country, message.country)),
    }


def _already_signed(message: ClaimedMessage, links: Links) -> dict[str, object]:
    return {
        "name": message.name,
        "campaign_title": message.campaign_title,
        "campaign_url": links.campaign(message.language, message.campaign_slug),
        "share_url": links.share(message.language, message.campaign_slug, message.signature_id),
    }


def _thank_you(message: ClaimedMessage, links: Links) -> dict[str, object]:
    share_url = links.share(message.language, message.campaign_slug, message.signature_id)
    return {
        "name": message.name,
        "campaign_title": message.campaign_title,
        "campaign_url": links.campaign(message.language, message.campaign_slug),
        "share_url": share_url,
        "share_links": [
            {"label": link.name, "url": link.url}
            for link in share_links(share_url, message.share_text)
            if link.service in SHARED_IN_MAILS
        ],
        "count": format_decimal(message.count, locale=message.language),
    }


_FILL: Mapping[MessageKind, Callable[[ClaimedMessage, Links], dict[str, object]]] = {
    MessageKind.CONFIRM_SIGNATURE: _confirm_signature,
    MessageKind.ALREADY_SIGNED: _already_signed,
    MessageKind.THANK_YOU: _thank_you,
}
