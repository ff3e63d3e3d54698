"""The languages Chorus speaks, each with its own name and writing direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str
    direction: str


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English", "ltr"),
        Language("fr", "Français", "ltr"),
        Language("es", "Español", "ltr"),
        Language("ar", "العربية", "rtl"),
    )
}
DEFAULT_LANGUAGE = "en"


def in_language(texts: Mapping[str, str], language: str, fallback: str = DEFAULT_LANGUAGE) -> str:
    """The text in `language`, else in `fallback`, else in any language there is, else ''."""
    return texts.get(language) or texts.get(fallback) or next(iter(texts.values()), "")
