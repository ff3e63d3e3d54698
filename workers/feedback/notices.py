"""The structure of a mail that came back: what it says to people, to machines, and which mail it speaks of.

A report has three parts (RFC 6522): text, fields for machines (RFC 3464 deliveries, RFC 5965 complaints,
RFC 8098 receipts), and the mail that came back or its headers. Many servers send less, or all as one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parseaddr
from itertools import islice

from flufl.bounce import all_failures

from workers.feedback.parsing import LONGEST_HEADER, LONGEST_TEXT, attached, one_line, parse, parts, text_of

Fields = Mapping[str, str]

MOST_BLOCKS = 100
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_OF_A_RECIPIENT = {"action", "status", "final-recipient"}
_RETURNED_TYPES = (
    "message/rfc822",
    "message/global",
    "message/rfc822-headers",
    "message/global-headers",
    "text/rfc822-headers",
    "text/rfc822",
)
# Where a server that sends one text begins to copy the mail that came back.
_COPY_BEGINS = (
    "below this line is a copy",
    "below the next line is a copy",
    "this is a copy of the message",
    "this is a copy of your message",
    "a copy of the original message",
    "included is a copy of",
    "here is a copy of the first part",
    "undelivered message you sent follows",
    "header of the source mail attached",
    "original message follows",
    "message text follows",
    "message headers follow",
    "returned message follows",
    "returned mail follows",
    "start of returned message",
    "- original message -",
    "- forwarded message -",
    "unsent message below",
    "unsent message follows",
    "- message header follows -",
    "the header of the original message is following",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail that came back, taken apart. Names of fields are in lower case. Nothing of it is for a log."""

    headers: Fields = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)  # what it says to people, without the mail that came back
    deliveries: tuple[Fields, ...] = field(repr=False)  # one for each recipient, RFC 3464, 2.3
    flattened: bool  # those were found in the text, where anybody may have quoted them
    feedback: Fields = field(repr=False)
    disposition: Fields = field(repr=False)
    original: Fields = field(repr=False)  # headers of the mail that came back
    failing: frozenset[str] = field(repr=False)  # addresses flufl.bounce found; those it calls temporary too
    delayed: bool  # flufl.bounce says the server is still trying


def notice(raw: bytes) -> Notice:
    """Take a mail apart. Raises TooComplex, and whatever Python's parser raises at what nobody thought of."""
    message = parse(raw)
    text = _text(message)
    machine = {kind: _fields_of(message, kind) for kind in ("feedback-report", "disposition-notification")}
    deliveries = tuple(islice(_deliveries(message), MOST_BLOCKS))
    flattened = () if deliveries else tuple(islice(_flattened(text), MOST_BLOCKS))
    original = _original(message)
    headers = _first_values((name, one_line(value)) for name, value in message.items())
    temporary, permanent = _recognized(message)
    return Notice(
        headers=headers,
        sender=parseaddr(headers.get("from", ""))[1].lower(),
        subject=headers.get("subject", ""),
        text=_before_the_copy(text),
        deliveries=deliveries or flattened,
        flattened=bool(flattened),
        feedback=machine["feedback-report"],
        disposition=machine["disposition-notification"],
        original=original,
        failing=temporary | permanent,
        delayed=bool(temporary) and not permanent,
    )


# --- What it says to people -----------------------------------------------------------------------------


def _text(message: Message) -> str:
    """The plain text parts, or the HTML ones when nothing is plain."""
    if message.get_content_maintype() == "multipart" and not message.is_multipart():
        return text_of(message)  # its boundary is nowhere in it
    for kind in ("text/plain", "text/html"):
        found = [text_of(part) for part in parts(message) if part.get_content_type() == kind]
        if any(text.strip() for text in found):
            return "\n".join(found)[:LONGEST_TEXT]
    return ""


def _before_the_copy(text: str) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        if any(mark in line.lower() for mark in _COPY_BEGINS):
            break
        lines.append(line)
    return "\n".join(lines)


# --- What it says to machines ---------------------------------------------------------------------------


def _deliveries(message: Message) -> Iterator[Fields]:
    for part in parts(message):
        if part.get_content_type() in _STATUS_TYPES:
            yield from (block for block in _blocks(_source(part)) if _OF_A_RECIPIENT & block.keys())


def _flattened(text: str) -> Iterator[Fields]:
    """The same where a gateway made plain text of it."""
    for block in _blocks(text):
        if "final-recipient" in block and {"action", "status"} & block.keys():
            yield block


def _fields_of(message: Message, kind: str) -> Fields:
    for part in parts(message):
        if part.get_content_type() == f"message/{kind}":
            return next(_blocks(_source(part)), {})
    return {}


def _original(message: Message) -> Fields:
    for part in parts(message):
        if part.get_content_type() in _RETURNED_TYPES:
            return next(_blocks(_source(part)), {})
    return {}


def _source(part: Message) -> str:
    """A part as it was written. Python reads message/* as mails; some servers encode them all the same."""
    text = "\n\n".join(_written(each, headers=True) for each in attached(part)) or _written(
        part, headers=False
    )
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if part.is_multipart() and encoding in ("base64", "quoted-printable") and text.isascii():
        carrier = Message()
        carrier["Content-Transfer-Encoding"] = encoding
        carrier.set_payload(text)
        text = _written(carrier, headers=False)
    return text


def _written(message: Message, *, headers: bool) -> str:
    lines = [f"{name}: {value}" for name, value in message.items()] if headers else []
    payload = message.get_payload(decode=True)
    return "\n".join([*lines, "", payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""])


def _blocks(text: str) -> Iterator[Fields]:
    """Blocks of header fields with an empty line between them; a line that is no field is passed over."""
    pairs: list[tuple[str, str]] = []
    for line in [*text.splitlines(), ""]:
        name, colon, value = line.partition(":")
        if not line.strip():
            if pairs:
                yield _first_values(pairs)
            pairs = []
        elif line[0] in " \t" and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}"[:LONGEST_HEADER])
        elif colon and not any(character.isspace() for character in name):
            pairs.append((name, value.strip()))


def _first_values(pairs: Iterable[tuple[str, str]]) -> Fields:
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name.lower(), value)
    return fields


# --- What flufl.bounce knows ----------------------------------------------------------------------------


def _recognized(message: Message) -> tuple[frozenset[str], frozenset[str]]:
    """Addresses that fail for now and for good, by the formats flufl.bounce knows. Changes the message.

    It is shown texts alone, decoded and cut: it does not decode, its patterns are quadratic in the length of
    a line, and in the mail that came back it would find whatever somebody wrote there.
    """
    left = LONGEST_TEXT
    for part in parts(message):
        if part.get_content_type() in _STATUS_TYPES:
            continue
        if part.get_content_type() in ("text/plain", "text/html"):
            text = text_of(part)[:left]
            left -= len(text)
            del part["content-transfer-encoding"]
            part.set_payload(text)
        elif part.get_content_maintype() != "multipart":
            part.set_payload("")
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # its patterns meet what their writers never saw; ours still count
        return frozenset(), frozenset()
    return _addresses(temporary), _addresses(permanent)


def _addresses(found: Iterable[bytes]) -> frozenset[str]:
    return frozenset(each.decode("utf-8", "replace") for each in found)
