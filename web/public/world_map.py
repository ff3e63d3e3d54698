"""What pages need to know to draw the world map: its size, its countries and their shades.

The map is the sprite `web/static/world.svg` (made by `web/development/world_map.py`):

    <svg viewBox="{{ WORLD_VIEWBOX }}">
      <use class="land" href="/static/world.HASH.svg#land"/>
      <use class="map-3" href="/static/world.HASH.svg#FR"/>
    </svg>

Browsers load the sprite under the CSP directive `img-src`, and only from the page's own origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_SPRITE = (Path(__file__).parent.parent / "static" / "world.svg").read_text(encoding="utf-8")
_DRAWING_ORDER = tuple(re.findall(r'<path id="([A-Z]{2})"', _SPRITE))

WORLD_VIEWBOX = re.findall(r'viewBox="([\d ]+)"', _SPRITE)[0]
MAPPED_COUNTRIES: frozenset[str] = frozenset(_DRAWING_ORDER)  # ISO 3166-1 alpha-2, and XK


def in_drawing_order(countries: Iterable[str]) -> list[str]:
    """The countries the map has, small ones last, so that their dots lie on top of their neighbors."""
    wanted = frozenset(countries)
    return [country for country in _DRAWING_ORDER if country in wanted]


def shade_steps(counts: Mapping[str, int], *, steps: int = 5) -> dict[str, int]:
    """The shade of each country with a count: 1 for few, `steps` for as many as the country with most.

    Shades are even steps of log(1 + count), for counts by country differ by powers of ten: where the most is
    10 000 and steps are 5, shade 1 ends at 5, 2 at 38, 3 at 250, 4 at 1584. A country's shade depends only on
    its own count and the highest one. Equal counts have equal shades, and a higher count never a lighter one.
    """
    most = max(counts.values(), default=0)
    # The least k with log(1 + count) / log(1 + most) <= k / steps, in whole numbers: exact at the edges.
    bounds = [(1 + most) ** k for k in range(1, steps + 1)]
    return {
        country: next(k for k, bound in enumerate(bounds, start=1) if (1 + count) ** steps <= bound)
        for country, count in counts.items()
        if count > 0
    }
