from __future__ import annotations

from email_templates.catalogue import MESSAGES
from email_templates.gallery import sample_values, samples
from email_templates.translations import DIRECTIONS


def test_the_gallery_shows_every_message_in_every_language() -> None:
    shown = [(name, language) for name, language, _mail in samples()]
    assert shown == [(name, language) for name in MESSAGES for language in DIRECTIONS]


def test_a_sample_says_all_a_message_needs() -> None:
    for name, needed in MESSAGES.items():
        for language in DIRECTIONS:
            assert needed <= sample_values(name, language).keys(), (name, language)
