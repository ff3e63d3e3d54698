"""Somebody with something in every table that can hold a person, and somebody else with the same beside them.

    zoe = await live("zoe", petitions)
    await traces(zoe.markers)

Every value is unlike any other, so that a search for it finds this person and nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.campaign.models import Campaign, CampaignState, Outcome
from campaigns.ids import new_id
from campaigns.mail.models import Mailing, MailingText
from campaigns.petitions.limits import count_hits
from campaigns.rights.limits import ASKING_ADDRESS, address_hash
from campaigns.supporters.addresses import read_address
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from campaigns.tokens import keyring
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Petitions:
    """One of the federation and one of an organization that are open, one of the organization that is over, and one
    of the federation under which nobody ever confirms.
    """

    federation: OpenPetition
    organization: OpenPetition
    ended: OpenPetition
    unconfirmed: OpenPetition
    organization_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A person and the ids of their signatures.

    `markers` are found nowhere but in rows about them; `written` are those of them that a download should have.
    """

    id: UUID
    email: str
    name: str
    federation: UUID
    organization: UUID
    ended: UUID
    pending: UUID
    written: tuple[str, ...]
    markers: tuple[str, ...]


async def four_petitions(*, federation: OpenPetition | None = None) -> Petitions:
    """The petitions of a test; the federation's may be there already."""
    organization = (await small_federation()).organization
    petitions = Petitions(
        federation=federation or await open_petition(slug="clean-air"),
        organization=await open_petition(slug="clean-water"),
        ended=await open_petition(slug="clean-soil"),
        unconfirmed=await open_petition(slug="clean-light"),
        organization_id=organization.id,
    )
    await rows(
        "UPDATE campaign_text SET title = 'Clean ' || substr(slug, 7) || ' (' || language || ')' "
        "FROM campaign WHERE campaign.id = campaign_id"
    )
    for each in (petitions.organization, petitions.ended):
        await Campaign.filter(id=each.campaign.id).update(organization_id=organization.id)
    return petitions


async def end(petition: OpenPetition, *, months_ago: int = 0) -> None:
    """The campaign is over, since so many months (of 30 days)."""
    await Campaign.filter(id=petition.campaign.id).update(
        state=CampaignState.ENDED, outcome=Outcome.WON, ended_at=NOW - timedelta(days=30 * months_ago)
    )


async def live(who: str, petitions: Petitions) -> Life:
    """Sign everywhere, agree to everything, be mailed, bounce, travel, move: one life. The ended petition is ended."""
    email, name, comment = f"{who.upper()}.Life@mail-of-{who}.example", f"Life of {who}", f"Reason of {who}"
    network = f"network-of-{who}"[:22]
    organization_id = petitions.organization_id
    agreed = tuple(
        [
            (each, await remember_wording(each, "en", f"I agree to {each}.", now=NOW))
            for each in ConsentPurpose
        ]
    )
    common = {"email": email, "name": name, "comment": comment, "network": network, "show_name": True}
    common |= {"affiliation_id": organization_id, "consents": agreed}
    await Campaign.filter(id=petitions.ended.campaign.id).update(
        state=CampaignState.OPEN, outcome=None, ended_at=None
    )
    federation = await sign_and_confirm(petitions.federation, **common)
    organization = await sign_and_confirm(petitions.organization, newsletter_of=organization_id, **common)
    ended = await sign_and_confirm(petitions.ended, newsletter_of=organization_id, **common)
    await end(petitions.ended)
    pending = await sign(petitions.unconfirmed, **common)
    key = read_address(email).key
    supporter: UUID = await value("SELECT id FROM supporter WHERE email_key = $1", key)
    await _be_mailed(who, supporter, organization_id, key, federation)
    await _travel_and_move(who, supporter, organization_id, key, federation)
    ids = (supporter, federation, organization, ended, pending)
    written = (email, key, name, comment, network, f"moved.{who}@elsewhere.example", *map(str, ids))
    return Life(
        id=supporter,
        email=email,
        name=name,
        federation=federation,
        organization=organization,
        ended=ended,
        pending=pending,
        written=written,
        markers=(*written, *(each.hex for each in ids), address_hash(key, keyring())),
    )


