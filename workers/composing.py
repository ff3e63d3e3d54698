"""From a claimed message to a mail: prepared once for all readers of the same words, filled for each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from email.headerregistry import Address

from campaigns import clock
from campaigns.federation.queries import FederationView
from campaigns.languages import in_language
from campaigns.mail.claiming import ClaimedMessage
from campaigns.mail.contents import TO_COORDINATORS, UNASKED, AboutMailing
from campaigns.mail.links import Links
from campaigns.mail.models import MessageKind
from campaigns.mail.port import OutgoingMail
from campaigns.mail.return_paths import return_path
from campaigns.settings import Settings
from email_templates.prepared import prepare
from workers.filling import Desk, Filling, filling
from workers.ready_mail import ReadyMail

MOST_KEPT = 200  # prepared mails, some 50 kB each

# Answers to what somebody just did, and mails to coordinators, are not what a one-click unsubscribe is for.
_NO_LIST = TO_COORDINATORS | {
    MessageKind.OWN_PAGE_LINK,
    MessageKind.ADDRESS_CHANGE_CONFIRM,
    MessageKind.ADDRESS_CHANGE_NOTICE,
    MessageKind.ADDRESS_CHANGED,
    MessageKind.ERASED,
    MessageKind.SIGN_IN_LINK,
}


class Composer:
    """Writes the mails of one installation, and keeps what it has prepared, the last MOST_KEPT of it."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._settings = settings
        self._links = links
        self._domain = settings.mail_from.rpartition("@")[2]
        self._ready: OrderedDict[tuple[Hashable, ...], ReadyMail] = OrderedDict()

    def compose(self, message: ClaimedMessage, federation: FederationView) -> OutgoingMail:
        """The mail for one message. Raises MailTemplateError when the template lacks a value."""
        reference = self._links.keys.message_reference(message.id)
        values = filling(message, Desk(self._links, federation.names, reference))
        ready = self._prepared(message, values, federation)
        domain = self._settings.return_path_domain
        mail = OutgoingMail(
            # The same at every attempt, so that a mailbox can tell a repeat; it tells nothing else.
            message_id=f"<{reference}@{self._domain}>",
            reference=reference,
            return_path=return_path(reference, domain) if domain else "",
            sender=self._settings.mail_from,
            sender_name=self._sender_name(message, federation),
            recipient=message.recipient,
            subject="",
            text="",
            html="",
            headers=_shared_headers(message),
        )
        # Some carriers put a Message-ID of their own in place of ours; a bounce then names the message by this.
        headers = {"X-Chorus-Reference": reference, **self._own_headers(message, values)}
        return ready.fill(mail, values.own, headers=headers, now=clock.now())

    def _prepared(self, message: ClaimedMessage, values: Filling, federation: FederationView) -> ReadyMail:
        sender_name = self._sender_name(message, federation)
        key = (message.kind, message.language, sender_name, federation.postal_address, values.identity)
        found = self._ready.get(key)
        if found is not None:
            self._ready.move_to_end(key)
            return found
        shared = {
            "sender_name": sender_name,
            "sender_address": federation.postal_address,
            "privacy_url": self._links.privacy(message.language),
            **values.shared(),
        }
        local, _, domain = self._settings.mail_from.rpartition("@")
        made = ReadyMail(
            prepare(message.kind.value, message.language, shared),
            sender=str(Address(sender_name, local, domain)),
            headers=_shared_headers(message),
        )
        self._ready[key] = made
        while len(self._ready) > MOST_KEPT:
            self._ready.popitem(last=False)
        return made

    def _sender_name(self, message: ClaimedMessage, federation: FederationView) -> str:
        content = message.content
        if isinstance(content, AboutMailing) and content.organization:
            return content.organization
        return in_language(federation.names, message.language) or self._settings.mail_from_name

    def _own_headers(self, message: ClaimedMessage, values: Filling) -> Mapping[str, str]:
        """Out with one click (RFC 8058): of one organization's mail where it is that, else of all that is unasked."""
        if message.kind in _NO_LIST or message.supporter_id is None:
            return {}
        link = values.own.get("unsubscribe_url") or self._links.unsubscribe(
            message.language, message.supporter_id
        )
        return {"List-Unsubscribe": f"<{link}>"}


def _shared_headers(message: ClaimedMessage) -> Mapping[str, str]:
    """RFC 3834 so that no vacation reply comes back; RFC 8058's second half."""
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": message.language}
    if message.kind not in _NO_LIST:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message.kind in UNASKED:
        headers["Precedence"] = "bulk"
    return headers
