from __future__ import annotations

from collections.abc import Mapping

import pytest
from markupsafe import Markup

from email_templates.values import html_values as html_values_in
from email_templates.values import one_line, text_values


def html_values(values: Mapping[str, object]) -> dict[str, object]:
    return html_values_in(values, direction="ltr")


@pytest.mark.parametrize(
    ("direction", "name", "shown"),
    [
        ("ltr", "Zoë", "Zoë"),
        ("ltr", "ليلى", "\u2068ليلى\u2069"),
        ("rtl", "ليلى", "ليلى"),
        ("rtl", "Zoë", "\u2068Zoë\u2069"),
        ("rtl", "2026", "\u20682026\u2069"),
        ("ltr", "", ""),
    ],
)
def test_a_name_that_runs_against_the_text_is_isolated(direction: str, name: str, shown: str) -> None:
    assert text_values({"name": name}, direction=direction) == {"name": shown}


def test_every_name_is_isolated_in_html() -> None:
    assert html_values({"name": "A & B"}) == {"name": Markup("<bdi>A &amp; B</bdi>")}


@pytest.mark.parametrize("control", ["\u202e", "\u2069", "\u2066"])
def test_a_name_cannot_turn_the_rest_of_the_mail_around(control: str) -> None:
    assert html_values({"name": f"A{control}B"}) == {"name": Markup("<bdi>AB</bdi>")}
    assert text_values({"name": f"A{control}B"}, direction="ltr") == {"name": "AB"}


def test_addresses_and_codes_go_in_bare() -> None:
    values = {"confirm_url": "https://chorus.example/ar", "code": "012345"}
    assert html_values(values) == values
    assert text_values(values, direction="rtl") == values


def test_values_inside_a_list_are_treated_alike() -> None:
    links = {"share_links": [{"label": "البريد", "url": "mailto:?body=x"}]}
    isolated = {"share_links": [{"label": "\u2068البريد\u2069", "url": "mailto:?body=x"}]}
    assert text_values(links, direction="ltr") == isolated
    in_html = {"share_links": [{"label": Markup("<bdi>البريد</bdi>"), "url": "mailto:?body=x"}]}
    assert html_values(links) == in_html


def test_one_line_keeps_the_no_break_space_french_needs() -> None:
    assert one_line(" Qui\u00a0?\t\r\n Nous\x00 ") == "Qui\u00a0? Nous"


def test_every_space_and_control_character_but_the_no_break_spaces_becomes_a_space() -> None:
    for code in range(0x3100):
        letter = chr(code)
        ends = (letter.isspace() and letter not in "\u00a0\u202f") or code < 32 or 127 <= code < 160
        assert one_line(f"a{letter}b") == ("a b" if ends else f"a{letter}b"), hex(code)


def test_words_marked_as_clean_and_the_same_words_unmarked_are_not_taken_for_each_other() -> None:
    assert "&lt;b&gt;" in str(html_values({"name": "<b>"})["name"])
    assert "&lt;b&gt;" not in str(html_values({"letter": Markup("<b>")})["letter"])
    assert "&lt;b&gt;" in str(html_values({"name": "<b>"})["name"])


def test_a_flag_and_a_number_stay_what_they_are() -> None:
    assert html_values({"last": True, "brought": 0}) == {"last": True, "brought": 0}
    assert text_values({"last": True, "brought": 0}, direction="rtl") == {"last": True, "brought": 0}


def test_a_letter_keeps_its_lines_and_loses_what_is_no_letter() -> None:
    letter = " One\r\n\ttwo\x00\x1b \r\n\r\n\r\n\r\nthree\u2029four\n\n"
    assert text_values({"body_text": letter}, direction="ltr") == {"body_text": " One\n\ttwo\n\nthree\nfour"}


def test_a_letter_of_spaces_takes_no_time() -> None:
    assert text_values({"body_text": f"a{' ' * 200_000}b"}, direction="ltr")
