"""Every message in every language, filled with made-up people: for the preview page and the golden tests."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from email_templates.catalogue import MESSAGES, Rendered, render
from email_templates.compile import PACKAGE
from email_templates.translations import DIRECTIONS


def samples() -> Iterator[tuple[str, str, Rendered]]:
    """(message, language, mail) for every pair, by message, then by language."""
    for name in MESSAGES:
        for language in DIRECTIONS:
            yield name, language, render(name, language, sample_values(name, language))


def sample_values(name: str, language: str) -> dict[str, object]:
    """The made-up values of `messages/<name>/samples.toml`, laid over those all messages share."""
    shared = _read("messages/samples.toml")[language]
    return {**shared, **_read(f"messages/{name}/samples.toml").get(language, {})}


@lru_cache(maxsize=64)
def _read(path: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGE / path).read_text(encoding="utf-8"))
