"""Values on their way into a mail: names are hostile input, and may run against the words around them.

A key that ends in `url` holds an address and `code` holds digits; both go in as they are. Every other string
is words somebody typed: put on one line and isolated, so that neither its line breaks nor its direction leak
out (Unicode Standard Annex #9, isolates).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from markupsafe import Markup

# Anything that could end a header or a line. The no-break spaces stay: French punctuation needs them.
_BREAKING = re.compile("(?:[^\\S\u00a0\u202f]|[\u0000-\u001f\u007f-\u009f])+")
# Embeddings, overrides and isolates; one of them inside a name could close the isolate around it.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RUNS_AGAINST = {"ltr": {"R", "AL", "AN"}, "rtl": {"L", "EN"}}
_AS_IT_IS = {"code"}


def one_line(text: str) -> str:
    """`text` with every run of whitespace and control characters turned into one space."""
    return _BREAKING.sub(" ", text).strip(" ")


def html_values(values: Mapping[str, object]) -> dict[str, object]:
    """For the HTML part: words stand in <bdi>; escaping is the template's."""
    return {key: _html_value(key, value) for key, value in values.items()}


def text_values(values: Mapping[str, object], *, direction: str) -> dict[str, object]:
    """For subject and text: words that would disturb a line in `direction` stand in U+2068 and U+2069."""
    return {key: _text_value(key, value, direction) for key, value in values.items()}


def _html_value(key: str, value: object) -> object:
    if isinstance(value, str):
        return Markup("<bdi>{}</bdi>").format(_clean(value)) if _is_words(key, value) else one_line(value)
    if isinstance(value, Mapping):
        return html_values(value)
    if isinstance(value, Sequence):
        return [_html_value(key, each) for each in value]
    return value


def _text_value(key: str, value: object, direction: str) -> object:
    if isinstance(value, str):
        return _isolated(_clean(value), direction) if _is_words(key, value) else one_line(value)
    if isinstance(value, Mapping):
        return text_values(value, direction=direction)
    if isinstance(value, Sequence):
        return [_text_value(key, each, direction) for each in value]
    return value


def _is_words(key: str, value: str) -> bool:
    return bool(value) and key not in _AS_IT_IS and not key.endswith("url")


def _clean(words: str) -> str:
    return one_line(_BIDI_CONTROLS.sub("", words))


def _isolated(words: str, direction: str) -> str:
    # Only where it matters: some old mail programs draw a box for an isolate.
    if any(unicodedata.bidirectional(letter) in _RUNS_AGAINST[direction] for letter in words):
        return f"\u2068{words}\u2069"
    return words
