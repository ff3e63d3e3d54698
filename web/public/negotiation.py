"""Which language a visitor reads, when the address does not say so (RFC 9110 section 12.5.4)."""

from __future__ import annotations

from functools import lru_cache

from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES

LONGEST_HEADER = 200  # characters; what a stranger sends is kept no longer


def preferred_language(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header; English when none fits or it is malformed."""
    return _preferred_language(accept_language[:LONGEST_HEADER])


@lru_cache(maxsize=1_000)
def _preferred_language(accept_language: str) -> str:
    weighted: list[tuple[float, int, str]] = []
    for position, item in enumerate(accept_language.split(",")[:20]):
        tag, _, parameter = item.partition(";")
        code = tag.strip().lower().partition("-")[0]
        if code in LANGUAGES:
            weighted.append((_quality(parameter), -position, code))
    best = max(weighted, default=(0.0, 0, DEFAULT_LANGUAGE))
    return best[2] if best[0] > 0 else DEFAULT_LANGUAGE


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name == "q" and 0 <= float(value) <= 1 else 0.0
    except ValueError:
        return 0.0
