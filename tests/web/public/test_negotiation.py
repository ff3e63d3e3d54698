from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.languages import LANGUAGES
from web.public.negotiation import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ar-TN,ar;q=0.9,fr;q=0.8,en;q=0.7", "ar"),
        ("fr", "fr"),
        ("ES-mx", "es"),
        ("de-DE, de;q=0.9, fr;q=0.3, en;q=0.2", "fr"),
        ("en;q=0.5, es;q=0.8", "es"),
        ("fr, ar", "fr"),
        ("fr;q=0, es;q=0.1", "es"),
        ("fr;q=0", "en"),
        ("de", "en"),
        ("*", "en"),
        ("", "en"),
        ("fr;q=nan, es;q=0.1", "es"),
        ("fr;q=2", "en"),
        ("fr;level=1", "en"),
        (";;;,,,=", "en"),
        (",".join(["de"] * 20) + ",fr", "en"),
    ],
)
def test_a_visitor_reads_the_best_of_our_languages(header: str, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text(max_size=60))
def test_no_header_makes_it_fail(header: str) -> None:
    assert preferred_language(header) in LANGUAGES
