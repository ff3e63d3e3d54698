"""Does the client take gzip? (RFC 9110 section 12.5.3)"""

from __future__ import annotations

from functools import lru_cache

LONGEST_HEADER = 200  # characters; what a stranger sends is kept no longer


def accepts_gzip(accept_encoding: str) -> bool:
    """True unless gzip is missing or refused with q=0."""
    return _accepts_gzip(accept_encoding[:LONGEST_HEADER])


@lru_cache(maxsize=200)
def _accepts_gzip(accept_encoding: str) -> bool:
    for item in accept_encoding.lower().split(","):
        coding, _, weight = item.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "").rstrip("0") not in {"q=", "q=0", "q=0."}
    return False
