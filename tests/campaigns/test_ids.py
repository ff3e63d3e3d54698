"""Ids are versions 7 of UUID: different always, and in the order they were made."""

from __future__ import annotations

import time
from uuid import RFC_4122

from campaigns.ids import new_id


def test_an_id_is_a_uuid_of_version_seven() -> None:
    for _ in range(200):
        made = new_id()
        assert (made.version, made.variant) == (7, RFC_4122)


def test_no_two_are_the_same() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_an_id_begins_with_the_millisecond_it_was_made_in() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = []
    for _ in range(5):
        made.append(new_id())
        time.sleep(0.002)
    assert made == sorted(made)


def test_all_other_bits_are_left_to_chance() -> None:
    left = (0xFFF << 64) | ((1 << 62) - 1)
    seen_one = seen_zero = 0
    for _ in range(200):
        made = new_id().int
        seen_one |= made
        seen_zero |= ~made
    assert seen_one & seen_zero & left == left
