"""The catalogues: ours are whole, and each way to be incomplete is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Message

from web.development import catalogues
from web.development.catalogues import msgids_of_the_pages, problems, translated_languages, update


@pytest.mark.parametrize("language", translated_languages())
def test_our_own_catalogues_are_whole(language: str) -> None:
    assert problems(language, msgids_of_the_pages()) == []


def test_words_are_found_in_templates_and_in_python_and_not_in_development_pages(tmp_path: Path) -> None:
    (tmp_path / "templates" / "development").mkdir(parents=True)
    (tmp_path / "templates" / "a.html").write_text(
        "{{ _('One') }}{% trans count=n %}a vote{% pluralize %}votes{% endtrans %}"
    )
    (tmp_path / "templates" / "development" / "b.html").write_text("{{ _('Two') }}")
    (tmp_path / "c.py").write_text("ERROR = N_('Three')")

    assert set(msgids_of_the_pages(tmp_path)) == {"One", ("a vote", "votes"), "Three"}


def test_an_update_keeps_translations_drops_what_is_unused_and_guesses_nothing(tmp_path: Path) -> None:
    update("fr", {"Sign": ["a.html"], "Old words": ["a.html"]}, tmp_path)
    path = catalogues.catalogue_path("fr", tmp_path)
    path.write_text(path.read_text().replace('msgid "Sign"\nmsgstr ""', 'msgid "Sign"\nmsgstr "Signer"'))

    update("fr", {"Sign": ["a.html"], "Old word": ["a.html"]}, tmp_path)

    text = path.read_text()
    assert 'msgstr "Signer"' in text
    assert "Old words" not in text
    assert "fuzzy" not in text
    assert problems("fr", {"Sign": ["a.html"], "Old word": ["a.html"]}, tmp_path) == [
        "fr: untranslated: 'Old word'"
    ]


def test_an_update_of_what_is_up_to_date_changes_nothing(tmp_path: Path) -> None:
    msgids: dict[catalogues.MsgId, list[str]] = {"Sign": ["a.html"], ("vote", "votes"): ["b.html"]}
    update("ar", msgids, tmp_path)
    before = catalogues.catalogue_path("ar", tmp_path).read_bytes()
    update("ar", msgids, tmp_path)

    assert catalogues.catalogue_path("ar", tmp_path).read_bytes() == before


def test_a_missing_entry_and_an_unused_one_are_told(tmp_path: Path) -> None:
    update("es", {"Old": ["a.html"]}, tmp_path)

    assert problems("es", {"New": ["a.html"]}, tmp_path) == ["es: missing: 'New'", "es: unused: 'Old'"]


@pytest.mark.parametrize(
    ("msgid", "string", "problem"),
    [
        ("To %(name)s", "À %(nom)s", "placeholders differ"),
        ("To %(name)s", "À", "placeholders differ"),
        ("<bdi>a</bdi>", "<b>a</b>", "tags differ"),
        ("100", "100 %", "a stray percent sign"),
        (("%(number)s vote", "%(number)s votes"), ("un vote", "%(number)s votes"), ""),
        (("%(name)s vote", "%(name)s votes"), ("un vote", "%(name)s votes"), "placeholders differ"),
        (("vote", "votes"), ("vote",), "untranslated"),
        ("Sign", "Signer", ""),
    ],
)
def test_a_translation_that_would_print_wrong_is_told(
    msgid: catalogues.MsgId, string: str | tuple[str, ...], problem: str
) -> None:
    assert catalogues._problem(msgid, Message(msgid, string), 2) == problem
