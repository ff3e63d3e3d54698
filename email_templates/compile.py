"""From sources to templates ready to fill, in three passes.

1. Jinja with `[[ ]]` and `[% %]` puts in the layout, the language's texts, its direction and the colors.
2. mjml turns components into the tables mail programs understand (20-30 ms, so once per process).
3. What is left is an ordinary Jinja template with `{{ }}`, filled once per recipient (0.03 ms).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, meta
from mjml import mjml_to_html

from email_templates.palette import DARK, LIGHT
from email_templates.translations import DIRECTIONS, translations
from email_templates.typefaces import DISPLAY, MONOSPACE, SANS

PACKAGE = Path(__file__).parent
PARTS = ("subject.txt", "body.mjml", "body.txt")

_HTML = Environment(autoescape=True, undefined=StrictUndefined)
_TEXT = Environment(autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701


@dataclass(frozen=True, slots=True)
class Compiled:
    """One message in one language, ready to be filled, and the values each part says."""

    subject: Template
    html: Template
    text: Template
    html_keys: tuple[str, ...]
    text_keys: tuple[str, ...]  # of the subject too


@lru_cache(maxsize=256)
def compiled(message: str, language: str) -> Compiled:
    """The templates of a message, compiled on first use in this process."""
    subject = expand(message, "subject.txt", language)
    html = to_html(expand(message, "body.mjml", language))
    text = expand(message, "body.txt", language)
    return Compiled(
        subject=_TEXT.from_string(subject),
        html=_HTML.from_string(html),
        text=_TEXT.from_string(text),
        html_keys=said_in(html),
        text_keys=tuple({*said_in(subject), *said_in(text)}),
    )


def said_in(template: str) -> tuple[str, ...]:
    """The names of the values a template of the last pass asks for."""
    return tuple(meta.find_undeclared_variables(_TEXT.parse(template)))


def sources(root: Path, *, escape: bool) -> Environment:
    """The environment of the first pass; `escape` for XML sources."""
    return Environment(
        loader=FileSystemLoader(root),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=escape,  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
    )


def expand(message: str, part: str, language: str, *, root: Path = PACKAGE) -> str:
    """The first pass: the source of one part with everything in it that depends on the language only."""
    direction = DIRECTIONS[language]
    rtl = direction == "rtl"
    template = sources(root, escape=part.endswith(".mjml")).get_template(f"messages/{message}/{part}")
    return template.render(
        _=translations(root, language).gettext,
        language=language,
        direction=direction,
        start="right" if rtl else "left",
        sans=SANS[direction],
        display=DISPLAY[direction],
        monospace=MONOSPACE,
        # A plain space lets a right-to-left line swap the halves of a number; a no-break space does not.
        digit_space="\u00a0" if rtl else " ",
        light=LIGHT,
        dark=DARK,
    )


def to_html(mjml: str) -> str:
    """The second pass, without the indentation mjml leaves behind."""
    html = str(mjml_to_html(mjml).html)
    return re.sub(r"\s*\n\s*", "\n", html).strip() + "\n"
