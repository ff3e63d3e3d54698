"""Retention: some months after a campaign has ended only numbers are left of it, whatever interrupts the work."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.campaign.models import Campaign
from campaigns.mail.models import Suppression
from campaigns.petitions.counting import fold
from campaigns.petitions.models import Signature
from campaigns.petitions.queries import counts
from campaigns.petitions.recounting import recount
from campaigns.rights import retaining
from campaigns.rights.models import Retention
from campaigns.rights.retaining import LOOSE_FOR, due_campaigns, foresee, loose_people, retain
from campaigns.rights.shredders import shred
from campaigns.rights.shredding import Erasure
from campaigns.supporters.models import Consent, ConsentPurpose, Supporter
from campaigns.supporters.unsubscribing import unsubscribe
from tests.factories.lives import end, four_petitions, live, traces
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]
PEOPLE = 12


async def signed_by_many(slug: str, *, people: Sequence[int] = range(PEOPLE)) -> OpenPetition:
    petition = await open_petition(slug=slug)
    for number in people:
        await sign_and_confirm(petition, email=f"person{number}@example.org", name=f"Person {number}")
    return petition


async def personal(petition: OpenPetition) -> int:
    """How many signatures still name somebody."""
    return await Signature.filter(petition_id=petition.id, supporter_id__isnull=False).count()


async def count_of(petition: OpenPetition) -> int:
    while await fold():
        pass
    return (await counts([petition.id]))[petition.id]


async def test_only_campaigns_that_ended_long_enough_ago_are_due() -> None:
    for slug, months in (("long-over", 7), ("just-over", 5)):
        await end(await open_petition(slug=slug), months_ago=months)
    await open_petition(slug="still-open")
    kept = await open_petition(slug="kept-longer")
    await end(kept, months_ago=7)
    await Campaign.filter(id=kept.campaign.id).update(retention_months=12)
    assert [each.slug for each in await due_campaigns(now=NOW)] == ["long-over"]


async def test_what_is_personal_goes_and_the_counts_stay_exact() -> None:
    petition = await signed_by_many("clean-air")
    pending = await sign(petition, email="pending@example.org")
    await sign_and_confirm(petition, email="held@example.org", held="rate")
    await end(petition, months_ago=7)
    assert await count_of(petition) == PEOPLE

    assert await retain(now=NOW) == {"clean-air": PEOPLE + 2}
    assert await count_of(petition) == PEOPLE
    assert await recount(now=NOW) == []
    assert await personal(petition) == 0
    assert await Signature.filter(id=pending).count() == 0
    for table in ("supporter", "consent", "message"):
        assert await value(f"SELECT count(*) FROM {table}") == 0
    done = await Retention.get()
    assert (done.people, done.started_at, done.done_at) == (PEOPLE + 2, NOW, NOW)
    assert await retain(now=NOW + timedelta(days=1)) == {}


async def test_a_life_is_forgotten_without_a_trace_when_nothing_else_ties_it() -> None:
    petitions = await four_petitions()
    zoe = await live("zoe", petitions)
    await unsubscribe(zoe.id, now=NOW)
    for petition in (petitions.federation, petitions.organization, petitions.ended, petitions.unconfirmed):
        await end(petition, months_ago=7)
    await retain(now=NOW)
    assert await traces(zoe.markers) == []
    assert await recount(now=NOW) == []


async def test_who_has_signed_something_else_stays_with_that() -> None:
    over, open_still = await signed_by_many("over"), await signed_by_many("open-still", people=range(3))
    await end(over, months_ago=7)
    await retain(now=NOW)
    assert await Supporter.all().count() == 3
    assert await personal(open_still) == 3
    assert await value("SELECT count(*) FROM message WHERE signature_id IS NULL") == 0
    assert await value("SELECT count(DISTINCT signature_id) FROM message") == 3
    assert await recount(now=NOW) == []


async def test_who_still_wants_news_gets_them_and_their_consent_names_no_signature() -> None:
    petitions = await four_petitions()
    zoe = await live("zoe", petitions)
    await end(petitions.ended, months_ago=7)
    await retain(now=NOW)
    assert await personal(petitions.ended) == 0
    left = await Consent.filter(supporter_id=zoe.id, signature_id=None)
    assert {(each.purpose, each.organization_id) for each in left} == {  # type: ignore[attr-defined]
        (ConsentPurpose.NEWSLETTER, petitions.organization_id)
    }
    assert await traces([str(zoe.ended)]) == []
    assert await Supporter.filter(id=zoe.id).count() == 1


async def test_the_dry_run_says_what_happens_and_does_nothing() -> None:
    first = await signed_by_many("first", people=range(6))
    second = await signed_by_many("second", people=range(4, 10))
    await signed_by_many("open-still", people=(0, 9))
    await sign(second, email="pending@example.org")
    await end(first, months_ago=9)
    await end(second, months_ago=8)
    told = [(each.slug, each.emptied, each.deleted, each.people) for each in await foresee(now=NOW)]
    assert told == [("first", 6, 0, 3), ("second", 6, 1, 6)]
    assert await Retention.all().count() == 0

    before = await Supporter.all().count()
    await retain(now=NOW)
    assert before - await Supporter.all().count() == sum(people for *_, people in told)
    assert await Signature.filter(supporter_id=None).count() == 12


async def test_a_run_that_was_cut_off_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    petition = await signed_by_many("clean-air")
    await end(petition, months_ago=7)
    asked = iter([True, True, False])
    await retain(now=NOW, most=5, may_go_on=lambda: next(asked, False))
    assert await personal(petition) == PEOPLE - 10
    unfinished = await Retention.get()
    assert (unfinished.people, unfinished.done_at) == (10, None)

    died = [False]

    async def dies_once(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
        done = await shred(connection, erasure)
        if not died[0]:
            died[0] = True
            raise ConnectionError
        return done

    monkeypatch.setattr("campaigns.rights.retaining.shred", dies_once)
    with pytest.raises(ConnectionError):
        await retain(now=NOW, most=5)
    assert await personal(petition) == PEOPLE - 10
    await retain(now=NOW, most=5)
    assert await personal(petition) == 0
    assert (await Retention.get()).people == PEOPLE
    assert await count_of(petition) == PEOPLE
    assert await recount(now=NOW) == []


async def test_two_at_once_do_no_harm() -> None:
    petition = await signed_by_many("clean-air")
    await end(petition, months_ago=7)
    await asyncio.gather(*(retain(now=NOW, most=2) for _ in range(3)))
    await retain(now=NOW)
    assert await personal(petition) == 0
    assert (await Retention.get()).people == PEOPLE
    assert (await Retention.get()).done_at == NOW
    assert await count_of(petition) == PEOPLE


async def test_who_unsubscribed_from_the_last_newsletter_is_forgotten_a_month_later() -> None:
    petitions = await four_petitions()
    zoe = await live("zoe", petitions)
    for petition in (petitions.federation, petitions.organization, petitions.ended, petitions.unconfirmed):
        await end(petition, months_ago=7)
    await retain(now=NOW)
    assert await Supporter.all().count() == 1
    later = NOW + timedelta(days=100)
    await unsubscribe(zoe.id, now=later)
    await retain(now=later + LOOSE_FOR - timedelta(days=1))
    assert await Supporter.all().count() == 1
    assert await loose_people(now=later + LOOSE_FOR + timedelta(days=1)) == 1
    await retain(now=later + LOOSE_FOR + timedelta(days=1))
    assert await traces(zoe.markers) == []


async def test_an_address_nobody_here_has_stays_on_the_list_of_those_not_mailed() -> None:
    await rows("INSERT INTO suppression VALUES ('gone@example.org', 'complaint', $1)", NOW)
    await end(await signed_by_many("clean-air"), months_ago=7)
    await retain(now=NOW)
    assert [each.email_key for each in await Suppression.all()] == ["gone@example.org"]


@pytest.mark.parametrize("arguments", [["--dry"], ["--dry-run", "now"]])
async def test_the_command_does_nothing_when_it_is_mistyped(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["retaining", *arguments])
    assert retaining.main() == 2
    assert "--dry-run" in capsys.readouterr().err


async def test_the_command_tells_campaign_by_campaign(database_url: str) -> None:
    await end(await signed_by_many("clean-air"), months_ago=7)
    answers = []
    for arguments in (["--dry-run"], [], ["--dry-run"]):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "campaigns.rights.retaining", *arguments),
            env={
                "DATABASE_URL": database_url,
                "REDIS_URL": "redis://127.0.0.1/0",
                "ENVIRONMENT": "development",
            },
            stdout=asyncio.subprocess.PIPE,
        )
        answers.append((await process.communicate())[0].decode())
        assert process.returncode == 0
    line = "clean-air: 12 signatures stay as numbers, 0 go, 12 people are forgotten\n"
    assert answers[0] == answers[1] == f"{line}nothing else ties 0 people to us\n"
    assert answers[2] == "nothing else ties 0 people to us\n"
