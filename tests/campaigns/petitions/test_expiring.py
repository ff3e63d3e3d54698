"""Expiring: of who never confirmed nothing is left after thirty days."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from campaigns.petitions import expiring
from campaigns.petitions.expiring import UNCONFIRMED_FOR, expire_unconfirmed
from campaigns.petitions.models import Signature
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose, Supporter
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.rows import value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

LONG_AGO = NOW - UNCONFIRMED_FOR - timedelta(seconds=1)


async def test_nothing_is_left_of_who_never_confirmed() -> None:
    petition = await open_petition()
    wording = await remember_wording(ConsentPurpose.SIGNATURE, "en", "Yes.", now=NOW)
    await sign(petition, consents=((ConsentPurpose.SIGNATURE, wording),), now=LONG_AGO)
    assert await expire_unconfirmed(now=NOW) == 1
    for table in ("signature", "supporter", "consent", "message"):
        assert await value(f"SELECT count(*) FROM {table}") == 0


async def test_who_has_a_day_left_keeps_it() -> None:
    await sign(await open_petition(), now=NOW - UNCONFIRMED_FOR + timedelta(days=1))
    assert await expire_unconfirmed(now=NOW) == 0
    assert await Signature.all().count() == await Supporter.all().count() == 1


async def test_a_new_submission_begins_the_thirty_days_anew() -> None:
    petition = await open_petition()
    await sign(petition, now=LONG_AGO)
    await sign(petition, now=NOW - timedelta(days=1))
    assert await expire_unconfirmed(now=NOW) == 0


async def test_who_confirmed_or_withdrew_stays() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, email="confirmed@example.org", now=LONG_AGO)
    await withdraw(await sign(petition, email="withdrew@example.org", now=LONG_AGO), now=LONG_AGO)
    await sign_and_confirm(petition, email="held@example.org", held="rate", now=LONG_AGO)
    assert await expire_unconfirmed(now=NOW) == 0
    assert await Signature.all().count() == 3


async def test_who_is_known_from_another_petition_loses_only_the_old_signature() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    kept = await sign_and_confirm(water, now=LONG_AGO)
    await sign(air, now=LONG_AGO)
    assert await expire_unconfirmed(now=NOW) == 1
    assert (await Signature.get()).id == kept
    assert await value("SELECT count(*) FROM message WHERE signature_id = $1", kept) == 2
    assert await value("SELECT count(*) FROM message") == 2


async def test_many_are_forgotten_a_batch_at_a_time_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "MOST_AT_ONCE", 2)
    petition = await open_petition()
    for day in range(3):
        await sign(petition, email=f"day{day}@example.org", now=LONG_AGO - timedelta(days=day))
    assert await expire_unconfirmed(now=NOW) == 2
    assert (await Signature.get()).email == "day0@example.org"
    assert await expire_unconfirmed(now=NOW) == 1


async def test_who_signs_something_else_at_that_very_moment_is_not_forgotten() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    await sign(air, now=LONG_AGO)
    elsewhere = copy_context()  # of before the transaction, so that the sweep is not inside it
    async with in_transaction():
        kept = await sign(water)  # written, and not committed yet
        expiry = asyncio.get_running_loop().create_task(expire_unconfirmed(now=NOW), context=elsewhere)
        await asyncio.sleep(0.1)
        assert not expiry.done()
    assert await expiry == 1
    assert (await Signature.get()).id == kept
    assert await Supporter.all().count() == 1
