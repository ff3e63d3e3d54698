"""From a mail of the domain to the bytes that travel (RFC 5322, MIME, RFC 6532 where an address needs it)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

import idna

from campaigns.mail.port import MailRefused, OutgoingMail

_NEVER_IN_A_DOMAIN = re.compile(r"[\s,;:<>()\"\\]")
_WHOLE = frozenset({"list-unsubscribe", "message-id"})


class _Letters(EmailPolicy):
    """Folds headers as RFC 5322, 2.1.1 asks, with two exceptions.

    Links and ids stay on the one line they were given: Python would break a long word into encoded words (RFC 2047),
    and no mailbox provider reads those in List-Unsubscribe. Subjects are folded by `email.header`, because the policy
    of Python 3.11 loses the space between two encoded words.
    """

    def fold(self, name: str, value: str) -> str:
        return self._folded(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self._folded(name, value).encode() or super().fold_binary(name, value)

    def _folded(self, name: str, value: str) -> str:
        if name.lower() in _WHOLE and value.isascii():
            return f"{name}: {value}{self.linesep}"
        if name.lower() == "subject":
            charset = "us-ascii" if value.isascii() else "utf-8"
            header = Header(str(value), charset, maxlinelen=75, header_name=name)
            return f"{name}: {header.encode(linesep=self.linesep)}{self.linesep}"
        return ""


# Bodies stay in seven bits, so that no server on the way has to change them. A line holds a space and an encoded word
# of 75 (RFC 2047, 2); Python's own 78 let words of 76 through.
_PLAIN = _Letters(linesep="\r\n", cte_type="7bit", max_line_length=76)
_INTERNATIONAL = _PLAIN.clone(utf8=True)


def content(mail: OutgoingMail) -> bytes:
    """The bytes of a mail: those made ahead, or made now. Raises MailRefused as `mime` does."""
    return mail.content or mime(mail).as_bytes()


def header(name: str, value: str) -> bytes:
    """One header, folded and encoded."""
    return _PLAIN.fold_binary(*_PLAIN.header_store_parse(name, value))


def mime(mail: OutgoingMail, *, now: datetime | None = None) -> EmailMessage:
    """The message with its text part first and HTML as the richer alternative.

    Raises MailRefused for an address that cannot be written into a header.
    """
    local, _, domain = mail.recipient.rpartition("@")
    if _NEVER_IN_A_DOMAIN.search(domain):  # one address, not a list of them
        raise MailRefused("the address or a header cannot be written")
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


def ascii_domain(address: str) -> str:
    """The address with its domain in the form every server understands (RFC 5891). Raises MailRefused."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{_ascii_domain(domain)}"
    except idna.IDNAError:
        raise MailRefused("the address or a header cannot be written") from None


def _ascii_domain(domain: str) -> str:
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
