"""Where a link can be shared. Plain links: no script, button or pixel of these services is on our pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

import segno
from markupsafe import Markup

from web.messages import N_
from web.public.pages import Choice

# Names of services are the same in every language; only "Email" is a word.
SERVICES = (
    ("whatsapp", "WhatsApp", "https://wa.me/?text={text}%20{url}"),
    ("telegram", "Telegram", "https://t.me/share/url?url={url}&text={text}"),
    ("bluesky", "Bluesky", "https://bsky.app/intent/compose?text={text}%20{url}"),
    ("x", "X", "https://x.com/intent/post?text={text}&url={url}"),
    ("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    ("linkedin", "LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={url}"),
    ("mail", N_("Email"), "mailto:?subject={text}&body={url}"),
)


def share_links(url: str, text: str) -> Sequence[Choice]:
    """One link for each service, with `source` set so that a campaign can see what spreads."""
    joint = "&" if "?" in url else "?"
    return [
        Choice(
            value=value,
            label=label,
            url=pattern.format(url=quote(f"{url}{joint}source={value}", safe=""), text=quote(text, safe="")),
        )
        for value, label, pattern in SERVICES
    ]


@lru_cache(maxsize=500)
def qr_svg(url: str) -> Markup:
    """A QR code (ISO/IEC 18004, error correction M) as inline SVG, colored by the page's own CSS."""
    code = segno.make(url, error="m", micro=False)
    svg = code.svg_inline(omitsize=True, svgclass="qr", lineclass="qr-line", border=2, dark=None)
    return Markup(svg)  # noqa: S704 - made here from module coordinates
