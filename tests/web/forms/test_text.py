from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.forms.text import is_readable, one_line, some_lines

RIGHT_TO_LEFT_OVERRIDE = "\u202e"


def test_white_space_of_every_kind_becomes_single_spaces() -> None:
    assert one_line("  Amina\u00a0\u2003Ben\t\r\n Salah ") == "Amina Ben Salah"


def test_letters_and_accents_typed_apart_are_composed() -> None:
    assert one_line("Zoe\u0308") == "Zo\u00eb"


@pytest.mark.parametrize("control", ["\u202a", "\u202e", "\u2066", "\u2069", "\ufeff", "\u200b"])
def test_what_turns_the_direction_of_other_text_or_hides_in_it_is_dropped(control: str) -> None:
    assert one_line(f"Ami{control}na") == "Amina"
    assert some_lines(f"Ami{control}na") == "Amina"


def test_joiners_stay_because_persian_and_emoji_are_written_with_them() -> None:
    assert one_line("می\u200cخواهم 👩\u200d⚕️") == "می\u200cخواهم 👩\u200d⚕️"


def test_a_reason_keeps_its_paragraphs_but_no_more_than_one_empty_line() -> None:
    assert some_lines("For my  son.\r\n\r\n\r\n\r\nAnd yours.\r") == "For my son.\n\nAnd yours."


@pytest.mark.parametrize(
    "text", ["", "Amina", "Zoë O’Neill-Łukasz", "أمينة بن صالح", "李小龍", "two\nlines", "🩷 🫨", "a\u200db"]
)
def test_what_people_type_is_readable(text: str) -> None:
    assert is_readable(text)


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x07", "a\ufffdb", "a\ud800", "a\ue000", "a\uffff", "\x7f", "\x9b"]
)
def test_controls_surrogates_private_letters_and_broken_bytes_are_not(text: str) -> None:
    assert not is_readable(text)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_cleaning_never_fails_and_cleaning_twice_is_cleaning_once(text: str) -> None:
    line, lines = one_line(text), some_lines(text)
    assert one_line(line) == line
    assert some_lines(lines) == lines
    assert "\n" not in line
    assert RIGHT_TO_LEFT_OVERRIDE not in line + lines
    assert unicodedata.is_normalized("NFC", line)
    is_readable(text)
