from __future__ import annotations

import pytest

from email_templates.palette import DARK, LIGHT, READ_ON, Palette


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
