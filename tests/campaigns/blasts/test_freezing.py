"""An audience is written down once, whoever does it, however often they are interrupted."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from campaigns.blasts import freezing
from campaigns.blasts.freezing import freeze_chunk, unfrozen
from campaigns.blasts.running import cancel, pause, resume
from campaigns.blasts.segments import Segment
from campaigns.mail.claiming import BulkLimits, claim_bulk
from tests.factories.blasts import (
    blast,
    freeze_all,
    mailed,
    reader,
    running_blast,
    signatures,
    subscribers,
    words,
)
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "AT_ONCE", 10)


async def test_everybody_the_segment_finds_gets_one_message_that_says_what_goes_where() -> None:
    await subscribers(8)
    blast_id = await running_blast(texts={"en": words(), "fr": words("Jeudi")})
    assert await freeze_all() == 8
    assert await mailed(blast_id) == [1, 2, 3, 4, 5, 6, 7, 8]
    mailing = await value("SELECT mailing_id FROM blast_variant")
    (message,) = await rows("SELECT * FROM message WHERE supporter_id = $1", reader(1))
    assert message["key"] == f"mailing:{blast_id.hex}:{reader(1).hex}"
    assert (message["kind"], message["state"], message["priority"]) == ("mailing", "queued", 2)
    assert (message["domain"], message["mailing_id"]) == ("mail.example", mailing)
    assert message["run_after"] == message["created_at"] == NOW
    languages = await rows("SELECT language, count(*)::int AS n FROM message GROUP BY 1 ORDER BY 1")
    # Two each of en, fr, es and de; what there is no text for is read in English.
    assert languages == [{"language": "en", "n": 6}, {"language": "fr", "n": 2}]
    assert (await blast(blast_id))["frozen_at"] == NOW
    assert await unfrozen() == []


async def test_readers_of_another_language_read_that_of_the_campaign() -> None:
    petition = await open_petition()
    await rows("UPDATE campaign SET default_language = 'es'")
    await subscribers(4)
    await running_blast(petition=petition, texts={"en": words(), "es": words("El jueves")})
    await freeze_all()
    assert await value("SELECT count(*)::int FROM message WHERE language = 'es'") == 3  # fr, es and de


async def test_who_joined_after_the_start_is_not_mailed() -> None:
    await subscribers(5)
    blast_id = await running_blast()
    await subscribers(7, first=6, since=NOW + timedelta(microseconds=1))
    await freeze_all(now=NOW + timedelta(hours=1))
    assert await mailed(blast_id) == [1, 2, 3, 4, 5]


async def test_who_left_before_being_written_down_is_not_mailed(small_chunks: None) -> None:
    await subscribers(30)
    blast_id = await running_blast()
    assert await freeze_chunk(blast_id, now=NOW) == 10
    await rows("UPDATE consent SET withdrawn_at = $1 WHERE supporter_id = $2", NOW, reader(25))
    await freeze_all()
    assert await mailed(blast_id) == [number for number in range(1, 31) if number != 25]


async def test_a_chunk_is_written_at_a_time_and_mails_wait_from_the_first_one_on(small_chunks: None) -> None:
    await subscribers(20)
    blast_id = await running_blast()
    assert await freeze_chunk(blast_id, now=NOW) == 10
    assert await mailed(blast_id) == list(range(1, 11))
    assert (await blast(blast_id))["frozen_through"] == reader(10)
    assert await freeze_chunk(blast_id, now=NOW) == 10
    assert (await blast(blast_id))["frozen_at"] is None
    assert await freeze_chunk(blast_id, now=NOW) == 0  # nobody is left, and now that is known
    assert (await blast(blast_id))["frozen_at"] == NOW
    assert await freeze_chunk(blast_id, now=NOW) is None


async def test_readers_a_filter_leaves_out_do_not_hold_up_the_chunks_behind_them(small_chunks: None) -> None:
    petition = await open_petition()
    await subscribers(45)
    await signatures(petition, 44)
    blast_id = await running_blast(Segment(organization=None, signed=(petition.campaign.id,)))
    assert await freeze_all() == 1
    assert await mailed(blast_id) == [44]


async def test_two_freezers_at_once_write_everybody_once(small_chunks: None) -> None:
    await subscribers(300)
    blast_id = await running_blast()
    written = await asyncio.gather(*(freeze_all() for _ in range(4)))
    assert sum(written) == 300
    assert await mailed(blast_id) == list(range(1, 301))


async def test_a_freezer_that_read_the_same_place_as_another_writes_nothing(
    small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though both think that it is their turn: as if one had been asleep since it looked."""
    monkeypatch.setattr(freezing, "TAKE_TURN", freezing.TAKE_TURN.partition(" FOR UPDATE")[0])
    await subscribers(30)
    blast_id = await running_blast()
    done = await asyncio.gather(*(freeze_chunk(blast_id, now=NOW) for _ in range(5)))
    assert sum(each or 0 for each in done) == len(await mailed(blast_id))
    await freeze_all()
    assert await mailed(blast_id) == list(range(1, 31))


