"""The messages Chorus sends: what each needs to know, and how one is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import UndefinedError

from email_templates.compile import compiled
from email_templates.errors import MissingValue, UnknownLanguage, UnknownMessage
from email_templates.messages.already_signed import AlreadySigned
from email_templates.messages.confirm_signature import ConfirmSignature
from email_templates.messages.thank_you import ThankYou
from email_templates.translations import DIRECTIONS
from email_templates.values import html_values, one_line, text_values

MESSAGES: Mapping[str, frozenset[str]] = {
    "confirm_signature": ConfirmSignature.__required_keys__,
    "already_signed": AlreadySigned.__required_keys__,
    "thank_you": ThankYou.__required_keys__,
}
"""The messages by name, each with the values it needs."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail for one person. `subject` is one line and safe as a header."""

    subject: str
    html: str
    text: str


def render(name: str, language: str, values: Mapping[str, object]) -> Rendered:
    """The message `name` in `language` with `values`, which its TypedDict in `messages/<name>` describes.

    Names come out escaped in the HTML part and as typed in the text part, on one line, isolated from the
    writing direction around them. Values the message does not know are ignored. Raises UnknownMessage,
    UnknownLanguage, or MissingValue when a value is absent or None, or an address is empty.
    """
    if name not in MESSAGES:
        raise UnknownMessage(name)
    if language not in DIRECTIONS:
        raise UnknownLanguage(language)
    for key in sorted(MESSAGES[name]):
        if values.get(key) is None or (key.endswith("_url") and not values[key]):
            raise MissingValue(name, key)
    templates = compiled(name, language)
    in_text = text_values(values, direction=DIRECTIONS[language])
    try:
        return Rendered(
            subject=one_line(templates.subject.render(in_text)),
            html=templates.html.render(html_values(values)),
            text=_tidy(templates.text.render(in_text)),
        )
    except UndefinedError:
        # Something inside a list; the cause is cut off because its frames hold the values.
        raise MissingValue(name, "a value in a list") from None


def _tidy(text: str) -> str:
    """Paragraphs apart by one empty line, whatever was left out between them."""
    lines = "\n".join(line.rstrip(" ") for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"
