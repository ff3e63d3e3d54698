"""The next goal: always in sight, never already passed."""

from __future__ import annotations

from collections.abc import Sequence

LADDER = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)


def next_goal(count: int, steps: Sequence[int] | None = None) -> int:
    """The lowest step above `count`; beyond the last one, the next whole half million or double step."""
    ladder = sorted(steps) if steps else LADDER
    for step in ladder:
        if count < step:
            return step
    if steps:
        return next_goal(count)
    return (count // 500_000 + 1) * 500_000
