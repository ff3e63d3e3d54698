"""Reads every template and style sheet for what must not be in one; `python -m web.development.template_lint`.

Prints `file:line: what is wrong` and exits 1 when there is anything. The rules, and why:

- no inline script, style or on* handler: the content security policy would drop them without a word;
- no host written out: links to other sites come from Python, where they are listed and tested;
- no words outside `{% trans %}` and `_()`: they would stay English (development pages are English, and exempt);
- no `<img>` without `alt`, no tag left open or closed twice;
- no physical direction in CSS (`margin-left`): Arabic would not mirror.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError

WEB = Path(__file__).parent.parent
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
# The product's name, and signs that are the same in every language.
NOT_WORDS = re.compile(r"Chorus|[\W\d_]+")
# Attributes people read or hear.
SPOKEN = frozenset({"alt", "title", "placeholder", "aria-label", "aria-description"})
HOST = re.compile(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[\w-]*|left|right|top|bottom"
    r"|border-(?:top|bottom)-(?:left|right)-radius|(?:min-|max-)?(?:width|height))\s*:"
    r"|(?<![\w-])(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TRANS = re.compile(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", re.DOTALL)
# A text in quotes that people would read: it begins like a sentence.
SENTENCE = re.compile(r"[A-Z][a-z]")


class Finding(NamedTuple):
    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"


def lint(web: Path = WEB) -> list[Finding]:
    """Everything wrong in the templates and style sheets under `web`."""
    found: list[Finding] = []
    for path in sorted((web / "templates").rglob("*.html")):
        in_english = "development" in path.relative_to(web).parts
        found += lint_template(path, path.read_text(encoding="utf-8"), words_allowed=in_english)
    for path in sorted((web / "static").glob("*.css")):
        found += lint_css(path, path.read_text(encoding="utf-8"))
    return found


def lint_template(path: Path, source: str, *, words_allowed: bool = False) -> list[Finding]:
    environment = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701, parses and never renders
    try:
        environment.parse(source)
    except TemplateSyntaxError as error:
        return [Finding(path, error.lineno, f"template syntax: {error.message}")]
    reader = _Reader(words_allowed=words_allowed)
    reader.feed(_blanked(source))
    reader.close()
    reader.finish()
    quoted = [] if words_allowed else list(_untranslated_quotes(environment, source))
    hosts = [
        (_line(source, match.start()), f"host written out: {match.group()}")
        for match in HOST.finditer(source)
        if not source.startswith(SVG_NAMESPACE, match.start())
    ]
    return [Finding(path, line, problem) for line, problem in sorted([*reader.found, *hosts, *quoted])]


def _untranslated_quotes(environment: Environment, source: str) -> Iterator[tuple[int, str]]:
    """(line, problem) of each sentence handed to a macro without `_()`."""
    before: list[str] = []
    for line, kind, value in environment.lex(source):
        if kind == "whitespace":
            continue
        if kind == "string" and SENTENCE.match(value[1:]) and before[-2:] != ["_", "("]:
            yield line, f"words outside trans: {value}"
        before = [*before[-1:], value]


def lint_css(path: Path, source: str) -> list[Finding]:
    # A media query asks about the screen, and that has a width in every language.
    css = re.sub(r"/\*.*?\*/|@media[^{]*", lambda match: _same_lines(match.group()), source, flags=re.DOTALL)
    findings = [
        Finding(path, _line(css, match.start()), f"physical property: {match.group().strip(' :')}")
        for match in PHYSICAL.finditer(css)
    ]
    return findings + [
        Finding(path, _line(css, match.start()), "host written out") for match in HOST.finditer(css)
    ]


def _blanked(source: str) -> str:
    """The HTML alone: Jinja's marks and translated words become spaces, and lines stay where they are.

    An expression becomes a quiet sign, so that `href="{{ url }}"` has a value and `{{ title }}` is no word.
    All branches of an `{% if %}` stay, so each must balance its own tags.
    """
    html = TRANS.sub(lambda match: _same_lines(match.group()), source)
    html = re.sub(r"\{#.*?#\}", lambda match: _same_lines(match.group()), html, flags=re.DOTALL)
    html = re.sub(r"\{\{.*?\}\}", lambda match: "0" + _same_lines(match.group())[1:], html, flags=re.DOTALL)
    return JINJA.sub(lambda match: _same_lines(match.group()), html)


def _same_lines(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


class _Reader(HTMLParser):
    """Walks through the tags of one template; `found` has (line, problem)."""

    def __init__(self, *, words_allowed: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.words_allowed = words_allowed
        self.found: list[tuple[int, str]] = []
        self._open: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look_at(tag, attrs)
        if tag not in VOID:
            self._open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look_at(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            last = f"<{self._open[-1][0]}> of line {self._open[-1][1]}" if self._open else "no tag"
            self._say(f"</{tag}> while {last} is open")
            if any(name == tag for name, _ in self._open):
                while self._open.pop()[0] != tag:
                    pass
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] in {"script", "style"} and data.strip():
            self._say(f"inline <{self._open[-1][0]}>")
        elif words := NOT_WORDS.sub(" ", data).split():
            line = self.getpos()[0] + data[: data.find(words[0])].count("\n")
            if not self.words_allowed:
                self.found.append((line, f"words outside trans: {' '.join(words[:5])}"))

    def _look_at(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self._say(f"inline {name}")
            elif name in SPOKEN and not self.words_allowed and NOT_WORDS.sub("", value or ""):
                self._say(f"words outside trans: {value}")
            elif (value or "").strip().lower().startswith("javascript:"):
                self._say("inline javascript: address")
        if tag == "style":
            self._say("inline <style>")
        if tag == "script" and "src" not in dict(attrs):
            self._say("inline <script>")
        if tag == "img" and "alt" not in dict(attrs):
            self._say("<img> without alt")

    def finish(self) -> None:
        """Report what is still open at the end of the file."""
        self.found += [(line, f"<{tag}> is never closed") for tag, line in self._open]

    def _say(self, problem: str) -> None:
        self.found.append((self.getpos()[0], problem))


def report(findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        path = (
            finding.path.relative_to(WEB.parent) if finding.path.is_relative_to(WEB.parent) else finding.path
        )
        yield str(finding._replace(path=path))


def main() -> int:
    found = lint()
    for line in report(found):
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
