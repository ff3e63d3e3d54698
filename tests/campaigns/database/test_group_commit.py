"""Group commit: many callers share a transaction, and each is answered as if alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from campaigns.database.group_commit import GroupCommit
from campaigns.errors import Busy, ChorusError, PetitionClosed

pytestmark = pytest.mark.anyio


class Book:
    """Stands for the database: remembers each group, and writes only while `open` is set."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.committed: list[int] = []
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, items: Sequence[int]) -> Sequence[int | ChorusError]:
        self.groups.append(list(items))
        await self.open.wait()
        await asyncio.sleep(0)
        if 13 in items:
            raise ValueError("thirteen cannot be written")
        self.committed += items
        return [PetitionClosed() if item < 0 else item * 10 for item in items]


async def soon(turns: int = 5) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def test_each_caller_gets_the_answer_to_their_own_item() -> None:
    group = GroupCommit(Book().write)
    assert await asyncio.gather(*(group.submit(item) for item in range(10))) == [
        item * 10 for item in range(10)
    ]


async def test_callers_of_one_moment_share_a_transaction() -> None:
    book = Book()
    group = GroupCommit(book.write)
    await asyncio.gather(*(group.submit(item) for item in range(10)))
    assert book.groups == [list(range(10))]


async def test_who_comes_while_a_group_is_written_is_in_the_next() -> None:
    book = Book()
    book.open.clear()
    group = GroupCommit(book.write)
    first = asyncio.create_task(group.submit(0))
    await soon()
    rest = [asyncio.create_task(group.submit(item)) for item in range(1, 5)]
    await soon()
    assert book.groups == [[0]]
    book.open.set()
    await asyncio.gather(first, *rest)
    assert book.groups == [[0], [1, 2, 3, 4]]


async def test_a_group_is_no_larger_than_allowed_and_keeps_the_order_of_arrival() -> None:
    book = Book()
    group = GroupCommit(book.write, largest=4, writers=1)
    await asyncio.gather(*(group.submit(item) for item in range(10)))
    assert book.groups == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


async def test_a_second_writer_helps_once_a_whole_group_waits() -> None:
    book = Book()
    book.open.clear()
    group = GroupCommit(book.write, largest=4, writers=2)
    callers = [asyncio.create_task(group.submit(item)) for item in range(4)]
    await soon()
    callers += [asyncio.create_task(group.submit(item)) for item in range(4, 12)]
    await soon()
    assert book.groups == [[0, 1, 2, 3], [4, 5, 6, 7]]
    book.open.set()
    await asyncio.gather(*callers)
    assert book.groups[2:] == [[8, 9, 10, 11]]


async def test_nobody_is_answered_before_the_write_has_ended() -> None:
    book = Book()
    book.open.clear()
    caller = asyncio.create_task(GroupCommit(book.write).submit(1))
    await soon(20)
    assert not caller.done()
    book.open.set()
    assert await caller == 10
    assert book.committed == [1]


async def test_one_who_hands_in_again_at_once_is_written_too() -> None:
    """The writer that has just seen an empty queue must not be taken for one that is still at it."""
    group = GroupCommit(Book().write)

    async def one_after_another() -> list[int]:
        return [await group.submit(item) for item in range(10)]

    assert await asyncio.wait_for(one_after_another(), timeout=5) == [item * 10 for item in range(10)]


async def test_a_refusal_reaches_its_caller_alone() -> None:
    group = GroupCommit(Book().write)
    answers = await asyncio.gather(*(group.submit(item) for item in (1, -1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, PetitionClosed, int]


async def test_one_that_cannot_be_written_does_not_take_its_neighbors() -> None:
    book = Book()
    group = GroupCommit(book.write)
    answers = await asyncio.gather(*(group.submit(item) for item in (12, 13, 14)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, ValueError, int]
    assert book.committed == [12, 14]


async def test_after_a_failure_the_next_are_written_as_ever() -> None:
    group = GroupCommit(Book().write)
    with pytest.raises(ValueError, match="thirteen"):
        await group.submit(13)
    assert await asyncio.wait_for(group.submit(1), timeout=5) == 10


async def test_a_caller_who_goes_away_disturbs_nobody_and_their_item_is_written() -> None:
    book = Book()
    book.open.clear()
    group = GroupCommit(book.write)
    goes, stays = asyncio.create_task(group.submit(1)), asyncio.create_task(group.submit(2))
    await soon()
    goes.cancel()
    await soon()
    book.open.set()
    assert await stays == 20
    assert goes.cancelled()
    assert book.committed == [1, 2]


async def test_when_too_many_wait_the_next_is_told_so_at_once() -> None:
    book = Book()
    book.open.clear()
    group = GroupCommit(book.write, longest_queue=3)
    callers = [asyncio.create_task(group.submit(0))]
    await soon()
    callers += [asyncio.create_task(group.submit(item)) for item in (1, 2, 3)]
    await soon()
    with pytest.raises(Busy):
        await group.submit(4)
    book.open.set()
    assert await asyncio.gather(*callers) == [0, 10, 20, 30]
    assert await group.submit(4) == 40


async def test_closing_waits_for_everything_handed_in() -> None:
    book = Book()
    book.open.clear()
    group = GroupCommit(book.write, largest=2)
    callers = [asyncio.create_task(group.submit(item)) for item in range(7)]
    await soon()
    closing = asyncio.create_task(group.close())
    await soon()
    assert not closing.done()
    book.open.set()
    await closing
    assert sorted(book.committed) == list(range(7))
    await asyncio.gather(*callers)


async def test_closing_where_nothing_was_handed_in_returns() -> None:
    await asyncio.wait_for(GroupCommit(Book().write).close(), timeout=5)
