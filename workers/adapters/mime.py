"""From a mail of the domain to the bytes that travel (RFC 5322, MIME, RFC 6532 where an address needs it)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

import idna

from campaigns.mail.port import MailRefused, OutgoingMail

# One line up to the limit of RFC 5322, 2.1.1: Python folds a long link into encoded words, which no mailbox provider
# reads in List-Unsubscribe. Bodies stay in seven bits, so that no server on the way has to change them.
_PLAIN = SMTP.clone(max_line_length=998, cte_type="7bit")
_INTERNATIONAL = SMTPUTF8.clone(max_line_length=998, cte_type="7bit")


def mime(mail: OutgoingMail, *, now: datetime | None = None) -> EmailMessage:
    """The message with its text part first and HTML as the richer alternative.

    Raises MailRefused for an address that cannot be written into a header.
    """
    local, _, domain = mail.recipient.rpartition("@")
    message = EmailMessage(policy=_PLAIN if local.isascii() else _INTERNATIONAL)
    try:
        sender_local, _, sender_domain = mail.sender.rpartition("@")
        message["From"] = Address(mail.sender_name, sender_local, _ascii_domain(sender_domain))
        message["To"] = Address(username=local, domain=_ascii_domain(domain))
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(now or datetime.now(UTC))
        message["Message-ID"] = mail.message_id
        for name, value in mail.headers.items():
            message[name] = value
    except (ValueError, idna.IDNAError):
        raise MailRefused("the address or a header cannot be written") from None
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _ascii_domain(domain: str) -> str:
    """The form every server understands (RFC 5891)."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
