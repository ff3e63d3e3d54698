from __future__ import annotations

import pytest

from email_templates import MESSAGES, UnknownLanguage, UnknownMessage
from email_templates.gallery import as_seen, purpose, sample, sample_values, samples
from email_templates.translations import DIRECTIONS


def test_the_gallery_shows_every_message_in_every_language() -> None:
    shown = [(name, language) for name, language, _mail in samples()]
    assert shown == [(name, language) for name in MESSAGES for language in DIRECTIONS]


def test_a_sample_says_all_a_message_needs() -> None:
    for name, message in MESSAGES.items():
        for language in DIRECTIONS:
            assert message.knows <= sample_values(name, language).keys(), (name, language)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_says_in_a_sentence_what_it_is_for(name: str) -> None:
    assert purpose(name).endswith((".", ":")) or " " in purpose(name)
    assert len(purpose(name)) > 20


def test_a_mail_is_seen_on_a_light_and_on_a_dark_screen_whatever_the_screen() -> None:
    html = sample("thank_you", "en").html
    dark, light = as_seen(html, "dark"), as_seen(html, "light")
    assert "@media (prefers-color-scheme: dark) {" in html
    assert "@media all {" in dark
    assert "@media not all {" in light
    for seen in (dark, light):
        assert "prefers-color-scheme" not in seen
        assert "light dark" not in seen


def test_an_unknown_mail_is_not_in_the_gallery() -> None:
    with pytest.raises(UnknownMessage):
        sample("welcome", "en")
    with pytest.raises(UnknownLanguage):
        sample("thank_you", "de")
