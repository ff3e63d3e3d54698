"""Share links and the QR code, as the pages print them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import segno
from markupsafe import Markup

from campaigns.campaign.sharing import share_links
from web.messages import N_
from web.public.pages import Choice

MAIL = N_("Email")


def share_choices(url: str, text: str, translate: Callable[[str], str]) -> Sequence[Choice]:
    return [
        Choice(value=link.service, label=link.name or translate(MAIL), url=link.url)
        for link in share_links(url, text)
    ]


@lru_cache(maxsize=500)
def qr_svg(url: str) -> Markup:
    """A QR code (ISO/IEC 18004, error correction M) as inline SVG: black, on the white that the page's CSS gives it."""
    code = segno.make(url, error="m", micro=False)
    svg = code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=2)
    return Markup(svg)  # noqa: S704 - made here from module coordinates
