"""`python -m campaigns.federation.seed`: the sample federation, once, so that every screen looks alive.

Always the same people and campaigns; only the dates move with the day of seeding. A database that has a federation is
left alone. No mail is written for anybody here: sample addresses end in `.example`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns import clock
from campaigns.campaign.models import Campaign, CampaignText, CampaignUpdate
from campaigns.database.config import tortoise_config
from campaigns.database.locks import Lock, take_until_commit
from campaigns.federation.loading import load_federation, read_federation_file
from campaigns.federation.models import Federation, FocusArea, MemberOrganization, Region
from campaigns.journeys.journey_file import read_journey_file
from campaigns.journeys.loading import load_journeys
from campaigns.petitions.counting import fold
from campaigns.petitions.models import Petition, PetitionText
from campaigns.settings import settings
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from campaigns.tokens import keyring

SAMPLE = Path(__file__).parent / "sample"
SOURCES = (("", 5), ("whatsapp", 4), ("instagram", 2), ("email", 2), ("event", 1))

ADD_PEOPLE = """
INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at)
SELECT id, email, email, language, signed_at, signed_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS fresh(id, email, language, signed_at)
"""

ADD_THEIR_SIGNATURES = """
INSERT INTO signature (id, petition_id, text_id, supporter_id, affiliation_id, state, email, name, country, language,
    comment, comment_state, show_name, source, referred_by, disposable, network_key, submission, mails, code_tries,
    signed_at, confirmed_at)
SELECT id, petition_id, text_id, supporter_id, affiliation_id, 'confirmed', email, name, country, language, comment,
    CASE comment WHEN '' THEN 'none' ELSE 'shown' END, show_name, source, referred_by, false, '', 1, 2, 0,
    signed_at, signed_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::bool[], $12::text[], $13::text[], $14::timestamptz[])
  AS fresh(id, petition_id, text_id, supporter_id, affiliation_id, email, name, country, language, comment, show_name,
           source, referred_by, signed_at)
"""

ADD_THEIR_CONSENTS = """
INSERT INTO consent (supporter_id, signature_id, purpose, wording_id, method, given_at, confirmed_at)
SELECT supporter_id, id, 'signature', ($2::uuid[])[array_position($3::text[], language::text)], 'web-form',
       signed_at, signed_at
