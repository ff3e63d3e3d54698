"""Counting: every tally row reaches the totals exactly once, whoever folds and whoever dies."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from datetime import timedelta

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from campaigns.database.locks import Lock, take_until_commit
from campaigns.petitions import counting
from campaigns.petitions.counting import FOLD, fold
from campaigns.petitions.models import Dimension
from campaigns.petitions.withdrawing import withdraw
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

APPEND = """
INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
SELECT $1, $2, 'en', '', '', $3, $4 FROM generate_series(1, $5)
"""


async def append(petition: OpenPetition, how_many: int = 1, *, delta: int = 1, country: str = "SN") -> None:
    await rows(APPEND, petition.id, country, NOW.replace(minute=0, second=0), delta, how_many)


async def totals(petition: OpenPetition) -> dict[tuple[str, str], int]:
    found = await rows("SELECT dimension, key, count FROM tally_total WHERE petition_id = $1", petition.id)
    return {(row["dimension"], row["key"]): row["count"] for row in found}


async def total(petition: OpenPetition) -> int:
    return (await totals(petition)).get(("all", ""), 0)


async def test_a_signature_is_told_to_every_total_it_belongs_to() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, country="SN", language="fr", source="event", referred_by="abcdefghijkl")
    assert await fold() == 1
    assert await totals(petition) == {
        (Dimension.ALL, ""): 1,
        (Dimension.COUNTRY, "SN"): 1,
        (Dimension.LANGUAGE, "fr"): 1,
        (Dimension.SOURCE, "event"): 1,
        (Dimension.HOUR, NOW.strftime("%Y-%m-%dT%H")): 1,
        (Dimension.REFERRER, "abcdefghijkl"): 1,
        (Dimension.REFERRER_COUNTRY, "abcdefghijkl:SN"): 1,
    }


async def test_who_came_by_nobody_is_counted_for_no_referrer() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition)
    await fold()
    assert {dimension for dimension, _ in await totals(petition)} == {
        "all",
        "country",
        "language",
        "source",
        "hour",
    }


async def test_the_hour_is_the_hour_of_confirming_in_utc() -> None:
    petition = await open_petition()
    midnight = NOW.replace(hour=0, minute=0, second=0)
    await sign_and_confirm(petition, email="a@example.org", now=midnight - timedelta(seconds=1))
    await sign_and_confirm(petition, email="b@example.org", now=midnight)
    await fold()
    hours = {
        key: count for (dimension, key), count in (await totals(petition)).items() if dimension == "hour"
    }
    eve = midnight - timedelta(days=1)
    assert hours == {f"{eve:%Y-%m-%d}T23": 1, f"{midnight:%Y-%m-%d}T00": 1}


async def test_petitions_are_counted_apart() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    await append(air, 3)
    await append(water, 4)
    assert await fold() == 7
    assert (await total(air), await total(water)) == (3, 4)


async def test_folding_again_adds_nothing() -> None:
    petition = await open_petition()
    await append(petition, 3)
    await fold()
    assert await fold() == 0
    assert await total(petition) == 3


async def test_a_withdrawal_folded_long_after_its_signature_takes_one_off_everywhere() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, email="stays@example.org")
    before = await totals_after_fold(petition)
    signature_id = await sign_and_confirm(petition, email="leaves@example.org")
    await fold()
    await withdraw(signature_id, now=NOW)
    assert await totals_after_fold(petition) == before


async def totals_after_fold(petition: OpenPetition) -> dict[tuple[str, str], int]:
    await fold()
    return await totals(petition)


async def test_one_who_came_and_left_within_one_fold_leaves_no_trace() -> None:
    petition = await open_petition()
    await append(petition)
    await append(petition, delta=-1)
    assert await fold() == 2
    assert await totals(petition) == {}


async def test_more_rows_than_one_fold_takes_are_left_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_AT_ONCE", 10)
    petition = await open_petition()
    await append(petition, 25)
    assert [await fold() for _ in range(4)] == [10, 10, 5, 0]
    assert await total(petition) == 25


async def test_a_second_folder_goes_away_at_once_instead_of_waiting() -> None:
    petition = await open_petition()
    await append(petition)
    elsewhere = copy_context()  # of before the transaction, so that the other folder is not inside it
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.FOLD)
        assert await asyncio.get_running_loop().create_task(fold(), context=elsewhere) == 0
    assert await fold() == 1


async def test_a_folder_that_dies_half_way_has_counted_nothing() -> None:
    petition = await open_petition()
    await append(petition, 3)

    class Died(Exception):
        pass

    with pytest.raises(Died):
        async with in_transaction() as connection:
            assert await connection.execute_query_dict(FOLD, [100]) == [{"folded": 3}]
            raise Died
    assert await total(petition) == 0
    assert await value("SELECT count(*) FROM tally_entry") == 3
    assert await fold() == 3
    assert await total(petition) == 3


async def test_totals_are_exact_while_many_append_and_two_fold() -> None:
    petition = await open_petition()
    done = asyncio.Event()

    async def folder() -> int:
        folded = 0
        while not done.is_set():
            folded += await fold()
            await asyncio.sleep(0)
        return folded

    async def appender(number: int) -> None:
        for _ in range(15):
            await append(petition, 3, country=("SN", "BE")[number % 2])
            await append(petition, 1, delta=-1, country=("SN", "BE")[number % 2])

    folders = [asyncio.create_task(folder()) for _ in range(2)]
    await asyncio.gather(*(appender(number) for number in range(6)))
    done.set()
    folded = sum(await asyncio.gather(*folders)) + await fold()
    assert folded == 6 * 15 * 4
    counted = await totals(petition)
    assert counted["all", ""] == 6 * 15 * 2
    assert counted["country", "SN"] == counted["country", "BE"] == 3 * 15 * 2


async def test_a_total_below_zero_is_refused_and_the_rows_stay_for_somebody_to_look_at() -> None:
    petition = await open_petition()
    await append(petition)
    await fold()
    await append(petition, 2, delta=-1)
    with pytest.raises(IntegrityError):
        await fold()
    assert await total(petition) == 1
    assert await value("SELECT count(*) FROM tally_entry") == 2
