"""From a mail of the domain to the bytes that travel (RFC 5322, MIME, RFC 6532 where an address needs it)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

import idna

from campaigns.mail.port import MailRefused, OutgoingMail

_WHOLE = frozenset({"list-unsubscribe", "message-id"})


class _Letters(EmailPolicy):
    """Folds headers as RFC 5322, 2.1.1 asks, but leaves links and ids on the one line they were given.

    Python would break a long word into encoded words (RFC 2047), and no mailbox provider reads those in
    List-Unsubscribe.
    """

    def fold(self, name: str, value: str) -> str:
        return self._on_one_line(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self._on_one_line(name, value).encode() or super().fold_binary(name, value)

    def _on_one_line(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() in _WHOLE and value.isascii() else ""


# Bodies stay in seven bits, so that no server on the way has to change them. A line holds a space and an encoded word
# of 75 (RFC 2047, 2); Python's own 78 let words of 76 through.
_PLAIN = _Letters(linesep="\r\n", cte_type="7bit", max_line_length=76)
_INTERNATIONAL = _PLAIN.clone(utf8=True)


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
