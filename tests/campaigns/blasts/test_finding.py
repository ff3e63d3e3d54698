"""Who a segment finds, and that nobody is found who did not ask for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from campaigns.blasts import finding
from campaigns.blasts.finding import CountTooSlow, Values, compiled, count, count_within, readers_by_language
from campaigns.blasts.segments import Segment
from tests.factories.blasts import (
    AGREED,
    FEDERATION,
    agree,
    becomes,
    freeze_all,
    reader,
    running_blast,
    signatures,
    subscribers,
)
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

DAY = timedelta(days=1)


async def found(segment: Segment, *, as_of: datetime = NOW) -> list[int]:
    values = Values()
    audience = compiled(segment, values, as_of=as_of)
    numbers = [
        row["id"].int for row in await rows(f"WITH {audience} SELECT id FROM audience ORDER BY id", *values)
    ]
    assert await count(segment, now=as_of) == len(numbers)
    return numbers


# --- Whom nobody may write to ----------------------------------------------------------------------


async def test_without_filters_everybody_is_found_who_agreed_to_hear_from_that_organization() -> None:
    organization = (await small_federation()).organization.id
    await subscribers(3)
    await subscribers(5, first=4, organization=organization)
    await agree(3, first=3, organization=organization)
    assert await found(FEDERATION) == [1, 2, 3]
    assert await found(Segment(organization=organization)) == [3, 4, 5]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent SET withdrawn_at = confirmed_at WHERE supporter_id = $1",
        "UPDATE consent SET confirmed_at = NULL WHERE supporter_id = $1",
        "UPDATE consent SET purpose = 'public_name' WHERE supporter_id = $1",
        "UPDATE supporter SET confirmed_at = NULL WHERE id = $1",
        "INSERT INTO suppression SELECT email_key, 'unsubscribed', now() FROM supporter WHERE id = $1",
        "INSERT INTO suppression SELECT email_key, 'hard_bounce', now() FROM supporter WHERE id = $1",
    ],
)
async def test_who_may_not_be_written_to_is_never_found(change: str) -> None:
    petition = await open_petition()
    await subscribers(3)
    await signatures(petition, 1, 2, 3)
    await rows(change, reader(2))
    assert await found(FEDERATION) == [1, 3]
    assert await found(Segment(organization=None, signed=(petition.campaign.id,))) == [1, 3]


async def test_who_agreed_later_is_not_found_as_of_an_earlier_moment() -> None:
    await subscribers(2)
    await subscribers(3, first=3, since=NOW)
    assert await found(FEDERATION, as_of=NOW - timedelta(microseconds=1)) == [1, 2]
    assert await found(FEDERATION, as_of=NOW) == [1, 2, 3]


async def test_who_agreed_twice_is_found_once() -> None:
    await subscribers(2)
    await agree(2)
    assert await found(FEDERATION) == [1, 2]


# --- Filters ---------------------------------------------------------------------------------------


async def test_filters_narrow_one_another() -> None:
    # By number: 1 SN fr, 2 TN es, 3 BE de, 4 SN en, 5 TN fr, 6 BE es, 7 SN de, 8 TN en, 9 BE fr.
    petition = await open_petition()
    other = await open_petition(slug="clean-water")
    await subscribers(9)
    await signatures(petition, 1, 2, 3, 4)
    await signatures(other, 4, 5, 6)
    air, water = petition.campaign.id, other.campaign.id

    async def by(**filters: Any) -> list[int]:
        return await found(Segment(organization=None, **filters))

    assert await by(countries=("SN", "TN")) == [1, 2, 4, 5, 7, 8]
    assert await by(languages=("fr",)) == [1, 5, 9]
    assert await by(signed=(air,)) == [1, 2, 3, 4]
    assert await by(signed=(air, water)) == [1, 2, 3, 4, 5, 6]
    assert await by(not_signed=(air,)) == [5, 6, 7, 8, 9]
    assert await by(not_signed=(air, water)) == [7, 8, 9]
    assert await by(signed=(air,), not_signed=(water,), countries=("SN",)) == [1]
    assert await by(signed=(UUID(int=9),)) == []


async def test_only_signatures_that_count_are_signatures() -> None:
    petition = await open_petition()
    await subscribers(4)
    await signatures(petition, 1, 2, 3)
    await rows(
        "UPDATE signature SET state = 'withdrawn', withdrawn_at = $1 WHERE supporter_id = $2", NOW, reader(2)
    )
    await rows("UPDATE signature SET state = 'suspected' WHERE supporter_id = $1", reader(3))
    assert await found(Segment(organization=None, signed=(petition.campaign.id,))) == [1]
    assert await found(Segment(organization=None, not_signed=(petition.campaign.id,))) == [2, 3, 4]


async def test_signed_since_and_before_say_when_whatever_was_signed_or_one_of_these() -> None:
    petition = await open_petition()
    other = await open_petition(slug="clean-water")
    await subscribers(4)
    await signatures(petition, 1, when=NOW - 3 * DAY)
    await signatures(petition, 2, when=NOW - DAY)
    await signatures(other, 3, when=NOW - DAY)
    since, before = NOW - 2 * DAY, NOW - DAY / 2
    assert await found(Segment(organization=None, signed_since=since)) == [2, 3]
    assert await found(Segment(organization=None, signed_before=since)) == [1]
    both = Segment(
        organization=None, signed=(petition.campaign.id,), signed_since=since, signed_before=before
    )
    assert await found(both) == [2]


async def test_those_are_found_who_got_an_earlier_mail_and_did_not_act_on_it() -> None:
    petition = await open_petition()
    await subscribers(6)
    await signatures(petition, 5)
    earlier = await running_blast(petition=petition)
    await subscribers(7, first=7, since=AGREED)
    await rows("UPDATE blast SET started_at = $1", AGREED - DAY)
    await rows("UPDATE consent SET confirmed_at = $1 WHERE supporter_id <> $2", AGREED - 2 * DAY, reader(7))
    await freeze_all()
    await becomes("delivered", earlier, 2)  # 1, 2
    await becomes("bounced", earlier, 1)  # 3
    await becomes("sent", earlier, 2)  # 4, 5
    await signatures(petition, 2)
    assert await found(Segment(organization=None, did_not_act_on=earlier)) == [1, 4]


async def test_a_reader_for_a_preview_is_found_in_each_language() -> None:
    await subscribers(9)
    chosen = await readers_by_language(FEDERATION, now=NOW)
    assert chosen == {"fr": reader(1), "es": reader(2), "de": reader(3), "en": reader(4)}


# --- How it is found -------------------------------------------------------------------------------


async def plan(segment: Segment, *, after: UUID | None = None, at_once: int | None = None) -> str:
    values = Values()
    audience = compiled(segment, values, as_of=NOW, after=after, at_once=at_once)
    steps = await rows(f"EXPLAIN WITH {audience} SELECT count(*) FROM audience", *values)
    return "\n".join(step["QUERY PLAN"] for step in steps)


async def test_a_count_and_a_page_walk_the_index_of_consents_and_never_read_all_signatures() -> None:
    organization = (await small_federation()).organization.id
    petition = await open_petition()
    await subscribers(3_000)
    await agree(200, organization=organization)
    await signatures(petition, *range(1, 3_001, 2))
    await rows("ANALYZE consent, supporter, signature, suppression")
    typical = Segment(organization=organization, signed=(petition.campaign.id,), countries=("BE", "SN"))
    wide = Segment(organization=None, not_signed=(petition.campaign.id,))
    small = [
        await plan(typical),
        await plan(typical, after=reader(20), at_once=100),
        await plan(replace(typical, signed_since=NOW - DAY, did_not_act_on=UUID(int=1))),
        await plan(wide, after=reader(20), at_once=100),
    ]
    large = [await plan(each, after=reader(20), at_once=2_500) for each in (wide, FEDERATION)]
    for steps in small:
        assert "consent_newsletter" in steps or "consent_supporter" in steps, steps
        assert "Seq Scan on consent" not in steps, steps
    for steps in (*small, *large, await plan(wide)):
        assert not re.search(r"Seq Scan on (signature|supporter|message)\b", steps), steps
        assert "Join" not in steps, steps  # one probe after another for each reader
    assert "consent_newsletter" in await plan(typical)


async def test_values_never_stand_in_the_statement() -> None:
    values = Values()
    hostile = Segment(organization=UUID(int=5), countries=("'; DROP TABLE message; --",))
    text = compiled(hostile, values, as_of=NOW, after=reader(3), at_once=10)
    assert "DROP" not in text
    assert values == [UUID(int=5), NOW, reader(3), ["'; DROP TABLE message; --"]]
    assert await found(hostile) == []


async def test_a_count_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    await subscribers(2)
    quick = finding._conditions

    def sleepy(*arguments: Any) -> Sequence[str]:
        return [*quick(*arguments), "pg_sleep(1) IS NOT NULL"]

    monkeypatch.setattr(finding, "_conditions", sleepy)
    with pytest.raises(CountTooSlow):
        async with in_transaction() as connection:
            await count_within(connection, FEDERATION, now=NOW, patience=timedelta(milliseconds=50))
    monkeypatch.undo()
    assert await count(FEDERATION, now=NOW) == 2
