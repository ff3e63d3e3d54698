"""The colors of a mail, once for light and once for dark screens.

Every pair in `READ_ON` holds WCAG 2.2 AA (4.5:1); a test measures it. The brand's coral, #e4572e, is
decoration only: white on it reaches 3.7:1, so buttons wear the deeper `action`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    paper: str  # behind everything
    card: str  # the sheet the letter is written on
    slip: str  # what was signed; the code
    line: str  # rules and borders
    ink: str  # text
    muted: str  # labels, footer
    hero: str  # the band with the heading
    on_hero: str
    soft_on_hero: str
    coral: str
    action: str
    on_action: str
    link: str
    caution: str  # the strip above a test
    on_caution: str


LIGHT = Palette(
    paper="#faf6ef",
    card="#fffdfa",
    slip="#f6efe2",
    line="#dccfb8",
    ink="#173536",
    muted="#566966",
    hero="#0f3d3e",
    on_hero="#fdf8ef",
    soft_on_hero="#cfe3dd",
    coral="#e4572e",
    action="#c4401a",
    on_action="#ffffff",
    link="#0f5c5c",
    caution="#fbeacb",
    on_caution="#173536",
)
DARK = Palette(
    paper="#0a1f20",
    card="#102d2e",
    slip="#183c3c",
    line="#335656",
    ink="#f3ece0",
    muted="#adc0bb",
    hero="#164b4b",
    on_hero="#fdf8ef",
    soft_on_hero="#cfe3dd",
    coral="#f0764f",
    action="#c4401a",
    on_action="#ffffff",
    link="#8fd6cb",
    caution="#3d3013",
    on_caution="#f3ece0",
)

READ_ON = (
    ("ink", "card"),
    ("ink", "slip"),
    ("ink", "paper"),
    ("muted", "card"),
    ("muted", "slip"),
    ("muted", "paper"),
    ("link", "card"),
    ("link", "slip"),
    ("link", "paper"),
    ("on_hero", "hero"),
    ("soft_on_hero", "hero"),
    ("on_action", "action"),
    ("on_caution", "caution"),
)
