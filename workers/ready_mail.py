"""The bytes of a mail made ahead (RFC 5322, RFC 2045): for each reader only their own values are encoded.

`email.message` takes milliseconds for one mail. Here it is asked once for each template and language, for the headers
that need its knowledge; bodies are quoted-printable, which may be broken off anywhere by a soft line break, so that a
value goes between two pieces that were encoded before (`bench/` measures what that brings).
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from campaigns.mail.port import OutgoingMail
from email_templates.prepared import Parts, Prepared, Slot, joined
from workers.adapters.mime import header

# What needs no quoting anywhere; any other address is left to `email.message`.
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+"
)
_SHORT_HEADER = re.compile(r"[!-~](?:[ !-~]{0,58}[!-~])?")
_SOFT_BREAK = b"=\r\n"
_LONGEST_LINE = 75
_FIRST_DOT = re.compile(rb"^\.", re.MULTILINE)


class ReadyMail:
    """One message in one language, with the headers and the pieces all its readers share."""

    def __init__(self, prepared: Prepared, *, sender: str, headers: Mapping[str, str]) -> None:
        """`sender` is the whole From; `headers` are those that are the same for every reader."""
        self.prepared = prepared
        boundary = f"=_{secrets.token_hex(12)}"  # no such thing is ever in quoted-printable
        self._subject = header("Subject", prepared.subject[0].text) if len(prepared.subject) == 1 else b""
        self._head = b"".join(
            (
                header("From", sender),
                *(header(name, value) for name, value in headers.items()),
                b"MIME-Version: 1.0\r\n",
                f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
                _part(boundary, "plain"),
            )
        )
        self._text = _encoded(prepared.text)
        self._between = b"\r\n" + _part(boundary, "html")
        self._html = _encoded(prepared.html)
        self._end = f"\r\n--{boundary}--\r\n".encode()

    def fill(
        self, mail: OutgoingMail, values: Mapping[str, object], *, headers: Mapping[str, str], now: datetime
    ) -> OutgoingMail:
        """`mail` with its subject, text, HTML and bytes; `headers` are the reader's own, each of plain ASCII."""
        in_text, in_html = self.prepared.for_text(values), self.prepared.for_html(values)
        subject = joined(self.prepared.subject, in_text)
        text, html = joined(self.prepared.text, in_text), joined(self.prepared.html, in_html)
        content = b""
        if _PLAIN_ADDRESS.fullmatch(mail.recipient) and all(_is_one_line(each) for each in headers.values()):
            own = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            content = b"".join(
                (
                    f"To: {mail.recipient}\r\nMessage-ID: {mail.message_id}\r\nDate: {_date(now)}\r\n{own}".encode(),
                    self._subject or _subject(subject),
                    self._head,
                    _filled(self._text, in_text),
                    self._between,
                    _filled(self._html, in_html),
                    self._end,
                )
            )
        return OutgoingMail(
            message_id=mail.message_id,
            reference=mail.reference,
            return_path=mail.return_path,
            sender=mail.sender,
            sender_name=mail.sender_name,
            recipient=mail.recipient,
            subject=subject,
            text=text,
            html=html,
            headers={**mail.headers, **headers},
            content=content,
        )


def _part(boundary: str, kind: str) -> bytes:
    return (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


Encoded = Sequence[tuple[bytes, Slot | None]]


def _encoded(parts: Parts) -> Encoded:
    return tuple((_quoted(part.text), part.slot) for part in parts)


def _filled(pieces: Encoded, values: Mapping[str, str]) -> bytes:
    filled = []
    for piece, slot in pieces:
        filled.append(piece)
        if slot is not None:
            filled += (_SOFT_BREAK, _quoted(slot.of(values)), _SOFT_BREAK)
    return b"".join(filled)


def _quoted(text: str) -> bytes:
    """Quoted-printable with lines of at most 75, so that a soft break fits behind (RFC 2045, 6.7), none of which begins
    with a dot, so that nobody has to look for one on the way (RFC 5321, 4.5.2).
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    quoted = binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
    if (
        len(quoted) - quoted.rfind(b"\n") - 1 > _LONGEST_LINE
    ):  # only the last can be: it ends without a soft break
        last = 3 if quoted[-3:-2] == b"=" else 1
        quoted = quoted[:-last] + _SOFT_BREAK + quoted[-last:]
    while b"\n." in quoted or quoted.startswith(b"."):
        quoted = _FIRST_DOT.sub(b"=2E" + _SOFT_BREAK, quoted)
    return quoted


def _subject(subject: str) -> bytes:
    return (
        f"Subject: {subject}\r\n".encode() if _SHORT_HEADER.fullmatch(subject) else header("Subject", subject)
    )


def _is_one_line(value: str) -> bool:
    return value.isascii() and value.isprintable()


@lru_cache(maxsize=2)
def _date(now: datetime) -> str:
    return format_datetime(now.replace(microsecond=0))
