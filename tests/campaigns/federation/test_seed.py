"""Seeding: the same sample federation everywhere, once, with totals that are its rows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from campaigns.campaign.models import CampaignState
from campaigns.campaign.queries import public_campaigns
from campaigns.federation.models import Federation
from campaigns.federation.queries import the_federation
from campaigns.federation.seed import seed
from campaigns.petitions.queries import counts, counts_by_country, recent_shown
from campaigns.petitions.recounting import recount
from campaigns.tokens import Keyring
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

SIGNED = """
SELECT campaign.slug, signature.id, signature.email, signature.name, signature.country, signature.language,
       signature.comment, signature.source, signature.referred_by, signature.signed_at
FROM signature JOIN petition ON petition.id = petition_id JOIN campaign ON campaign.id = campaign_id
ORDER BY signature.id
"""


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share links are made with the keys of the installation, of which there is none here."""
    ours = Keyring("a key for tests, longer than thirty-two characters")
    monkeypatch.setattr("campaigns.federation.seed.keyring", lambda: ours)


async def empty() -> None:
    tables = await rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%migration%' "
        "AND tablename <> 'audit_entry'"
    )
    await rows(f"TRUNCATE {', '.join(row['tablename'] for row in tables)} CASCADE")


async def signed() -> Sequence[dict[str, Any]]:
    return await rows(SIGNED)


async def test_two_processes_at_once_seed_once_and_every_total_is_its_rows() -> None:
    assert sorted(await asyncio.gather(seed(now=NOW), seed(now=NOW))) == [False, True]
    assert await Federation.all().count() == 1
    assert await seed(now=NOW + timedelta(days=1)) is False

    assert not await recount(now=NOW)
    assert await value("SELECT count(*) FROM tally_entry") == 0
    campaigns = await public_campaigns()
    totals = await counts([campaign.petition_id for campaign in campaigns])
    assert sum(totals.values()) == await value("SELECT count(*) FROM signature")

    await look_alive(totals)
    await nobody_real_is_written_to()


async def look_alive(totals: Any) -> None:
    """Every screen has something to show: states, updates, countries, signers who agreed to be shown."""
    campaigns = await public_campaigns()
    assert {CampaignState.OPEN, CampaignState.ENDED} <= {campaign.state for campaign in campaigns}
    federation = await the_federation()
    assert federation is not None
    assert federation.organizations
    for campaign in campaigns:
        assert totals[campaign.petition_id] > 0
        assert len(await counts_by_country(campaign.petition_id)) > 1
        assert await recent_shown(campaign.petition_id)
        assert campaign.opens_at <= NOW
        assert await value("SELECT max(confirmed_at) <= $1 FROM signature", NOW)


async def nobody_real_is_written_to() -> None:
    assert await value("SELECT count(*) FROM message") == 0
    assert await value("SELECT count(*) FROM supporter WHERE email NOT LIKE '%.example'") == 0
    assert await value("SELECT count(*) FROM consent WHERE purpose = 'newsletter'") == 0


async def test_the_people_are_the_same_each_time_and_only_the_days_move() -> None:
    assert await seed(now=NOW)
    first = await signed()
    await empty()
    assert await seed(now=NOW + timedelta(days=7))
    second = await signed()
    week = timedelta(days=7)
    assert [{**row, "signed_at": row["signed_at"] + week} for row in first] == second


async def test_a_database_with_a_federation_is_left_alone() -> None:
    await open_petition()
    assert await seed(now=NOW) is False
    assert await value("SELECT count(*) FROM campaign") == 1
    assert await value("SELECT count(*) FROM signature") == 0
