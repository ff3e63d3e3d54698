from __future__ import annotations

from campaigns.languages import LANGUAGES
from email_templates.compile import PACKAGE
from email_templates.translations import DIRECTIONS, translations


def test_mails_speak_the_languages_of_the_site_in_the_same_direction() -> None:
    assert {language.code: language.direction for language in LANGUAGES.values()} == DIRECTIONS


def test_a_catalogue_is_compiled_from_its_source() -> None:
    assert translations(PACKAGE, "fr").gettext("Country") == "Pays"
    assert translations(PACKAGE, "en").gettext("Country") == "Country"
    assert not list(PACKAGE.glob("locale/**/*.mo"))
