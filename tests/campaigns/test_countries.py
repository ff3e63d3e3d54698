"""Countries: those a person can name, in the order a reader looks them up."""

from __future__ import annotations

import re

import pytest

from campaigns.countries import COUNTRIES, country_names
from campaigns.languages import LANGUAGES


@pytest.mark.parametrize("code", ["BE", "SN", "SD", "SS", "TW", "PS", "VA", "XK", "EH", "GL", "HK", "GG"])
def test_a_person_can_be_from(code: str) -> None:
    assert code in COUNTRIES


@pytest.mark.parametrize("code", ["EU", "UN", "EZ", "ZZ", "XA", "AQ", "UK", "CS", "be", "001", ""])
def test_nobody_is_from(code: str) -> None:
    assert code not in COUNTRIES


def test_codes_are_those_the_database_takes() -> None:
    assert all(re.fullmatch(r"[A-Z]{2}", code) for code in COUNTRIES)
    assert 240 <= len(COUNTRIES) <= 252


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_of_its_own_in_every_language(language: str) -> None:
    names = dict(country_names(language))
    assert names.keys() == COUNTRIES
    assert len(set(names.values())) == len(names)
    assert not any(name == code for code, name in names.items())


def test_names_are_those_of_the_language() -> None:
    assert dict(country_names("en"))["CI"] == "Côte d’Ivoire"
    assert dict(country_names("es"))["DE"] == "Alemania"
    assert dict(country_names("ar"))["TN"] == "تونس"


def test_a_letter_with_an_accent_stands_with_the_letter() -> None:
    names = [name for _, name in country_names("fr")]
    assert names.index("Danemark") < names.index("Égypte") < names.index("Fidji")
    assert names.index("Éthiopie") < names.index("Finlande")
    english = [name for _, name in country_names("en")]
    assert english.index("Åland Islands") < english.index("Belgium")


def test_the_list_is_made_once() -> None:
    assert country_names("en") is country_names("en")
