"""Recounting: totals and rows are compared; what differs is told, and left as it is."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from campaigns.petitions.confirming import Confirmation, confirm_all
from campaigns.petitions.counting import fold
from campaigns.petitions.models import Recount
from campaigns.petitions.recounting import Mismatch, recount
from campaigns.petitions.withdrawing import withdraw
from tests.factories.petitions import (
    NOW,
    OpenPetition,
    newest_submission,
    open_petition,
    sign,
    sign_and_confirm,
)
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def two_signers() -> OpenPetition:
    petition = await open_petition()
    await sign_and_confirm(petition, email="amina@example.org", country="SN")
    await sign_and_confirm(petition, email="bao@example.org", country="VN")
    await fold()
    return petition


async def test_exact_totals_differ_nowhere() -> None:
    await two_signers()
    assert not await recount(now=NOW)


async def test_rows_that_wait_to_be_folded_are_no_difference() -> None:
    petition = await two_signers()
    signature_id = await sign_and_confirm(
        petition, email="chloe@example.org", country="FR", referred_by="a" * 12
    )
    assert not await recount(now=NOW)
    await fold()
    await withdraw(signature_id, now=NOW)
    assert not await recount(now=NOW)


@pytest.mark.parametrize(("change", "found"), [(5, 7), (-1, 1)])
async def test_a_total_too_high_or_too_low_is_found(change: int, found: int) -> None:
    petition = await two_signers()
    await rows("UPDATE tally_total SET count = count + $1 WHERE dimension = 'all'", change)
    assert await recount(now=NOW) == [
        Mismatch(petition_id=petition.id, dimension="all", key="", expected=2, found=found)
    ]


async def test_a_total_that_is_missing_and_one_nobody_signed_for_are_found() -> None:
    petition = await two_signers()
    await rows("UPDATE tally_total SET key = 'FR' WHERE key = 'SN'")
    assert await recount(now=NOW) == [
        Mismatch(petition_id=petition.id, dimension="country", key="FR", expected=0, found=1),
        Mismatch(petition_id=petition.id, dimension="country", key="SN", expected=1, found=0),
    ]


async def test_a_signature_struck_out_behind_the_back_of_the_totals_is_found() -> None:
    petition = await two_signers()
    await rows("UPDATE signature SET state = 'invalidated' WHERE email = 'bao@example.org'")
    different = {(each.dimension, each.key): (each.expected, each.found) for each in await recount(now=NOW)}
    assert different["all", ""] == (1, 2)
    assert different["country", "VN"] == (0, 1)
    assert {each.petition_id for each in await recount(now=NOW)} == {petition.id}


async def test_a_tally_row_that_was_lost_or_doubled_is_found() -> None:
    petition = await two_signers()
    await sign_and_confirm(petition, email="chloe@example.org", country="FR")
    await rows("INSERT INTO tally_entry SELECT nextval('tally_entry_id_seq'), petition_id, country, language, source, "
               "referred_by, hour, delta FROM tally_entry")  # fmt: skip
    assert ("all", 3, 4) in {(each.dimension, each.expected, each.found) for each in await recount(now=NOW)}
    await rows("DELETE FROM tally_entry")
    assert ("all", 3, 2) in {(each.dimension, each.expected, each.found) for each in await recount(now=NOW)}


async def test_a_recount_repairs_nothing() -> None:
    await two_signers()
    await rows("UPDATE tally_total SET count = 1000")
    before = await rows("SELECT * FROM tally_total ORDER BY id")
    first = await recount(now=NOW)
    assert first
    assert await recount(now=NOW) == first
    assert await rows("SELECT * FROM tally_total ORDER BY id") == before


async def test_each_recount_is_kept_with_what_it_found() -> None:
    petition = await two_signers()
    await recount(now=NOW)
    await rows("UPDATE tally_total SET count = 7 WHERE dimension = 'all'")
    await recount(now=NOW + timedelta(days=1))
    clean, alarming = await Recount.all().order_by("started_at")
    assert (clean.petitions, clean.mismatches) == (1, [])
    assert alarming.mismatches == [
        {"petition": str(petition.id), "dimension": "all", "key": "", "expected": 2, "found": 7}
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_people_do_in_whatever_order_the_totals_are_the_rows(seed: int) -> None:
    chance = random.Random(f"a story {seed}")
    petitions = [await open_petition(slug="clean-air"), await open_petition(slug="clean-water")]
    now, known = NOW, []
    for _ in range(80):
        now += timedelta(minutes=chance.choice((0, 1, 50)))
        match chance.choice(("sign", "sign", "confirm", "confirm", "confirm", "withdraw", "fold")):
            case "sign":
                signature_id = await sign(
                    chance.choice(petitions),
                    email=f"person{chance.randrange(12)}@example.org",
                    country=chance.choice(("SN", "BE", "FR")),
                    language=chance.choice(("en", "fr")),
                    source=chance.choice(("", "event")),
                    referred_by=chance.choice(("", "abcdefghijkl")),
                    held=chance.choice((None, None, None, "rate")),
                    now=now,
                )
                known.append(signature_id)
            case "confirm" if known:
                pressed = [chance.choice(known) for _ in range(2)]
                await confirm_all(
                    [Confirmation(each, await newest_submission(each), now) for each in pressed]
                )
            case "withdraw" if known:
                await withdraw(chance.choice(known), now=now)
            case "fold":
                await fold()
    assert not await recount(now=now)
    await fold()
    assert not await recount(now=now)
    counted = await value("SELECT count(*) FROM signature WHERE state = 'confirmed'")
    assert counted == await value("SELECT coalesce(sum(count), 0) FROM tally_total WHERE dimension = 'all'")
    assert counted > 0
