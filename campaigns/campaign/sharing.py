"""Where a link can be shared. Plain links: no script, button or pixel of these services is on our pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

SERVICES = (
    ("whatsapp", "WhatsApp", "https://wa.me/?text={text}%20{url}"),
    ("telegram", "Telegram", "https://t.me/share/url?url={url}&text={text}"),
    ("bluesky", "Bluesky", "https://bsky.app/intent/compose?text={text}%20{url}"),
    ("x", "X", "https://x.com/intent/post?text={text}&url={url}"),
    ("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    ("linkedin", "LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={url}"),
    ("mail", "", "mailto:?subject={text}&body={url}"),
)


@dataclass(frozen=True, slots=True)
class ShareLink:
    """`name` is the service's own, the same in every language; '' where the reader's word for mail belongs."""

    service: str
    name: str
    url: str


def share_links(url: str, text: str) -> Sequence[ShareLink]:
    """One link for each service, with `source` set so that a campaign can see what spreads."""
    joint = "&" if "?" in url else "?"
    return [
        ShareLink(
            service,
            name,
            pattern.format(url=quote(f"{url}{joint}source={service}", safe=""), text=quote(text, safe="")),
        )
        for service, name, pattern in SERVICES
    ]