async def _be_mailed(who: str, supporter: UUID, organization_id: UUID, key: str, signature: UUID) -> None:
    for sender in (None, organization_id):
        mailing = await Mailing.create(
            source=f"{who}-{new_id().hex[-8:]}", organization_id=sender, created_at=NOW
        )
        await MailingText.create(
            mailing=mailing, language="en", subject="The street", preview="", heading="Soon", body="Hello",
            action_label="", action_url="",
        )  # fmt: skip
        for state in ("sent", "queued"):
            await rows(
                "INSERT INTO message (key, kind, language, supporter_id, mailing_id, domain, state, priority, "
                "run_after, attempts, repeats, last_error, created_at, sent_at) "
                "VALUES ($1, 'mailing', 'en', $2, $3, 'mail.example', $4, 2, $5, 1, 0, '', $5, $5)",
                *(f"mailing:{mailing.id}:{supporter}:{state}", supporter, mailing.id, state, NOW),
            )
    await rows(
        "INSERT INTO mail_report (source, event_id, kind, message_id, reason, happened_at, received_at, to_read) "
        "SELECT 'inbound', $2 || id, 'delivered', id, '', $3, $3, false FROM message WHERE supporter_id = $1",
        *(supporter, who, NOW),
    )
    await rows(
        "INSERT INTO mail_report (source, event_id, kind, reason, happened_at, received_at, to_read, content) "
        "VALUES ('inbound', $1, 'unreadable', '', $2, $2, true, $3)",
        *(f"unread {who}", NOW, f"To: <{key.upper()}>\r\n\r\nno such \x00 mailbox".encode()),
    )
    await rows("INSERT INTO suppression VALUES ($1, 'unsubscribed', $2)", key, NOW)
    await rows(
        "INSERT INTO message (key, kind, language, recipient, facts, state, priority, run_after, attempts, repeats, "
        "last_error, created_at) "
        "VALUES ($1, 'mailing', 'en', 'editor@office.example', $2::jsonb, 'queued', 0, $3, 0, 0, '', $3)",
        *(f"test for {who}", f'{{"reader": "{supporter}"}}', NOW),
    )
    counted = (ASKING_ADDRESS, address_hash(key, keyring()))
    await count_hits(get_connection("default"), [counted], now=NOW)


async def _travel_and_move(
    who: str, supporter: UUID, organization_id: UUID, key: str, signature: UUID
) -> None:
    for sender in (None, organization_id):
        await rows(
            "WITH way AS (INSERT INTO journey (id, slug, name, organization_id, starts, stops, created_at) "
            "VALUES ($1, $2, 'Welcome', $3, 'signed', 'never', $4) RETURNING id) "
            "INSERT INTO traveler (journey_id, supporter_id, signature_id, next_position, due_at, started_at, "
            "ended_for) SELECT id, $5, $6, 1, $4, $4, '' FROM way",
            *(new_id(), f"{who}-{new_id().hex[-6:]}", sender, NOW, supporter, None if sender else signature),
        )
    change = new_id()
    moved = f"moved.{who}@elsewhere.example"
    await rows(
        "INSERT INTO address_change (id, supporter_id, email, email_key, asked_at) VALUES ($1, $2, $3, $3, $4)",
        *(change, supporter, moved, NOW),
    )
    await rows(
        "INSERT INTO message (key, kind, language, facts, state, priority, run_after, attempts, repeats, last_error, "
        "created_at, sent_at) VALUES ($1, 'address_changed', 'en', $2::jsonb, 'sent', 0, $3, 1, 0, '', $3, $3)",
        *(f"address_changed:{change.hex}", f'{{"change": "{change}"}}', NOW),
    )
    await rows(
        "INSERT INTO sweep (name, started_at, through) VALUES ($1, $2, $3)", f"sweep of {who}", NOW, supporter
    )
    await rows(
        "INSERT INTO blast (id, name, state, segment, author_id, time_zone, test_permille, decide_after, created_at, "
        "frozen_through) VALUES ($1, 'News', 'draft', '{}', $1, 'UTC', 0, 0, $2, $3)",
        *(new_id(), NOW, supporter),
    )


async def traces(markers: Iterable[str]) -> list[str]:
    """`table.column: marker` for every place in the whole database where one of these is written, in any case."""
    columns = await rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name NOT LIKE '%migration%'"
    )
    found = []
    sought = [each.lower() for each in markers]
    for column in columns:
        table, name = column["table_name"], column["column_name"]
        text = f"encode(\"{name}\", 'escape')" if column["data_type"] == "bytea" else f'"{name}"::text'
        hits = await rows(
            f'SELECT DISTINCT marker FROM "{table}", unnest($1::text[]) AS marker '
            f"WHERE position(marker IN lower({text})) > 0",
            sought,
        )
        found += [f"{table}.{name}: {hit['marker']}" for hit in hits]
    return sorted(found)
