from __future__ import annotations

import re

import pytest

from email_templates import MESSAGES, render
from email_templates.gallery import sample_values
from email_templates.palette import DARK, LIGHT, READ_ON, Palette
from tests.email_templates.page import Page

PREHEADER = "#ffffff"  # mjml's own, on words nobody sees


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, from #rrggbb."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_every_text_can_be_read_on_its_ground(palette: Palette, text: str, ground: str) -> None:
    darker, lighter = sorted(luminance(getattr(palette, name)) for name in (text, ground))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize("name", MESSAGES)
def test_a_mail_has_only_colors_that_were_measured(name: str) -> None:
    html = render(name, "en", {**sample_values(name, "en"), "is_test": True}).html
    texts = {getattr(LIGHT, text) for text, _ground in READ_ON}
    grounds = {getattr(LIGHT, ground) for _text, ground in READ_ON}
    styles = ";".join(Page(html).styles())
    assert set(re.findall(r"(?<![-\w])color:([^;]+)", styles)) <= texts | {PREHEADER}
    assert set(re.findall(r"background(?:-color)?:([^;]+)", styles)) <= grounds | {LIGHT.coral}


def test_every_ground_and_text_has_a_dark_twin_in_the_style_sheet() -> None:
    html = render("mailing", "en", sample_values("mailing", "en")).html
    dark_screens = html.index("@media (prefers-color-scheme: dark)")
    sheet = html[dark_screens : html.index("</style>", dark_screens)]
    for name in ("paper", "card", "slip", "line", "ink", "muted", "hero", "link", "caution", "on_caution"):
        assert getattr(DARK, name) in sheet, name
