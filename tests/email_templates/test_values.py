from __future__ import annotations

import pytest
from markupsafe import Markup

from email_templates.values import html_values, one_line, text_values


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
