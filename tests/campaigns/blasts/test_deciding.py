"""A test of two is decided by what each brought, at its time, once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.blasts.deciding import decide_winners
from campaigns.blasts.freezing import unfrozen
from campaigns.blasts.running import pause, resume
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.blasts import (
    becomes,
    blast,
    freeze_all,
    mailed,
    reader,
    running_blast,
    signatures,
    subscribers,
)
from tests.factories.petitions import NOW, OpenPetition, open_petition
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

IN_TIME = NOW + timedelta(minutes=60)
PEOPLE = 600


async def tried(*, sent: dict[str, int]) -> tuple[UUID, OpenPetition]:
    """A blast whose test is out: so many of each variant were sent, the rest of the test was suppressed."""
    petition = await open_petition()
    await subscribers(PEOPLE)
    blast_id = await running_blast(petition=petition, second=True, test_permille=400, decide_after=60)
    await freeze_all()
    for letter, most in sent.items():
        await becomes("sent", blast_id, most, letter=letter)
    await becomes("suppressed", blast_id, PEOPLE)
    return blast_id, petition


async def sign_through(petition: OpenPetition, letter: str, *numbers: int) -> None:
    source = await value(
        "SELECT source FROM mailing JOIN blast_variant ON mailing_id = mailing.id WHERE letter = $1", letter
    )
    await signatures(petition, *numbers, source=source, when=NOW)


async def winner(blast_id: UUID) -> str | None:
    letter: str | None = await value(
        "SELECT max(letter) FROM blast JOIN blast_variant AS variant ON variant.mailing_id = blast.winner_id"
        " WHERE blast.id = $1",
        blast_id,
    )
    return letter


@pytest.mark.parametrize(
    ("sent", "acted", "expected"),
    [
        ({"a": 50, "b": 50}, {"a": 1, "b": 3}, "b"),
        ({"a": 50, "b": 50}, {"a": 3, "b": 1}, "a"),
        ({"a": 50, "b": 50}, {"a": 2, "b": 2}, "a"),  # a tie
        ({"a": 50, "b": 50}, {}, "a"),
        ({"a": 80, "b": 20}, {"a": 3, "b": 2}, "b"),  # fewer, but more for each mail
        ({"a": 0, "b": 20}, {"b": 2}, "b"),
        ({}, {}, "a"),
    ],
)
async def test_the_one_that_brought_more_for_each_mail_wins_and_a_tie_goes_to_the_first(
    sent: dict[str, int], acted: dict[str, int], expected: str
) -> None:
    blast_id, petition = await tried(sent=sent)
    start = 1
    for letter, number in acted.items():
        await sign_through(petition, letter, *range(start, start + number))
        start += number
    await signatures(petition, 100, 101, 102, 103, 104, source="whatsapp", when=NOW)
    assert await decide_winners(now=IN_TIME - timedelta(seconds=1)) == []
    assert await decide_winners(now=IN_TIME) == [blast_id]
    assert await winner(blast_id) == expected


async def test_the_rest_is_written_with_the_winner_and_everybody_is_mailed_once() -> None:
    blast_id, petition = await tried(sent={"a": 50, "b": 50})
    before = set(await mailed(blast_id))
    await sign_through(petition, "b", 7)
    await decide_winners(now=IN_TIME)
    assert await unfrozen() == [blast_id]
    await subscribers(PEOPLE + 5, first=PEOPLE + 1, since=NOW + timedelta(minutes=1))
    await rows("UPDATE consent SET withdrawn_at = $1 WHERE supporter_id = $2", IN_TIME, reader(9))
    await freeze_all(now=IN_TIME)
    assert set(await mailed(blast_id)) == (set(range(1, PEOPLE + 1)) - {9}) | before
    assert len(await mailed(blast_id)) == len(set(await mailed(blast_id)))
    rest = await rows(
        "SELECT DISTINCT letter FROM message JOIN blast_variant USING (mailing_id) WHERE message.state = 'queued'"
    )
    assert rest == [{"letter": "b"}]
    assert (await blast(blast_id))["frozen_at"] == IN_TIME
    assert await decide_winners(now=IN_TIME) == []


async def test_two_who_decide_at_once_decide_once(all_at_once: AllAtOnce) -> None:
    blast_id, _ = await tried(sent={"a": 5, "b": 5})
    decided = await all_at_once("blast", *(decide_winners(now=IN_TIME) for _ in range(3)))
    assert [each for part in decided for each in part] == [blast_id]


async def test_a_test_that_has_not_gone_out_or_is_paused_is_not_decided() -> None:
    await subscribers(PEOPLE)
    blast_id = await running_blast(second=True, test_permille=400, decide_after=60)
    assert await decide_winners(now=IN_TIME) == []  # nobody is written down
    await freeze_all()
    await becomes("sent", blast_id, 10, letter="a")
    assert await decide_winners(now=IN_TIME) == []  # nothing of b has gone out
    await becomes("sent", blast_id, 1, letter="b")
    await pause(blast_id)
    assert await decide_winners(now=IN_TIME) == []
    await resume(blast_id)
    assert await decide_winners(now=IN_TIME) == [blast_id]


async def test_a_blast_of_one_variant_is_never_decided() -> None:
    await subscribers(5)
    await running_blast()
    await freeze_all()
    assert await decide_winners(now=IN_TIME) == []
