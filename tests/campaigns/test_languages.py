"""The languages of the product, and what is read when one is missing."""

from __future__ import annotations

import pytest
from babel import Locale

from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES, in_language


def test_the_product_speaks_four_languages_and_falls_back_to_one_of_them() -> None:
    assert list(LANGUAGES) == ["en", "fr", "es", "ar"]
    assert DEFAULT_LANGUAGE in LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_its_own_name_and_its_own_direction(code: str) -> None:
    language, locale = LANGUAGES[code], Locale.parse(code)
    assert language.code == code
    assert language.name.casefold() == str(locale.get_language_name(code)).casefold()
    assert language.direction == ("rtl" if locale.text_direction == "rtl" else "ltr")


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        ({"fr": "Air", "en": "Air (en)", "es": "Aire"}, "Air"),
        ({"en": "Air (en)", "es": "Aire"}, "Air (en)"),
        ({"fr": "", "en": "Air (en)"}, "Air (en)"),
        ({"es": "Aire"}, "Aire"),
        ({}, ""),
    ],
)
def test_a_text_is_read_in_the_readers_language_or_the_nearest_there_is(
    texts: dict[str, str], read: str
) -> None:
    assert in_language(texts, "fr") == read


def test_a_campaign_may_fall_back_to_its_own_language() -> None:
    assert in_language({"en": "Air", "es": "Aire"}, "fr", "es") == "Aire"
