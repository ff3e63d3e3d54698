from __future__ import annotations

import pytest
from markupsafe import Markup

from email_templates.palette import LIGHT
from email_templates.prose import TAGS, prose
from tests.email_templates.page import Page


def test_every_element_wears_its_style_but_the_line_break() -> None:
    for tag in TAGS - {"br"}:
        ((_tag, attributes),) = Page(prose(Markup(f"<{tag}>x</{tag}>"), "ltr")).tags
        assert attributes["style"]
    assert prose(Markup("one<br>two"), "ltr") == "one<br>two"


def test_lists_and_quotations_stand_in_from_where_reading_begins() -> None:
    for tag in ("ul", "ol", "blockquote"):
        html = Markup(f"<{tag}>x</{tag}>")
        assert "padding-left:" in prose(html, "ltr")
        assert "padding-right:" in prose(html, "rtl")
        assert "left" not in prose(html, "rtl")


def test_arabic_is_never_slanted() -> None:
    html = Markup("<em>x</em><blockquote>y</blockquote>")
    assert "italic" in prose(html, "ltr")
    assert "italic" not in prose(html, "rtl")


def test_a_link_keeps_its_address_and_wears_the_color_of_links() -> None:
    ((_tag, attributes),) = Page(prose(Markup('<a href="https://a.example/?b=1&amp;c=2">x</a>'), "ltr")).tags
    assert attributes["href"] == "https://a.example/?b=1&c=2"
    assert f"color:{LIGHT.link}" in (attributes["style"] or "")


@pytest.mark.parametrize(
    "harm",
    [
        '<a href="javascript:alert(1)">x</a>',
        '<a href="/relative">x</a>',
        '<a href="//a.example">x</a>',
        "<h1>x</h1>",
        '<img src="https://a.example/pixel">x',
        '<p style="position:fixed" onclick="x()" class="y">x</p>',
        "<style>p { color: red }</style>x",
        "<script>x()</script>x",
        '<form action="https://a.example"><input name="x">x</form>',
        # Where the marks of a tag stand inside an attribute, no style may break it open.
        '<a title="<p onclick=x() >" href="https://a.example">x</a>',
    ],
)
def test_what_a_mail_must_not_hold_does_not_pass_even_when_marked_as_clean(harm: str) -> None:
    page = Page(prose(Markup(harm), "ltr"))
    assert page.text == "x"
    for tag, attributes in page.tags:
        assert tag in TAGS
        assert attributes.keys() <= {"style", "href"}
        assert (attributes.get("href") or "https:").startswith("https:")
        assert "position" not in (attributes.get("style") or "")


def test_dressing_twice_changes_nothing() -> None:
    html = Markup("<h2>A &amp; B</h2><ul><li>C <em>d</em></li></ul>")
    assert prose(prose(html, "ltr"), "ltr") == prose(html, "ltr")
