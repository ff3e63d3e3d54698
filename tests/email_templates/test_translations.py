from __future__ import annotations

import re

import pytest

from campaigns.languages import LANGUAGES
from email_templates.compile import PACKAGE
from email_templates.translations import DIRECTIONS, read_catalogue, translations

# Words that are spelled alike.
ALIKE = {"fr": {"Date", "Test"}}


def test_mails_speak_the_languages_of_the_site_in_the_same_direction() -> None:
    assert {language.code: language.direction for language in LANGUAGES.values()} == DIRECTIONS


def test_a_catalogue_is_compiled_from_its_source() -> None:
    assert translations(PACKAGE, "fr").gettext("Country") == "Pays"
    assert translations(PACKAGE, "en").gettext("Country") == "Country"
    assert not list(PACKAGE.glob("locale/**/*.mo"))


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_no_text_is_left_in_english(language: str) -> None:
    catalogue = read_catalogue(PACKAGE, language)
    same = {str(entry.id) for entry in catalogue if entry.id and entry.id == entry.string}
    assert same - {":"} == ALIKE.get(language, set())


def test_french_sets_its_signs_apart_with_a_space_that_does_not_break() -> None:
    for entry in read_catalogue(PACKAGE, "fr"):
        if entry.id:
            assert not re.search("[^\u00a0\u202f][:;?!»]|«[^\u00a0\u202f]|'", str(entry.string)), entry.string
            assert "\u2019" in str(entry.string) or "’" not in str(entry.string)


@pytest.mark.parametrize(("language", "marks"), [("es", "“”'"), ("ar", "“”'?,;")])
def test_quotation_marks_and_signs_are_those_of_the_language(language: str, marks: str) -> None:
    for entry in read_catalogue(PACKAGE, language):
        words = re.sub(r"\{\{.*?\}\}", "", str(entry.string)) if entry.id else ""
        assert not set(marks) & set(words), words


def test_no_mail_shouts() -> None:
    for language in ("fr", "es", "ar"):
        for entry in read_catalogue(PACKAGE, language):
            if entry.id:
                assert not re.search("[!¡]", f"{entry.id}{entry.string}"), entry.id
