"""Mail from strangers, parsed in bounded time and memory.

Python's parser and flufl.bounce are made for mail that means well: boundaries within boundaries, a header or
a line without end cost them quadratic time. Nothing of that is in a report anybody means, so it is cut before
they see it. What is said stands near the beginning; what is cut is the end of the mail that came back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from encodings.aliases import aliases
from html import unescape
from typing import Any

LONGEST_READ = 256 * 1024  # bytes of a mail
MOST_LINES = 10_000
DEEPEST = 100  # parts within parts, at the very most
LONGEST_HEADER = 4096  # characters
LONGEST_TEXT = 32 * 1024  # characters of all text parts together
LONGEST_LINE = 400

# What Python knows by name and decodes in linear time. Not `codecs.lookup` of any name: it knows punycode,
# and remembers every name it did not know.
_TEXT = (
    "ascii",
    "big5",
    "cp",
    "euc",
    "gb",
    "hz",
    "iso",
    "johab",
    "koi8",
    "latin",
    "mac",
    "shift",
    "tis",
    "utf",
)
_CHARSETS = {
    name: codec for alias, codec in aliases.items() for name in (alias, codec) if codec.startswith(_TEXT)
}
_TAG = re.compile(r"<[^<>]{0,1000}>")
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?h\d|/?li)\b[^<>]{0,1000}>", re.IGNORECASE)


class TooComplex(Exception):
    """The mail has more parts within parts than any that means well."""


class _BoundedPolicy(Compat32):
    """Headers are short strings, whatever bytes they came as."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]

    def header_fetch_parse(self, name: str, value: Any) -> str:
        return _whole(str(value))


_PARSER = BytesParser(policy=_BoundedPolicy())


def parse(raw: bytes) -> Message:
    """The beginning of a mail as parts. Raises TooComplex, and what Python's parser raises at odd headers."""
    head = raw[:LONGEST_READ].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = b"\n".join(head.split(b"\n", MOST_LINES)[:MOST_LINES])
    lowered = head.lower()
    if lowered.count(b"boundary") + lowered.count(b"message/") > DEEPEST:
        raise TooComplex
    return _PARSER.parsebytes(head)


def parts(message: Message) -> Iterator[Message]:
    """The message and its parts in order, without looking into mails that are attached to it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(list(attached(part))))


def attached(part: Message) -> Iterator[Message]:
    """What stands directly inside a part: its parts, or the mail attached; nothing when it is a leaf."""
    payload = part.get_payload() if part.is_multipart() else []
    yield from (each for each in payload if isinstance(each, Message))


def one_line(value: str) -> str:
    """A header on one line, encoded words (RFC 2047) decoded."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):  # a broken encoded word
        pieces = [(value, None)]
    text = "".join(
        piece if isinstance(piece, str) else decoded_text(piece, charset or "utf-8")
        for piece, charset in pieces
    )
    return " ".join(text.replace("\0", " ").split())


def text_of(part: Message) -> str:
    """A text part as characters, HTML without its tags; lines and the whole are cut."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_param("charset", "utf-8")
    if isinstance(charset, tuple):  # RFC 2231: the charset's charset, its language, itself
        charset = charset[2]
    text = decoded_text(payload[: 4 * LONGEST_TEXT], str(charset))[:LONGEST_TEXT]
    if part.get_content_subtype() == "html":
        text = unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    return "\n".join(line[:LONGEST_LINE] for line in text.replace("\0", "").splitlines())


def decoded_text(raw: bytes, charset: str) -> str:
    """Characters, whatever the charset is called; what cannot be read becomes U+FFFD."""
    name = charset.strip().lower().replace("-", "_")
    return raw.decode(_CHARSETS.get(name, "utf-8"), "replace")


def _whole(value: str) -> str:
    """Bytes that stand in a header undeclared are UTF-8 today (RFC 6532)."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