async def test_freezers_killed_at_any_moment_lose_and_double_nobody(small_chunks: None) -> None:
    await subscribers(400)
    blast_id = await running_blast()
    chance = random.Random(7)
    killed = 0
    while await unfrozen():
        freezer = asyncio.create_task(freeze_chunk(blast_id, now=NOW))
        await asyncio.sleep(chance.uniform(0, 0.012))
        killed += freezer.cancel()
        await asyncio.gather(freezer, return_exceptions=True)
    assert killed > 5
    assert await mailed(blast_id) == list(range(1, 401))
    assert await value("SELECT sum(delta)::int FROM mail_entry WHERE what = 'queued'") == 400


@pytest.fixture
def slow_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], None]]]:
    """A chunk takes a third of a second longer; what is put in the list is called as soon as it has begun."""
    statement = freezing._statement
    meanwhile: list[Callable[[], None]] = []

    def slowed(*arguments: Any, **named: Any) -> tuple[str, Any]:
        for each in meanwhile:
            each()
        text, values = statement(*arguments, **named)
        nap = "WITH nap AS (SELECT pg_sleep(0.3)), "
        return text.replace("WITH ", nap, 1).replace(
            "\nSELECT (", "\nSELECT (SELECT count(*) FROM nap), (", 1
        ), values

    with monkeypatch.context() as patched:
        patched.setattr(freezing, "_statement", slowed)
        yield meanwhile


@pytest.mark.parametrize("halt", ["pause", "cancel"])
async def test_a_chunk_under_way_when_the_blast_is_halted_is_not_written(
    halt: str, slow_chunks: list[Callable[[], None]]
) -> None:
    await subscribers(5)
    blast_id = await running_blast()
    # In this context, not in that of the chunk's transaction: it is somebody else who halts it.
    outside, halting = contextvars.copy_context(), []

    async def halted() -> None:
        await (pause(blast_id) if halt == "pause" else cancel(blast_id, now=NOW))

    slow_chunks.append(lambda: halting.append(asyncio.create_task(halted(), context=outside)))
    assert await freeze_chunk(blast_id, now=NOW) is None
    await halting[0]
    slow_chunks.clear()
    assert await mailed(blast_id) == []
    assert await freeze_all() == 0
    if halt == "pause":
        await resume(blast_id)
        assert await freeze_all() == 5


async def test_neither_a_claim_nor_a_pause_waits_for_a_chunk(
    small_chunks: None, slow_chunks: list[Callable[[], None]]
) -> None:
    await subscribers(20)
    blast_id = await running_blast()
    assert await freeze_chunk(blast_id, now=NOW) == 10
    chunk = asyncio.create_task(freeze_chunk(blast_id, now=NOW))
    await asyncio.sleep(0.05)
    limits = BulkLimits(per_minute=600, hourly_budget=0, warm_up_from=None, weekly_cap=3)
    claim = await claim_bulk(most=5, limits=limits, now=NOW)
    assert len(claim.messages) == 5
    await pause(blast_id)
    assert not chunk.done()
    assert await chunk is None


async def test_an_organizations_blast_reaches_its_own_subscribers_only() -> None:
    organization = (await small_federation()).organization.id
    await subscribers(3)
    await subscribers(6, first=4, organization=organization)
    blast_id = await running_blast(Segment(organization=organization))
    await freeze_all()
    assert await mailed(blast_id) == [4, 5, 6]


# --- A test of two ---------------------------------------------------------------------------------


async def variants_of(blast_id: UUID) -> Counter[str]:
    found = await rows(
        "SELECT letter, supporter_id FROM message JOIN blast_variant USING (mailing_id, blast_id)"
        " WHERE blast_id = $1",
        blast_id,
    )
    return Counter(row["letter"] for row in found)


async def test_only_the_share_under_test_is_mailed_first_half_of_it_each_variant() -> None:
    await subscribers(4_000)
    blast_id = await running_blast(second=True, test_permille=200, decide_after=60)
    await freeze_all()
    shares = await variants_of(blast_id)
    assert shares["a"] + shares["b"] == pytest.approx(800, rel=0.12)
    assert shares["a"] == pytest.approx(shares["b"], rel=0.2)
    assert (await blast(blast_id))["frozen_at"] is None
    assert await unfrozen() == []  # until the test is decided


async def test_the_rest_gets_the_winner_and_everybody_one_mail() -> None:
    await subscribers(1_000)
    blast_id = await running_blast(second=True, test_permille=200, decide_after=60)
    await freeze_all()
    tested = await variants_of(blast_id)
    await rows(
        "UPDATE blast SET frozen_through = NULL, winner_id = (SELECT mailing_id FROM blast_variant WHERE letter = 'b')"
    )
    await freeze_all()
    assert await mailed(blast_id) == list(range(1, 1_001))
    shares = await variants_of(blast_id)
    assert shares["a"] == tested["a"]
    assert shares["b"] == 1_000 - tested["a"]
    assert (await blast(blast_id))["frozen_at"] is not None


async def test_a_test_of_everybody_needs_no_winner() -> None:
    await subscribers(200)
    blast_id = await running_blast(second=True)
    assert await freeze_all() == 200
    shares = await variants_of(blast_id)
    assert 60 < shares["a"] < 140
    assert (await blast(blast_id))["frozen_at"] == NOW


async def test_another_blast_draws_other_lots() -> None:
    await subscribers(200)
    chosen = []
    for _ in range(2):
        blast_id = await running_blast(second=True, test_permille=500, decide_after=60)
        await freeze_all()
        chosen.append(await mailed(blast_id))
    assert chosen[0] != chosen[1]
