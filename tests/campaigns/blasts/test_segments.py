"""How a segment is stored, and what is refused in its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.blasts.segments import Segment, SegmentRefused, as_json, read_segment
from campaigns.languages import LANGUAGES

FIRST, LAST = datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01")
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
SEGMENTS = st.builds(
    Segment,
    organization=st.none() | st.uuids(),
    signed=st.lists(st.uuids(), max_size=3, unique=True).map(tuple),
    not_signed=st.lists(st.uuids(), max_size=3, unique=True).map(tuple),
    countries=st.lists(st.sampled_from(["BE", "SN", "TN"]), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(list(LANGUAGES)), unique=True).map(tuple),
    signed_since=st.none() | MOMENTS,
    did_not_act_on=st.none() | st.uuids(),
)


@given(SEGMENTS)
def test_what_is_stored_is_read_back(segment: Segment) -> None:
    assert read_segment(json.loads(json.dumps(as_json(segment)))) == segment


@pytest.mark.parametrize(
    ("stored", "key", "problem"),
    [
        (None, "", "not-an-object"),
        ([], "", "not-an-object"),
        ({}, "organization", "missing"),
        ({"organisation": None}, "organisation", "unknown-filter"),
        ({"organization": None, "email": "a@example.org"}, "email", "unknown-filter"),
        ({"organization": "federation"}, "organization", "not-an-id"),
        ({"organization": 7}, "organization", "not-an-id"),
        ({"organization": None, "signed": "x"}, "signed", "not-a-list"),
        ({"organization": None, "signed": [None]}, "signed", "not-an-id"),
        ({"organization": None, "not_signed": {"a": 1}}, "not_signed", "not-a-list"),
        ({"organization": None, "countries": ["be"]}, "countries", "unknown-value"),
        ({"organization": None, "countries": [["BE"]]}, "countries", "unknown-value"),
        ({"organization": None, "countries": ["BE"] * 251}, "countries", "too-many"),
        ({"organization": None, "languages": ["tlh"]}, "languages", "unknown-value"),
        ({"organization": None, "signed_since": "yesterday"}, "signed_since", "not-a-moment"),
        ({"organization": None, "signed_since": 20260301}, "signed_since", "not-a-moment"),
        (
            {"organization": None, "signed_since": "2026-03-01T12:00:00"},
            "signed_since",
            "without-a-time-zone",
        ),
        ({"organization": None, "signed_since": "0001-01-01T00:00:00+14:00"}, "signed_since", "not-a-moment"),
        (
            {
                "organization": None,
                "signed_since": "2026-03-02T00:00:00Z",
                "signed_before": "2026-03-01T00:00:00Z",
            },
            "signed_before",
            "not-after-signed-since",
        ),
        ({"organization": None, "did_not_act_on": "it"}, "did_not_act_on", "not-an-id"),
    ],
)
def test_a_segment_that_cannot_be_read_says_what_is_wrong(stored: Any, key: str, problem: str) -> None:
    with pytest.raises(SegmentRefused) as caught:
        read_segment(stored)
    assert (caught.value.key, caught.value.problem, caught.value.status) == (key, problem, 400)
