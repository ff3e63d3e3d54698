"""Invented campaign texts in every language, for the style guide and the tests; they stand in `sample_texts.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTexts:
    """The words of one campaign and of those around it. Paragraphs are plain text, one per item."""

    federation: str
    organization: str
    title: str
    summary: str
    addressee: str
    demand: tuple[str, ...]
    story: tuple[str, ...]
    topics: tuple[str, str, str]
    region: str
    everywhere: str
    other_titles: tuple[str, str, str, str, str]
    other_summary: str
    answer: tuple[str, str]
    delivery: tuple[str, str]
    news: tuple[str, str]
    newsletter: str
    show_name: str
    share_text: str
    by_mail: str


def _read(texts: dict[str, Any]) -> SampleTexts:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in texts.items()
    }
    return SampleTexts(**values)


SAMPLES: dict[str, SampleTexts] = {
    language: _read(texts)
    for language, texts in json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")).items()
}
