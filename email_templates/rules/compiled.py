"""The compiled mail of one message in one language: nothing lost, nothing missing, nothing from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateError, nodes

from email_templates.catalogue import MESSAGES
from email_templates.compile import expand, said_in, sources, to_html
from email_templates.rules.problem import OTHER_HOST, PLACEHOLDER, Problem, line_of
from email_templates.rules.sources import structure_problems
from email_templates.translations import DIRECTIONS

# Gmail cuts a mail off after 102 kB; the rest is room for what fills the template.
LARGEST = 90_000
REQUIRED = {
    "sender_name": "no sender",
    "sender_address": "no postal address",
    "privacy_url": "no way to what we do with data",
    "withdraw_url": "no way to withdraw",
    "unsubscribe_url": "no way to unsubscribe",
    "preferences_url": "no way to choose",
}
"""What the foot owes the reader: each of these that a message knows stands in both its parts."""
_NAMESPACE = 'xmlns="http://www.w3.org/1999/xhtml"'


def reason_problems(root: Path, name: str) -> Iterator[Problem]:
    """Both parts must fill the block `reason`."""
    for part in ("body.mjml", "body.txt"):
        source = (root / "messages" / name / part).read_text(encoding="utf-8")
        blocks = sources(root, escape=True).parse(source).find_all(nodes.Block)
        if not any(block.name == "reason" and block.find(nodes.Call) for block in blocks):
            yield Problem(f"messages/{name}/{part}", 1, "no block 'reason': say why this mail came")


def compiled_problems(root: Path, name: str, language: str) -> Iterator[Problem]:
    """Every problem of the message's parts once the first two passes are through."""
    shown = f"messages/{name}/body.mjml"
    try:
        mjml = expand(name, "body.mjml", language, root=root)
        structure = structure_problems(shown, mjml)
        if structure:
            lines = (f"{problem.text} (line {problem.line} inside the layout)" for problem in structure)
            yield from (Problem(shown, 1, f"in {language}: {line}") for line in lines)
            return
        parts = {
            "subject.txt": expand(name, "subject.txt", language, root=root),
            "body.mjml": to_html(mjml),
            "body.txt": expand(name, "body.txt", language, root=root),
        }
        yield from _undeclared(name, parts)
    except TemplateError as error:
        yield Problem(shown, getattr(error, "lineno", None) or 1, f"in {language}: {error.message}")
        return
    lost = Counter(PLACEHOLDER.findall(mjml)) - Counter(PLACEHOLDER.findall(parts["body.mjml"]))
    for placeholder in lost:
        yield Problem(
            shown, _first_line(root / shown, placeholder), f"in {language}: mjml lost {placeholder}"
        )
    for value in REQUIRED.keys() & MESSAGES[name].needs:
        for part in ("body.mjml", "body.txt"):
            if f"{{{{ {value} }}}}" not in parts[part]:
                yield Problem(f"messages/{name}/{part}", 1, f"{REQUIRED[value]}: {value}")
    yield from (Problem(shown, 1, f"in {language}: {each}") for each in _html(parts["body.mjml"], language))


def _undeclared(name: str, parts: dict[str, str]) -> Iterator[Problem]:
    for part, source in parts.items():
        for value in sorted(set(said_in(source)) - MESSAGES[name].knows):
            yield Problem(f"messages/{name}/{part}", 1, f"{value!r} is not a value this message declares")


def _html(html: str, language: str) -> Iterator[str]:
    if f'<html lang="{language}" dir="{DIRECTIONS[language]}"' not in html:
        yield "<mjml> needs lang and dir of the language"
    # mjml writes direction:ltr into every wrapper, section and column that is not told otherwise.
    if set(re.findall(r"\bdirection:(\w+)", html)) - {DIRECTIONS[language]}:
        yield "a wrapper, section or column runs against the language: give it the direction"
    if html.count("<h1") != 1:
        yield f"{html.count('<h1')} headings of the first level, not one"
    if OTHER_HOST.search(html.replace(_NAMESPACE, "")):
        yield "the compiled mail asks another host; does every component have a system font?"
    if len(html.encode()) > LARGEST:
        yield f"{len(html.encode())} bytes before it is filled, more than {LARGEST}"
    title = re.search(r'aria-label="([^\n]*)" *>', html)
    if title is None or '"' in title[1] or "{{" in title[1]:
        yield "the title must be there, without quotation marks or values: it becomes an attribute"


def _first_line(path: Path, placeholder: str) -> int:
    text = path.read_text(encoding="utf-8")
    return line_of(text, text.find(placeholder)) if placeholder in text else 1
