"""Markdown as coordinators write it, as HTML that is safe to print."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "a", "hr", "code"}

_parser = MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=2_000)
def markdown(text: str) -> Markup:
    """CommonMark without raw HTML, then cleaned again: two walls, because the text comes from many hands."""
    cleaned = nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )
    return Markup(cleaned)  # noqa: S704 - cleaned the line above
