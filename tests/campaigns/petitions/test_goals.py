"""The next goal is always in sight and never already passed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.petitions.goals import LADDER, next_goal

counts = st.integers(min_value=0, max_value=10_000_000)
ladders = st.lists(st.integers(min_value=1, max_value=100_000), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("count", "goal"),
    [(0, 100), (99, 100), (100, 250), (4_999, 5_000), (999_999, 1_000_000), (1_000_000, 1_500_000)],
)
def test_the_ladder_leads_on_from_each_step(count: int, goal: int) -> None:
    assert next_goal(count) == goal


def test_a_petition_may_have_steps_of_its_own_in_any_order() -> None:
    assert next_goal(30, [124, 40]) == 40
    assert next_goal(40, [124, 40]) == 124


def test_beyond_its_own_steps_a_petition_goes_on_by_the_ladder() -> None:
    assert next_goal(124, [40, 124]) == 250


@given(counts)
def test_the_goal_is_never_already_passed(count: int) -> None:
    assert next_goal(count) > count


@given(counts, ladders)
def test_not_with_steps_of_its_own_either(count: int, steps: list[int]) -> None:
    assert next_goal(count, steps) > count


@given(counts, counts)
def test_the_goal_never_comes_nearer_to_zero(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert next_goal(fewer) <= next_goal(more)


def test_the_ladder_climbs() -> None:
    assert list(LADDER) == sorted(set(LADDER))
