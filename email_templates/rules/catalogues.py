"""The catalogues against the texts of the sources: nothing missing or left over, the same placeholders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Message
from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import extract_from_ast

from email_templates.compile import sources
from email_templates.rules.problem import PLACEHOLDER, Problem
from email_templates.translations import DIRECTIONS, SOURCE_LANGUAGE, catalogue_path, read_catalogue

Said = Mapping[str, tuple[str, int]]


def catalogue_problems(root: Path) -> Iterator[Problem]:
    """Every problem of every catalogue; or, where a source is no valid template, that one."""
    said: dict[str, tuple[str, int]] = {}
    for path in sorted(
        [*root.glob("layouts/*"), *root.glob("messages/*/*.txt"), *root.glob("messages/*/*.mjml")]
    ):
        shown = path.relative_to(root).as_posix()
        try:
            tree = sources(root, escape=True).parse(path.read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            yield Problem(shown, error.lineno, str(error.message))
            return
        for line, text in texts_in(tree):
            said.setdefault(text, (shown, line))
    for language in DIRECTIONS:
        if language != SOURCE_LANGUAGE:
            yield from _catalogue(root, language, said)


def texts_in(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """(line, text) of every `_("text")` in a source."""
    for line, _function, text in extract_from_ast(tree, gettext_functions=("_",)):
        if isinstance(text, str):
            yield line, text


def _catalogue(root: Path, language: str, said: Said) -> Iterator[Problem]:
    path = catalogue_path(root, language)
    shown = path.relative_to(root).as_posix()
    if not path.is_file():
        yield Problem(shown, 1, "is missing")
        return
    entries = {str(entry.id): entry for entry in read_catalogue(root, language) if entry.id}
    for text, (source, line) in said.items():
        if text not in entries:
            yield Problem(source, line, f"not translated to {language}: {text!r}")
    for text, entry in entries.items():
        yield from (Problem(shown, entry.lineno or 1, each) for each in _entry(text, entry, said))


def _entry(text: str, entry: Message, said: Said) -> Iterator[str]:
    translated = str(entry.string or "")
    if text not in said:
        yield f"no longer used: {text!r}"
    elif not translated or entry.fuzzy:
        yield f"not translated: {text!r}"
    elif Counter(PLACEHOLDER.findall(text)) != Counter(PLACEHOLDER.findall(translated)):
        yield f"other placeholders than the source: {text!r}"
    elif re.search('["<>]', translated):
        yield f"straight quotation mark or markup: {text!r}"
