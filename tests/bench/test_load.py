"""What wrk says is believed only when every answer was the expected one."""

from __future__ import annotations

from typing import Any

import pytest

from bench.load import LoadError, read_load

GOOD = {
    "answers": 3_000,
    "microseconds": 1_500_000,
    "bytes": 300_000,
    "p50": 12_000,
    "p99": 40_000,
    "refused": 0,
    "broken": 0,
    "unexpected": 0,
    "first_unexpected": 0,
    "ran_out": 0,
}


def test_rate_and_latencies_are_read_in_their_units() -> None:
    load = read_load("sign.lua", GOOD)
    assert (load.rate, load.size, load.p50, load.p99) == (2_000, 100, 12, 40)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"unexpected": 2, "first_unexpected": 422}, "2 had another status .the first 422"),
        ({"refused": 5}, "5 had another status"),
        ({"broken": 1}, "1 connections broke"),
        ({"answers": 0}, "of 0 answers"),
        ({"ran_out": 1}, "too little to send"),
    ],
)
def test_a_run_with_any_other_answer_counts_for_nothing(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(LoadError, match=said):
        read_load("sign.lua", GOOD | wrong)
