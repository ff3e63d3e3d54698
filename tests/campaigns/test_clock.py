"""Time is aware and in UTC."""

from __future__ import annotations

from datetime import UTC, timedelta

from campaigns import clock


def test_now_is_in_utc_and_does_not_stand_still() -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta() <= second - first < timedelta(minutes=1)
