"""A mail made once for many readers: everything that is the same for all of them is rendered ahead.

Values that differ are blanks while it is rendered; filling them later costs microseconds, and gives exactly what
`render` gives for the same values.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import escape

from email_templates.catalogue import Rendered, render
from email_templates.translations import DIRECTIONS
from email_templates.values import html_values, text_values

# What stands where a reader's value will: nothing a coordinator or a signer could have typed.
_NONCE = secrets.token_hex(8)
_MARK = re.compile(f"q{_NONCE}([a-z_]+)x([0-9]*)x([0-9]*)q")


class Blank:
    """Stands for one reader's value of `key` (lower-case letters and underscores), or a slice of it."""

    __slots__ = ("_mark", "key")

    def __init__(self, key: str, *, start: int | None = None, stop: int | None = None) -> None:
        self.key = key
        self._mark = f"q{_NONCE}{key}x{'' if start is None else start}x{'' if stop is None else stop}q"

    def __str__(self) -> str:
        return self._mark

    def __html__(self) -> str:
        return self._mark

    def __getitem__(self, part: slice) -> Blank:
        return Blank(self.key, start=part.start, stop=part.stop)


class Slot(NamedTuple):
    """Where a reader's value goes, or a slice of it."""

    key: str
    start: int | None
    stop: int | None

    def of(self, values: Mapping[str, str]) -> str:
        """What stands there for one reader."""
        return values[self.key][self.start : self.stop]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece that is the same for everybody, and the slot behind it; None after the last piece."""

    text: str
    slot: Slot | None


Parts = Sequence[Part]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail with blanks. Texts and HTML are joined from their parts for each reader."""

    language: str
    subject: Parts
    text: Parts
    html: Parts

    def for_html(self, values: Mapping[str, object]) -> Mapping[str, str]:
        """A reader's values as they stand in the HTML part."""
        direction = DIRECTIONS[self.language]
        return {key: str(escape(value)) for key, value in html_values(values, direction=direction).items()}

    def for_text(self, values: Mapping[str, object]) -> Mapping[str, str]:
        """A reader's values as they stand in subject and text."""
        return {
            key: str(value) for key, value in text_values(values, direction=DIRECTIONS[self.language]).items()
        }

    def fill(self, values: Mapping[str, object]) -> Rendered:
        """The mail for one reader. Raises KeyError for a value that is missing."""
        in_text = self.for_text(values)
        return Rendered(
            subject=joined(self.subject, in_text),
            html=joined(self.html, self.for_html(values)),
            text=joined(self.text, in_text),
        )


def prepare(name: str, language: str, values: Mapping[str, object]) -> Prepared:
    """Render the message with blanks in it. Raises what `render` raises."""
    rendered = render(name, language, values)
    return Prepared(language, _parts(rendered.subject), _parts(rendered.text), _parts(rendered.html))


def joined(parts: Parts, values: Mapping[str, str]) -> str:
    """The pieces with the reader's values between them. Raises KeyError for a value that is missing."""
    return "".join(part.text + (part.slot.of(values) if part.slot else "") for part in parts)


def _parts(text: str) -> Parts:
    parts, end = [], 0
    for mark in _MARK.finditer(text):
        start, stop = (int(each) if each else None for each in (mark[2], mark[3]))
        parts.append(Part(text[end : mark.start()], Slot(mark[1], start, stop)))
        end = mark.end()
    return (*parts, Part(text[end:], None))
