"""Pacing: so many a minute to one provider, so many an hour in all, and no burst after a pause."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ids import new_id
from campaigns.mail.pacing import (
    BURST,
    FIRST_DAY,
    LONGEST_HOLD,
    SLOT_LASTS,
    Candidate,
    Pace,
    hold_after,
    hourly_budget,
    plan,
    provider_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def mail(number: int, *, provider: str = "gmail.com", slot: datetime | None = None) -> Candidate:
    return Candidate(number, new_id(), provider, slot)


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "gmail.com"),
        ("googlemail.com", "gmail.com"),
        ("hotmail.fr", "outlook.com"),
        ("live.co.uk", "outlook.com"),
        ("yahoo.co.in", "yahoo.com"),
        ("students.example", "students.example"),
    ],
)
def test_one_provider_goes_by_many_domains(domain: str, provider: str) -> None:
    assert provider_of(domain) == provider


def test_first_come_first_served_and_the_rest_each_at_a_moment_of_their_own() -> None:
    planned = plan([mail(number) for number in range(10)], {}, per_minute=60, now=NOON)
    assert planned.go == [0, 1, 2, 3, 4, 5]
    assert planned.later == [(number, NOON + number * SECOND) for number in range(6, 10)]
    assert planned.paces == {"gmail.com": Pace(NOON + 10 * SECOND)}


def test_who_comes_at_the_moment_given_goes_without_being_counted_again() -> None:
    paces = {"gmail.com": Pace(NOON + 10 * SECOND)}
    planned = plan([mail(6, slot=NOON)], paces, per_minute=60, now=NOON + SECOND)
    assert (planned.go, planned.later, planned.paces) == ([6], [], {})


def test_who_comes_long_after_waits_for_a_new_turn() -> None:
    paces = {"gmail.com": Pace(NOON + timedelta(hours=1))}
    late = NOON - SLOT_LASTS - SECOND
    planned = plan([mail(6, slot=late)], paces, per_minute=60, now=NOON)
    assert planned.later == [(6, NOON + timedelta(hours=1))]


def test_a_provider_that_turned_us_away_has_its_first_turn_after_the_hold() -> None:
    until = NOON + timedelta(minutes=5)
    paces = {"gmail.com": Pace(NOON, until)}
    planned = plan(
        [mail(1), mail(2, slot=NOON), mail(3, provider="a.example")], paces, per_minute=60, now=NOON
    )
    assert planned.go == [3]
    assert planned.later == [(1, until), (2, until + SECOND)]


@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 200)), max_size=12),
    st.sampled_from([6, 60, 600, 6_000]),
)
def test_no_minute_ever_has_more_than_its_pace_and_one_burst(
    arrivals: list[tuple[int, int]], per_minute: int
) -> None:
    """Whatever comes when: mails that went at once and mails at their moment are together never too many."""
    paces: dict[str, Pace] = {}
    moments: list[datetime] = []
    for second, how_many in sorted(arrivals):
        now = NOON + second * SECOND
        planned = plan([mail(number) for number in range(how_many)], paces, per_minute=per_minute, now=now)
        paces.update(planned.paces)
        moments += [now] * len(planned.go) + [slot for _, slot in planned.later]
    moments.sort()
    allowed = per_minute + int(BURST / (timedelta(minutes=1) / per_minute)) + 1
    for place, first in enumerate(moments):
        assert sum(moment < first + timedelta(minutes=1) for moment in moments[place:]) <= allowed


def test_a_hold_doubles_and_ends_somewhere() -> None:
    assert [hold_after(number).total_seconds() / 60 for number in (1, 2, 3)] == [1, 2, 4]
    assert hold_after(1_000) == LONGEST_HOLD


def test_a_warm_up_begins_small_grows_and_ends_at_the_budget() -> None:
    start = date(2026, 11, 1)
    week = [hourly_budget(2_000, start, start + timedelta(days=day)) for day in range(12)]
    assert week[0] == FIRST_DAY
    assert week == sorted(week)
    assert week[-1] == 2_000
    assert hourly_budget(2_000, None, start) == 2_000
    assert hourly_budget(0, None, start) == 0
    assert hourly_budget(0, start, start) == FIRST_DAY
    assert hourly_budget(0, start, start + timedelta(days=400)) == 0
    assert hourly_budget(2_000, start, start - timedelta(days=3)) == FIRST_DAY