FROM signature WHERE petition_id = $1
"""

COUNT_THEM = """
INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
SELECT petition_id, country, language, source, referred_by, date_trunc('hour', confirmed_at, 'UTC'), 1
FROM signature WHERE petition_id = $1
"""


async def seed(*, now: datetime) -> bool:
    """Load the sample federation, its campaigns, their signers and its journeys, in one transaction; False if one is
    there.

    Two processes may try at once: the second waits, and finds it done.
    """
    campaigns = _read("campaigns.json")["campaigns"]
    people = _read("people.json")
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.SEED)
        if await Federation.exists():
            return False
        await load_federation(read_federation_file(SAMPLE / "federation.json"))
        wordings = [
            await remember_wording(ConsentPurpose.SIGNATURE, language, "(sample data)", now=now)
            for language in ("en", "fr", "es", "ar")
        ]
        for number, each in enumerate(campaigns):
            petition = await _add_campaign(each, now=now)
            await _add_signers(connection, each, petition, people, wordings, number=number, now=now)
        await load_journeys(read_journey_file(SAMPLE / "journeys.toml"), now=now)
    while await fold():
        pass
    return True


async def _add_campaign(each: Mapping[str, Any], *, now: datetime) -> Petition:
    campaign = await Campaign.create(
        slug=each["slug"],
        focus_area=await FocusArea.get(code=each["focus_area"]),
        region=await Region.get(code=each["region"]) if each["region"] else None,
        organization=await MemberOrganization.get(slug=each["organization"])
        if each["organization"]
        else None,
        state=each["state"],
        outcome=each["outcome"],
        default_language=each["default_language"],
        opens_at=_day(now, each["opens_on_day"]),
        closes_at=_day(now, each["closes_on_day"]),
        ended_at=_day(now, each["ended_on_day"]),
        created_at=_day(now, each["opens_on_day"] - 14),
    )
    petition = await Petition.create(
        campaign=campaign, goal_steps=each["goal_steps"], created_at=campaign.created_at
    )
    for language, text in each["texts"].items():
        await CampaignText.create(
            campaign=campaign,
            language=language,
            title=text["title"],
            summary=text["summary"],
            story=text["story"],
            share_text=text["share_text"],
        )
        await PetitionText.create(
            petition=petition,
            language=language,
            version=1,
            addressee=text["addressee"],
            demand=text["demand"],
            published_at=campaign.opens_at,
        )
    for update in each["updates"]:
        for language, text in update["texts"].items():
            await CampaignUpdate.create(
                campaign=campaign,
                language=language,
                kind=update["kind"],
                title=text["title"],
                body=text["body"],
                published_at=_day(now, update["published_on_day"]),
            )
    return petition


async def _add_signers(
    connection: BaseDBAsyncClient,
    each: Mapping[str, Any],
    petition: Petition,
    people: Mapping[str, Any],
    wordings: Sequence[UUID],
    *,
    number: int,
    now: datetime,
) -> None:
    texts = {text.language: text.id for text in await PetitionText.filter(petition=petition)}
    affiliations: dict[str, list[UUID]] = {}
    for organization in await MemberOrganization.all():
        affiliations.setdefault(organization.country, []).append(organization.id)
    last_day = min(each["closes_on_day"] or 0, 0)
    rows = list(
        _signers(
            random.Random(f"chorus sample {number}"),  # noqa: S311 - sample data, the same every time
            people,
            petition_id=petition.id,
            texts=texts,
            affiliations=affiliations,
            comments=each["comments"],
            begin=now + timedelta(days=each["opens_on_day"]),
            days=last_day - each["opens_on_day"],
            how_many=each["signatures"],
            number=number,
        )
    )
    _, _, _, supporters, _, emails, _, _, languages, _, _, _, _, moments = columns = [
        list(column) for column in zip(*rows, strict=True)
    ]
    await connection.execute_query_dict(ADD_PEOPLE, [supporters, emails, languages, moments])
    await connection.execute_query_dict(ADD_THEIR_SIGNATURES, columns)
    await connection.execute_query_dict(
        ADD_THEIR_CONSENTS, [petition.id, list(wordings), ["en", "fr", "es", "ar"]]
    )
    await connection.execute_query_dict(COUNT_THEM, [petition.id])


def _signers(
    chance: random.Random,
    people: Mapping[str, Any],
    *,
    petition_id: UUID,
    texts: Mapping[str, UUID],
    affiliations: Mapping[str, Sequence[UUID]],
    comments: Mapping[str, Sequence[str]],
    begin: datetime,
    days: int,
    how_many: int,
    number: int,
) -> Iterator[tuple[Any, ...]]:
    """One row a signer, oldest first: many in the first days, a long tail, and a second wave late on."""
    countries, weights = zip(*people["countries"], strict=True)
    span = days * 86_400
    moments = sorted(
        min(chance.expovariate(4.0) if chance.random() < 0.75 else chance.betavariate(6, 2), 0.999) * span
        for _ in range(how_many)
    )
    links: list[str] = []
    unsaid = {language: chance.sample(said, len(said)) for language, said in comments.items()}
    for index, moment in enumerate(moments):
        country = chance.choices(countries, weights)[0]
        spoken = people["language_of"].get(country) or people["language_of"]["default"]
        language = chance.choices(list(spoken), list(spoken.values()))[0]
        language = language if language in texts else "en"
        signature_id = UUID(int=chance.getrandbits(128), version=4)
        source = chance.choices([name for name, _ in SOURCES], [weight for _, weight in SOURCES])[0]
        yield (
            signature_id,
            petition_id,
            texts[language],
            UUID(int=chance.getrandbits(128), version=4),
            chance.choice(affiliations[country])
            if country in affiliations and chance.random() < 0.7
            else None,
            f"person{index}.of{number}@people.example",
            chance.choice(people["names"].get(country) or people["names"]["default"]),
            country,
            language,
            unsaid[language].pop() if unsaid[language] and how_many - index < 60 and index % 2 else "",
            chance.random() < 0.6,
            source,
            chance.choice(links) if links and chance.random() < 0.3 else "",
            begin + timedelta(seconds=moment),
        )
        if chance.random() < 0.2:
            links.append(keyring().share_code(signature_id))


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SAMPLE / name).read_text(encoding="utf-8"))
    return data


def _day(now: datetime, offset: int | None) -> datetime | None:
    """Midday, UTC, so many days from now; None stays None."""
    if offset is None:
        return None
    return (now + timedelta(days=offset)).replace(hour=12, minute=0, second=0, microsecond=0)


async def _seed() -> bool:
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=2))
    try:
        return await seed(now=clock.now())
    finally:
        await Tortoise.close_connections()


def main() -> int:
    done = asyncio.run(_seed())
    sys.stdout.write("seeded the sample federation\n" if done else "a federation is there already\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
