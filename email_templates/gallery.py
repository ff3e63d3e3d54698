"""Every message in every language, filled with made-up people: for the preview page and the golden tests."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal

from markupsafe import Markup

from email_templates.catalogue import MESSAGES, Rendered, render
from email_templates.compile import PACKAGE
from email_templates.translations import DIRECTIONS

Scheme = Literal["light", "dark"]


def samples() -> Iterator[tuple[str, str, Rendered]]:
    """(message, language, mail) for every pair, by message, then by language."""
    for name in MESSAGES:
        for language in DIRECTIONS:
            yield name, language, sample(name, language)


def sample(name: str, language: str) -> Rendered:
    """The message to its made-up reader. Raises UnknownMessage and UnknownLanguage."""
    return render(name, language, sample_values(name, language) if name in MESSAGES else {})


def sample_values(name: str, language: str) -> dict[str, object]:
    """The made-up values of `messages/<name>/samples.toml`, laid over those all messages share."""
    shared = _read("messages/samples.toml").get(language, {})
    values = {**shared, **_read(f"messages/{name}/samples.toml").get(language, {})}
    if "body_html" in values:
        values["body_html"] = Markup(values["body_html"])  # noqa: S704 - from a file of ours
    return values


def purpose(name: str) -> str:
    """What the message is for, in a sentence: the first line of its module."""
    return (import_module(f"email_templates.messages.{name}").__doc__ or "").partition("\n")[0]


def as_seen(html: str, scheme: Scheme) -> str:
    """The HTML part as a program on a light or a dark screen shows it, whatever screen it is looked at on."""
    when = "@media all" if scheme == "dark" else "@media not all"
    html = html.replace("@media (prefers-color-scheme: dark)", when)
    return re.sub('(color-schemes?: |content=")light dark', rf"\g<1>{scheme}", html)


@lru_cache(maxsize=64)
def _read(path: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGE / path).read_text(encoding="utf-8"))
