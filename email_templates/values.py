"""Values on their way into a mail: names are hostile input, and may run against the words around them.

A key that ends in `url` holds an address and `code` holds digits; both go in as they are. `body_text` holds a
letter with its own lines. Markup is a letter too, and goes into the HTML part only. Every other string is words
somebody typed: put on one line and isolated, so that neither its line breaks nor its direction leak out (Unicode
Standard Annex #9, isolates).

Most values are the same in all mails of a blast, so what becomes of words is remembered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from email_templates.prose import prose

LETTER = "body_text"
REMEMBERED = 4096
# Whitespace and control characters: anything that could end a header or a line. The no-break spaces stay: French
# punctuation needs them.
_BREAKING = re.compile("[\u0000-\u0020\u007f-\u009f\u1680\u2000-\u200a\u2028\u2029\u205f\u3000]+")
_LINE_END = re.compile("\r\n?|[\u000b\u000c\u0085\u2028\u2029]")
_NOT_IN_A_LETTER = re.compile("[\u0000-\u0008\u000e-\u001f\u007f-\u009f]")
# Embeddings, overrides and isolates; one of them inside a name could close the isolate around it.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RUNS_AGAINST = {"ltr": {"R", "AL", "AN"}, "rtl": {"L", "EN"}}


def one_line(text: str) -> str:
    """`text` with every run of whitespace and control characters turned into one space."""
    return _BREAKING.sub(" ", text).strip(" ")


def html_values(values: Mapping[str, object], *, direction: str) -> dict[str, object]:
    """For the HTML part: words stand in <bdi>; escaping addresses is the template's."""
    return {key: _html_value(key, value, direction) for key, value in values.items()}


def text_values(values: Mapping[str, object], *, direction: str) -> dict[str, object]:
    """For subject and text: words that would disturb a line in `direction` stand in U+2068 and U+2069."""
    return {key: _text_value(key, value, direction) for key, value in values.items()}


def _html_value(key: str, value: object, direction: str) -> object:
    if isinstance(value, Markup):
        return prose(value, direction)
    if isinstance(value, str):
        return one_line(value) if _goes_as_it_is(key) else _html_words(value)
    if isinstance(value, Mapping):
        return html_values(value, direction=direction)
    if isinstance(value, Sequence):
        return [_html_value(key, each, direction) for each in value]
    return value


def _text_value(key: str, value: object, direction: str) -> object:
    if isinstance(value, str):
        if _goes_as_it_is(key):
            return one_line(value)
        return _letter(value) if key == LETTER else _text_words(value, direction)
    if isinstance(value, Mapping):
        return text_values(value, direction=direction)
    if isinstance(value, Sequence):
        return [_text_value(key, each, direction) for each in value]
    return value


def _goes_as_it_is(key: str) -> bool:
    return key.endswith("url") or key == "code"


@lru_cache(maxsize=REMEMBERED)
def _html_words(words: str) -> str:
    clean = _clean(words)
    return Markup(f"<bdi>{escape(clean)}</bdi>") if words else ""  # noqa: S704 - escaped in this line


@lru_cache(maxsize=REMEMBERED)
def _text_words(words: str, direction: str) -> str:
    clean = _clean(words)
    # Only where it matters: some old mail programs draw a box for an isolate.
    if any(unicodedata.bidirectional(letter) in _RUNS_AGAINST[direction] for letter in clean):
        return f"\u2068{clean}\u2069"
    return clean


@lru_cache(maxsize=64)
def _letter(text: str) -> str:
    """Its paragraphs apart by one empty line, and nothing in it but letters and line ends."""
    lines = _NOT_IN_A_LETTER.sub("", _LINE_END.sub("\n", text)).split("\n")
    return re.sub("\n\n\n+", "\n\n", "\n".join(line.rstrip(" \t") for line in lines)).strip("\n")


def _clean(words: str) -> str:
    return one_line(_BIDI_CONTROLS.sub("", words))
