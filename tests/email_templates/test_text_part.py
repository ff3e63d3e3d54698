"""The text part: for people who read it, and for the programs that find links in it."""

from __future__ import annotations

import re

import pytest

from email_templates import MESSAGES, render
from email_templates.gallery import sample_values
from email_templates.translations import DIRECTIONS

LONGEST_LINE = 998  # octets; RFC 5322, 2.1.1
EVERY_MAIL = [(name, language) for name in MESSAGES for language in DIRECTIONS]


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_its_lines_are_whole_and_its_paragraphs_apart(name: str, language: str) -> None:
    text = render(name, language, sample_values(name, language)).text
    assert text == text.strip("\n") + "\n"
    assert "\n\n\n" not in text
    for line in text.split("\n"):
        assert line == line.rstrip()
        assert len(line.encode()) <= LONGEST_LINE
    assert not re.search(r"[{\[]{2}|[{\[]%|</?(?:bdi|p|a|div|br)\b|&\w+;", text)


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_an_address_has_its_line_to_itself(name: str, language: str) -> None:
    values = sample_values(name, language)
    text = render(name, language, {**values, "body_text": "-"}).text
    lines = text.split("\n")
    ours = re.findall(r"https://\S+", text)
    assert ours
    for address in ours:
        assert address in lines
        # What it leads to stands on the line above.
        assert lines[lines.index(address) - 1].strip()


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_it_says_by_itself_what_the_mail_is_about(name: str, language: str) -> None:
    mail = render(name, language, sample_values(name, language))
    above_the_foot, _, foot = mail.text.partition("\n--\n")
    assert len(above_the_foot.split()) >= 12
    assert foot
