"""The table says what was reached, against the floor of the same round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cases import BARE_INSERT, SIGN, Case, Results
from bench.report import line, table, write_json
from tests.bench.runs import run

CASE = Case(name=SIGN, floor=BARE_INSERT, least=0.6)


def results(*rounds: tuple[float, float]) -> Results:
    """Rounds of (floor, sign)."""
    found = Results()
    for floor, sign in rounds:
        found.add(BARE_INSERT, run(floor))
        found.add(SIGN, run(sign))
    return found


def test_each_round_is_compared_with_its_own_floor() -> None:
    """A machine that slowed down for one round slowed down both."""
    assert results((2_000, 1_600), (500, 400), (2_000, 1_800)).ratio(CASE) == pytest.approx(0.8)


@pytest.mark.parametrize(("sign", "verdict"), [(1_200, "0.60 reached"), (1_190, "0.60 MISSED")])
def test_the_table_tells_what_was_reached(sign: float, verdict: str) -> None:
    found = results((2_000, sign))
    printed = table([line(SIGN, found.runs[SIGN], ratio=found.ratio(CASE), least=CASE.least)])
    assert printed.splitlines()[-1].endswith(verdict)


def test_the_largest_memory_of_all_rounds_is_told() -> None:
    assert line(SIGN, [run(1_000, megabytes=90), run(1_000, megabytes=120), run(1_000)]).memory == 120


def test_the_numbers_are_kept_for_other_programs(tmp_path: Path) -> None:
    kept = write_json([line(SIGN, [run(1_000)])], options={"rounds": 1}, path=tmp_path / "out" / "bench.json")
    [told] = json.loads(kept.read_text())["lines"]
    assert (told["name"], told["rate"], told["reached"]) == (SIGN, 1_000, True)
