"""Announcing: everybody who signed and agreed to news is written to once, however often it is interrupted."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from campaigns.ids import new_id
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.withdrawing import withdraw
from campaigns.reminders import announcing
from campaigns.reminders.announcing import (
    AGREED_WITH_FEDERATION,
    AGREED_WITH_ORGANIZATION,
    SIGNERS,
    Announcement,
    announce,
)
from campaigns.supporters.unsubscribing import unsubscribe
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign_and_confirm
from tests.factories.plans import ways_into
from tests.factories.rows import rows, value
from tests.factories.signers import crowd, sign_for_news

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

HOUR = timedelta(hours=1)


def news(petition: OpenPetition, *, organization: UUID | None = None) -> Announcement:
    return Announcement(
        sweep="closing_soon:air",
        kind=MessageKind.CLOSING_SOON,
        about="air",
        petition_id=petition.id,
        organization_id=organization,
        facts={"a": 1},
    )


async def announce_all(announcement: Announcement, *, now: datetime = NOW + HOUR) -> int:
    chunks = 0
    while await announce(announcement, now=now):
        chunks += 1
    return chunks


async def written_to() -> list[str]:
    return [
        row["email"]
        for row in await rows(
            "SELECT email FROM message JOIN supporter ON supporter.id = supporter_id "
            "WHERE kind = 'closing_soon' ORDER BY email"
        )
    ]


async def test_every_signer_who_agreed_gets_a_mail_in_bulk_in_their_language() -> None:
    petition = await open_petition()
    signature_id = await sign_for_news(petition, language="fr")
    await rows("UPDATE supporter SET language = 'ar'")  # since then they asked for another
    await announce_all(news(petition))
    (message,) = await rows("SELECT * FROM message WHERE kind = 'closing_soon'")
    assert message["key"] == f"closing_soon:air:{message['supporter_id'].hex}"
    assert (message["priority"], message["language"], message["facts"]) == (Lane.BULK, "ar", '{"a": 1}')
    assert (message["signature_id"], message["domain"]) == (signature_id, "example.org")


async def test_only_who_signed_this_petition_and_still_agrees_is_written_to() -> None:
    air, water = await open_petition(), await open_petition(slug="clean-water")
    await sign_for_news(air, email="agreed@example.org")
    await sign_for_news(water, email="elsewhere@example.org")
    await sign_and_confirm(air, email="no.news@example.org")
    await sign_for_news(air, email="held@example.org", held="rate")
    await withdraw(await sign_for_news(air, email="withdrew@example.org"), now=NOW)
    await sign_for_news(air, email="unsubscribed@example.org")
    gone = await value("SELECT id FROM supporter WHERE email = 'unsubscribed@example.org'")
    await unsubscribe(gone, now=NOW)
    # The signature and the consent may be of different days.
    await sign_and_confirm(air, email="later@example.org")
    await sign_for_news(water, email="later@example.org")
    await announce_all(news(air))
    assert await written_to() == ["agreed@example.org", "later@example.org"]


async def test_a_consent_to_one_organization_is_none_to_another() -> None:
    petition = await open_petition()
    organization = (await small_federation()).organization.id
    await sign_for_news(petition, email="federation@example.org")
    await sign_for_news(petition, email="organization@example.org", newsletter_of=organization)
    await announce_all(news(petition, organization=organization))
    assert await written_to() == ["organization@example.org"]


async def test_who_agreed_twice_is_written_to_once() -> None:
    air, water = await open_petition(), await open_petition(slug="clean-water")
    await sign_for_news(air)
    await sign_for_news(water)
    await announce_all(news(air))
    assert await written_to() == ["amina@example.org"]


async def test_who_signs_after_it_began_knows_already() -> None:
    petition = await open_petition()
    await sign_for_news(petition, email="before@example.org")
    await sign_for_news(petition, email="after@example.org", now=NOW + 2 * HOUR)
    await announce_all(news(petition))
    assert await written_to() == ["before@example.org"]


async def test_it_goes_on_after_the_last_one_it_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "LOOKED_AT_ONCE", 4)
    petition = await open_petition()
    await crowd(petition, 10)
    assert await announce(news(petition), now=NOW) == 4
    assert len(await written_to()) == 4
    first = await value("SELECT through FROM sweep")
    assert first == await value("SELECT id FROM supporter ORDER BY id OFFSET 3 LIMIT 1")
    assert await announce_all(news(petition)) == 2
    assert len(await written_to()) == 10


async def test_what_is_finished_is_never_begun_again() -> None:
    petition = await open_petition()
    await crowd(petition, 3)
    await announce_all(news(petition))
    assert await value("SELECT finished_at FROM sweep") == NOW + HOUR
    await rows("DELETE FROM message")
    await rows("UPDATE sweep SET through = NULL")
    assert await announce(news(petition), now=NOW + 9 * HOUR) == 0
    assert await written_to() == []


async def test_a_campaign_nobody_agreed_in_is_finished_at_once() -> None:
    assert await announce(news(await open_petition()), now=NOW) == 0
    assert await value("SELECT finished_at FROM sweep") == NOW


async def test_a_worker_that_dies_in_a_chunk_loses_nothing_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(announcing, "LOOKED_AT_ONCE", 4)
    petition = await open_petition()
    await crowd(petition, 10)
    await announce(news(petition), now=NOW)

    async def queues_and_dies(*values: object, **named: object) -> None:
        await queue_messages(*values, **named)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as death:
        death.setattr(announcing, "queue_messages", queues_and_dies)
        with pytest.raises(KeyboardInterrupt):
            await announce(news(petition), now=NOW)
    assert len(await written_to()) == 4
    await announce_all(news(petition))
    assert len(await written_to()) == len(set(await written_to())) == 10


async def test_several_at_once_write_to_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "LOOKED_AT_ONCE", 5)
    petition = await open_petition()
    await crowd(petition, 60)
    chunks = await asyncio.gather(*(announce_all(news(petition)) for _ in range(4)))
    await announce_all(news(petition))
    assert len(await written_to()) == len(set(await written_to())) == 60
    assert sum(chunks) <= 12


async def test_a_chunk_is_found_by_indexes_however_many_agreed() -> None:
    petition, organization = await open_petition(), (await small_federation()).organization.id
    await crowd(petition, 4_000, purposes=("signature", "newsletter"))
    await crowd(petition, 1_000, organization=organization, domain="example.net")
    after = UUID(int=1 << 120)
    ways = await ways_into(AGREED_WITH_FEDERATION, after, 1_000)
    assert ways == {"consent": {"consent_newsletter"}}
    ways = await ways_into(AGREED_WITH_ORGANIZATION, after, 100, organization)
    assert ways == {"consent": {"consent_newsletter"}}
    ways = await ways_into(SIGNERS, [new_id() for _ in range(100)], petition.id, NOW)
    assert "Seq Scan" not in ways["signature"]
