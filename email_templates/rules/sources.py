"""The MJML sources, read strictly: well-formed, allowed components, no other host, nothing mjml drops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from email_templates.rules.allowed import COMPONENTS, HOLD_TEXT, HTML
from email_templates.rules.problem import OTHER_HOST, PLACEHOLDER, Problem, line_of

_FIRST_PASS = re.compile(r"\[\[.*?\]\]|\[%.*?%\]|\[#.*?#\]", re.DOTALL)
_CARRIED = re.compile(r"\[%-?\s*(end)?(?:macro|call)\b")
_BLOCK = re.compile(r"\[%-?\s*(?:end)?block\b")
_ELSEWHERE = "elsewhere"
"""Stands around what a macro carries off: where its text lands is known after the first pass only."""


def source_problems(root: Path, path: Path) -> Iterator[Problem]:
    """Every problem of one .mjml file."""
    shown = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    for expression in PLACEHOLDER.finditer(text):
        if re.search("[<>&]", expression[0]):
            line = line_of(text, expression.start())
            yield Problem(shown, line, "no < > & inside an expression: mjml escapes them")
    for found in OTHER_HOST.finditer(text):
        yield Problem(shown, line_of(text, found.start()), "a mail asks no other host for anything")
    for found in re.finditer(r"\{#", text):
        yield Problem(shown, line_of(text, found.start()), "{# begins a comment in the last pass")
    yield from structure_problems(shown, text)


def structure_problems(shown: str, text: str) -> list[Problem]:
    """Where `text`, MJML before or after the first pass, is not well-formed or holds what is not allowed."""
    reader = _Reader(shown)
    reader.read(_FIRST_PASS.sub(_mask, text))
    return reader.problems


def _mask(found: re.Match[str]) -> str:
    """What stands for what the first pass replaces: a letter for a value, and as many lines as before."""
    mask = "x" if found[0].startswith("[[") else ""
    if carried := _CARRIED.match(found[0]):
        mask = f"<{'/' if carried[1] else ''}{_ELSEWHERE}>"
    elif _BLOCK.match(found[0]):
        mask = "<?block?>"
    return mask + "\n" * found[0].count("\n")


class _Reader:
    """Walks through one source and notes what it finds, with the line."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[Problem] = []
        self.open: list[str] = []
        self.condition = 0  # the line of the first {% %} at the top of the block we are in
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.ProcessingInstructionHandler = self._block

    def read(self, text: str) -> None:
        try:
            # A message's source is a row of blocks without a root of its own.
            self.parser.Parse(f"<source>{text}</source>", True)  # noqa: FBT003 - positional in C
        except expat.ExpatError as error:
            self._report(f"not well-formed: {expat.ErrorString(error.code)}", line=error.lineno)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.open and tag != _ELSEWHERE:
            self._check(tag, attributes)
        if self.condition and self.open == ["source"] and tag.startswith("mj"):
            self._report_dropped(line=self.condition)
            self.condition = 0
        self.open.append(tag)

    def _check(self, tag: str, attributes: dict[str, str]) -> None:
        allowed = (COMPONENTS if tag.startswith("mj") else HTML).get(tag)
        if allowed is None:
            self._report(f"<{tag}> is not allowed")
            return
        for attribute, value in attributes.items():
            if attribute not in allowed:
                self._report(f"<{tag}> may not have {attribute!r}")
            if "{%" in value or ("{{" in value and attribute != "href"):
                self._report(f"only href may be filled per recipient, not {attribute!r}")
        if tag in HTML and not self._holds_text() and self.open != ["source"]:
            self._report(f"<{tag}> stands between components: mjml drops it")

    def _end(self, _tag: str) -> None:
        self.open.pop()

    def _characters(self, text: str) -> None:
        if not text.strip() or self._holds_text():
            return
        if self.open != ["source"]:
            self._report_dropped()
        elif "{%" in text and not self.condition:
            # At the top of a message stand its blocks. Where they land is known after the first pass only; but
            # components do not stand inside text, and nothing may be said around them.
            self.condition = self.parser.CurrentLineNumber

    def _block(self, _target: str, _data: str) -> None:
        self.condition = 0

    def _holds_text(self) -> bool:
        return any(tag in HOLD_TEXT or tag == _ELSEWHERE for tag in self.open)

    def _report_dropped(self, *, line: int | None = None) -> None:
        self._report("text between components: mjml drops it; use mj-text, and mj-raw around tags", line=line)

    def _report(self, text: str, *, line: int | None = None) -> None:
        self.problems.append(Problem(self.shown, line or self.parser.CurrentLineNumber, text))
