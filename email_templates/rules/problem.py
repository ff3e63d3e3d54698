"""One thing the linter found."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
"""What is left for the last pass to fill."""

OTHER_HOST = re.compile(
    r"(?:https?:)?//(?!www\.w3\.org/(?:1999/xhtml|TR/))[\w\[{]|@import|url\(|<link\b|<img\b|\bsrc\s*="
)
"""Anything that would make a mail program ask another host, or lead the reader to one we did not choose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`path` is relative to the folder that was checked; lines count from 1."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
