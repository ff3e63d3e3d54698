"""What a coordinator wrote, dressed for a mail: mail programs want the style of an element on the element.

Colors for dark screens come from the layout's style sheet, by element.
"""

from __future__ import annotations

from functools import lru_cache

import nh3
from markupsafe import Markup

from email_templates.palette import LIGHT
from email_templates.typefaces import DISPLAY, MONOSPACE, SLANT

TAGS = frozenset(
    {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "a", "hr", "code"}
)
"""The elements that stay. Of any other only its words do: a mail has one heading of the first level, its own."""


def _styles(direction: str) -> dict[str, str]:
    start = "left" if direction == "ltr" else "right"
    slant = SLANT[direction]
    minor = "margin:24px 0 6px;font-size:17px;line-height:1.4;font-weight:700"
    items = f"margin:0 0 16px;padding:0;padding-{start}:24px"
    return {
        "p": "margin:0 0 16px",
        "h2": f"margin:28px 0 8px;font-family:{DISPLAY[direction]};font-size:20px;line-height:1.35",
        "h3": minor,
        "h4": minor,
        "ul": items,
        "ol": items,
        "li": "margin:0 0 6px",
        "blockquote": (
            f"margin:22px 0;padding:2px 0;padding-{start}:16px;border-{start}:3px solid {LIGHT.coral};"
            f"font-family:{DISPLAY[direction]};font-size:18px;font-style:{slant}"
        ),
        "strong": "font-weight:700",
        "em": f"font-style:{slant}" if direction == "ltr" else f"font-style:{slant};font-weight:600",
        "a": f"color:{LIGHT.link};text-decoration:underline",
        "hr": f"height:0;margin:26px 0;border:0;border-top:1px solid {LIGHT.line}",
        "code": f"font-family:{MONOSPACE};font-size:15px",
    }


_CLEANERS = {
    direction: nh3.Cleaner(
        tags=set(TAGS),
        attributes={"*": {"lang", "dir"}, "a": {"href"}, "ol": {"start"}},
        set_tag_attribute_values={tag: {"style": style} for tag, style in _styles(direction).items()},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel=None,
    )
    for direction in ("ltr", "rtl")
}


@lru_cache(maxsize=64)
def prose(html: Markup, direction: str) -> Markup:
    """`html` with the style of a mail on each element of TAGS, and cleaned once more of everything else.

    The same letter goes to many: it is dressed once. Links that are not absolute lose their address.
    """
    return Markup(_CLEANERS[direction].clean(html))  # noqa: S704 - cleaned in this line
