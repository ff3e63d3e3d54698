"""Appended with what it tells about, and sealed entry to entry."""

from __future__ import annotations

import asyncio

import pytest
from tortoise.transactions import in_transaction

from campaigns.audit.recording import FIRST, Deed, record
from campaigns.audit.verifying import Verdict, verify_chain
from tests.campaigns.audit.deeds import AMINA, did
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def test_each_entry_holds_the_hash_of_the_one_before() -> None:
    for number in range(3):
        await did(minute=number, role="viewer", uses=number, again=None, public=True)
    entries = await rows("SELECT seq, previous_hash, hash FROM audit_entry ORDER BY seq")
    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    assert [entry["previous_hash"] for entry in entries] == [FIRST, entries[0]["hash"], entries[1]["hash"]]


async def test_an_entry_goes_when_what_it_tells_about_is_undone() -> None:
    with pytest.raises(RuntimeError):
        async with in_transaction() as connection:
            deed = Deed(verb="mandate.ended", subject_type="mandate", subject_id="1")
            await record(connection, deed, actor_id=AMINA, now=NOW)
            raise RuntimeError
    await did()
    assert await verify_chain() == Verdict(entries=1, newest_hash=await value("SELECT hash FROM audit_entry"))


async def test_many_at_once_make_one_chain() -> None:
    await asyncio.gather(*(did(minute=number) for number in range(20)))
    verdict = await verify_chain()
    assert (verdict.entries, verdict.broken) == (20, None)


@pytest.mark.parametrize("fact", [1.5, ["a"], {"a": 1}, "a\x00b", "x" * 5_000])
async def test_facts_are_few_and_plain(fact: object) -> None:
    with pytest.raises(ValueError, match="few and plain"):
        await did(wrong=fact)  # type: ignore[arg-type]
    assert await value("SELECT count(*) FROM audit_entry") == 0
