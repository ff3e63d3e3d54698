"""Move travelers on: queue the mail of their next step, or end their journey."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.journeys.models import JourneyStop
from campaigns.languages import DEFAULT_LANGUAGE
from campaigns.mail.contents import BROUGHT
from campaigns.mail.models import MessageKind, MessageState
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose
from campaigns.tokens import keyring

MOST_AT_ONCE = 500
LOOK_AGAIN = timedelta(hours=1)  # while the mail before is still in the outbox


class Ended(StrEnum):
    """Why a journey is over for somebody."""

    DONE = "done"
    UNSUBSCRIBED = "unsubscribed"
    WITHDRAWN = "withdrawn"
    BROUGHT_SOMEBODY = "brought_somebody"
    SIGNED_ANOTHER = "signed_another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`languages` are those its mailing speaks; `fallback` is that of the journey's campaign, if it has one."""

    position: int
    wait: timedelta
    mailing_id: UUID
    languages: frozenset[str]
    fallback: str

    def language_for(self, language: str) -> str:
        """Theirs, if the mailing speaks it."""
        wanted = (language, self.fallback, DEFAULT_LANGUAGE, *sorted(self.languages))
        return next(each for each in wanted if each in self.languages)


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a traveler: where they go next and when, or why they go no further; with the mail to queue."""

    next_position: int
    due_at: datetime | None
    ended_for: str = ""
    mail: Step | None = None


# A share of the journey keeps its steps from being loaded anew meanwhile. Plan: the partial index traveler_due in
# order, stopping at the limit; primary keys.
HOLD_DUE = """
SELECT traveler.id FROM traveler
JOIN journey ON journey.id = traveler.journey_id JOIN supporter ON supporter.id = traveler.supporter_id
WHERE traveler.ended_at IS NULL AND traveler.due_at <= $1
ORDER BY traveler.due_at LIMIT $2
FOR NO KEY UPDATE OF traveler SKIP LOCKED FOR KEY SHARE OF journey, supporter SKIP LOCKED
"""

# Plan: primary keys; the index on consent.supporter_id; the unique (supporter, petition) of signature.
TRAVELERS = f"""
SELECT traveler.id, traveler.journey_id, traveler.supporter_id, traveler.signature_id, traveler.next_position,
       supporter.language, signature.petition_id, journey.stops,
       NOT EXISTS (SELECT FROM consent WHERE consent.supporter_id = traveler.supporter_id
                   AND purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
                   AND consent.organization_id IS NOT DISTINCT FROM journey.organization_id) AS unsubscribed,
       coalesce(signature.state IN ('{SignatureState.WITHDRAWN}', '{SignatureState.INVALIDATED}'), false) AS withdrawn,
       journey.stops = '{JourneyStop.SIGNED_ANOTHER}' AND EXISTS (
           SELECT FROM signature AS other WHERE other.supporter_id = traveler.supporter_id
           AND other.id IS DISTINCT FROM traveler.signature_id AND other.state = '{SignatureState.CONFIRMED}'
           AND other.confirmed_at > traveler.started_at) AS signed_another
FROM traveler
JOIN journey ON journey.id = traveler.journey_id JOIN supporter ON supporter.id = traveler.supporter_id
LEFT JOIN signature ON signature.id = traveler.signature_id
WHERE traveler.id = ANY($1::bigint[])
ORDER BY traveler.supporter_id
"""

# Plan: the unique index on (journey, position); the index on mailing_text.mailing_id. Steps are few.
STEPS = """
SELECT step.journey_id, step.position, step.wait_hours, step.mailing_id,
       coalesce(campaign.default_language, '') AS fallback, array_agg(text.language::text) AS languages
FROM journey_step AS step
JOIN journey ON journey.id = step.journey_id LEFT JOIN campaign ON campaign.id = journey.campaign_id
JOIN mailing_text AS text ON text.mailing_id = step.mailing_id
WHERE step.journey_id = ANY($1::uuid[])
GROUP BY step.id, campaign.id ORDER BY step.position
"""

# Plan: the unique index on message.key.
MAILS = "SELECT key, state, sent_at FROM message WHERE key = ANY($1::text[])"

MOVE = """
UPDATE traveler SET next_position = move.next_position, due_at = move.due_at, ended_for = move.ended_for,
       ended_at = CASE WHEN move.due_at IS NULL THEN $5::timestamptz END
FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::text[]) AS move(id, next_position, due_at, ended_for)
WHERE traveler.id = move.id
"""


async def move_travelers(*, now: datetime) -> int:
    """Move up to 500 travelers on whose next step is due; answer how many, 0 when none is.

    Before each step it is asked whether the journey is over for them. The wait of the step after it counts from the
    moment this one's mail was really sent: neither an outage nor a paused outbox lets several come in one night.
    """
    async with in_transaction() as connection:
        due = await connection.execute_query_dict(HOLD_DUE, [now, MOST_AT_ONCE])
        if not due:
            return 0
        travelers = await connection.execute_query_dict(TRAVELERS, [[row["id"] for row in due]])
        steps = await _steps(connection, {row["journey_id"] for row in travelers})
        brought = await _brought(connection, travelers)
        mails = await _mails_before(connection, travelers, steps)
        moves = [
            _move(
                row,
                steps[row["journey_id"]],
                has_brought=row["id"] in brought,
                mail_before=mails.get(row["id"]),
                now=now,
            )
            for row in travelers
        ]
        await _queue(connection, travelers, moves, now=now)
        await connection.execute_query_dict(
            MOVE,
            [
                [row["id"] for row in travelers],
                [move.next_position for move in moves],
                [move.due_at for move in moves],
                [move.ended_for for move in moves],
                now,
            ],
        )
    return len(travelers)


def _move(
    traveler: Mapping[str, Any],
    steps: Sequence[Step],
    *,
    has_brought: bool,
    mail_before: Mapping[str, Any] | None,
    now: datetime,
) -> Move:
    position = traveler["next_position"]
    ended = _ended(traveler, has_brought=has_brought)
    ahead = [step for step in steps if step.position >= position]
    if ended or not ahead:
        return Move(position, None, ended or Ended.DONE)
    step = ahead[0]
    if mail_before is not None:
        if mail_before["state"] in (MessageState.QUEUED, MessageState.SENDING):
            return Move(position, now + LOOK_AGAIN)
        if mail_before["sent_at"] and mail_before["sent_at"] + step.wait > now:
            return Move(position, mail_before["sent_at"] + step.wait)
    if len(ahead) == 1:
        return Move(position, None, Ended.DONE, step)
    return Move(ahead[1].position, now + ahead[1].wait, "", step)


def _ended(traveler: Mapping[str, Any], *, has_brought: bool) -> str:
    if traveler["withdrawn"]:
        return Ended.WITHDRAWN
    if traveler["unsubscribed"]:
        return Ended.UNSUBSCRIBED
    if traveler["signed_another"]:
        return Ended.SIGNED_ANOTHER
    return Ended.BROUGHT_SOMEBODY if has_brought else ""


async def _steps(connection: BaseDBAsyncClient, journeys: set[UUID]) -> Mapping[UUID, Sequence[Step]]:
    steps: dict[UUID, list[Step]] = defaultdict(list)
    for row in await connection.execute_query_dict(STEPS, [list(journeys)]):
        steps[row["journey_id"]].append(
            Step(
                position=row["position"],
                wait=timedelta(hours=row["wait_hours"]),
                mailing_id=row["mailing_id"],
                languages=frozenset(row["languages"]),
                fallback=row["fallback"],
            )
        )
    return steps


async def _brought(connection: BaseDBAsyncClient, travelers: Sequence[Mapping[str, Any]]) -> set[int]:
    """Those whose journey ends when somebody signs through their link, and somebody has."""
    asking = {
        (row["petition_id"], keyring().share_code(row["signature_id"])): row["id"]
        for row in travelers
        if row["stops"] == JourneyStop.BROUGHT_SOMEBODY and row["petition_id"]
    }
    if not asking:
        return set()
    codes = {code: traveler for (_, code), traveler in asking.items()}
    rows = await connection.execute_query_dict(
        BROUGHT, [[petition for petition, _ in asking], [code for _, code in asking]]
    )
    return {codes[row["code"]] for row in rows if row["count"]}


async def _mails_before(
    connection: BaseDBAsyncClient,
    travelers: Sequence[Mapping[str, Any]],
    steps: Mapping[UUID, Sequence[Step]],
) -> Mapping[int, Mapping[str, Any]]:
    """By traveler, the mail of the step before the next, if it was queued."""
    keys: dict[str, int] = {}
    for row in travelers:
        behind = [step for step in steps[row["journey_id"]] if step.position < row["next_position"]]
        if behind:
            about = _about(behind[-1].mailing_id, row["supporter_id"])
            keys[f"{MessageKind.MAILING}:{about}"] = row["id"]
    if not keys:
        return {}
    return {keys[row["key"]]: row for row in await connection.execute_query_dict(MAILS, [list(keys)])}


async def _queue(
    connection: BaseDBAsyncClient,
    travelers: Sequence[Mapping[str, Any]],
    moves: Sequence[Move],
    *,
    now: datetime,
) -> None:
    mails: dict[UUID, list[tuple[str, UUID, UUID | None, str]]] = defaultdict(list)
    for row, move in zip(travelers, moves, strict=True):
        if move.mail is not None:
            mails[move.mail.mailing_id].append(
                (
                    _about(move.mail.mailing_id, row["supporter_id"]),
                    row["supporter_id"],
                    row["signature_id"],
                    move.mail.language_for(row["language"]),
                )
            )
    for mailing_id, rows in sorted(mails.items()):
        await queue_messages(
            connection, MessageKind.MAILING, rows, lane=Lane.BULK, now=now, mailing_id=mailing_id
        )


def _about(mailing_id: UUID, supporter_id: UUID) -> str:
    return f"{mailing_id.hex}:{supporter_id.hex}"
