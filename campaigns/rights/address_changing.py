"""Change of address: a person's signatures and wishes move when the new mailbox and the old one have both agreed.

Whether the new address is known already shows nowhere until its owner has agreed. If it belongs to somebody, that
was the same person all along: the two become one, with one signature under each petition.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from campaigns.errors import Busy, LinkExpired, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.models import MessageKind, SuppressionReason
from campaigns.mail.outbox import Lane, queue_messages, queue_to_address
from campaigns.petitions.limits import count_hits
from campaigns.rights.erasing import hold
from campaigns.rights.limits import CHANGING_PERSON, CHANGING_TO_ADDRESS, CODE_TRIES, address_hash
from campaigns.rights.merging import merge
from campaigns.supporters.addresses import Address
from campaigns.tokens import Keyring

LIFETIME = timedelta(hours=72)
KEPT_FOR = timedelta(days=30)
TRIES = 3  # somebody may begin to use the new address in the very moment the change is made

STOP_OLDER = """
UPDATE address_change SET stopped_at = $2 WHERE supporter_id = $1 AND done_at IS NULL AND stopped_at IS NULL
"""
HOLD_PERSON = "SELECT language FROM supporter WHERE id = $1 AND confirmed_at IS NOT NULL FOR NO KEY UPDATE"
ADD = """
INSERT INTO address_change (id, supporter_id, email, email_key, asked_at) VALUES ($1, $2, $3, $4, $5)
"""
WANTS_NO_MAIL = f"""
SELECT FROM suppression WHERE email_key = $1 AND reason <> '{SuppressionReason.UNSUBSCRIBED}'
"""
NEWEST = "SELECT * FROM address_change WHERE supporter_id = $1 ORDER BY asked_at DESC, id DESC LIMIT 1"
FIND = "SELECT * FROM address_change WHERE id = $1"
STOP = """
UPDATE address_change SET stopped_at = coalesce(stopped_at, $2) WHERE id = $1 AND done_at IS NULL RETURNING id
"""
OTHER = "SELECT id FROM supporter WHERE email_key = $1 AND id <> $2"

# The new mailbox and the old one say yes in either order, each as often as they like.
AGREE = """
UPDATE address_change SET new_confirmed_at = CASE WHEN $3 THEN coalesce(new_confirmed_at, $2) ELSE new_confirmed_at END,
                          old_approved_at = CASE WHEN $3 THEN old_approved_at ELSE coalesce(old_approved_at, $2) END
WHERE id = $1 AND done_at IS NULL AND stopped_at IS NULL AND asked_at > $4
RETURNING new_confirmed_at IS NOT NULL AND old_approved_at IS NOT NULL AS agreed
"""

# The data-modifying parts run in one snapshot; the old address is what the statement answers.
MOVE = """
WITH before AS (SELECT id, email, email_key, language FROM supporter WHERE id = $1), moved AS (
    UPDATE supporter SET email = $2, email_key = $3, soft_bounces = 0 WHERE id = $1
), signed AS (
    UPDATE signature SET email = $2 WHERE supporter_id = $1
), repaced AS (
    UPDATE message SET domain = lower(split_part($2, '@', 2))
    WHERE supporter_id = $1 AND state = 'queued' AND domain IS NOT NULL
), done AS (
    UPDATE address_change SET done_at = $4 WHERE id = $5
)
SELECT email, email_key, language FROM before
"""

# What a person wants goes with them; that a mailbox was full or gone stays behind, with nobody to know it.
CARRY_WISHES = f"""
WITH left_behind AS (
    DELETE FROM suppression WHERE email_key = $1::text AND $1::text <> $2::text RETURNING reason, since
)
INSERT INTO suppression (email_key, reason, since)
SELECT $2::text, reason, since FROM left_behind
WHERE reason NOT IN ('{SuppressionReason.HARD_BOUNCE}', '{SuppressionReason.SOFT_BOUNCES}')
ON CONFLICT (email_key) DO UPDATE SET reason = excluded.reason, since = excluded.since
WHERE suppression.reason = '{SuppressionReason.UNSUBSCRIBED}'
"""

FORGET_OLD = "DELETE FROM address_change WHERE asked_at < $1 OR (done_at IS NULL AND asked_at < $2)"


class ChangeState(StrEnum):
    OPEN = "open"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A wish to be reached elsewhere, and who has agreed so far."""

    id: UUID
    supporter_id: UUID
    email: str = field(repr=False)
    state: ChangeState
    asked_at: datetime
    new_agreed: bool
    old_agreed: bool


async def ask_for_change(supporter_id: UUID, address: Address, *, keys: Keyring, now: datetime) -> None:
    """Write to both mailboxes and ask each for its yes. An older wish that is not done yet is stopped.

    Raises TooManyTries beyond five a day, LinkExpired when the person is gone. An address that is asked for more often
    than that, or wants no mail, is not written to, and nobody is told.
    """
    of_person = (CHANGING_PERSON, supporter_id.hex)
    to_address = (CHANGING_TO_ADDRESS, address_hash(address.key, keys))
    hits = await count_hits(get_connection("default"), [of_person, to_address], now=now)
    if hits[of_person] > CHANGING_PERSON.most:
        raise TooManyTries
    change_id = new_id()
    async with in_transaction() as connection:
        person = await connection.execute_query_dict(HOLD_PERSON, [supporter_id])
        if not person:
            raise LinkExpired
        await connection.execute_query_dict(STOP_OLDER, [supporter_id, now])
        await connection.execute_query_dict(ADD, [change_id, supporter_id, address.raw, address.key, now])
        kinds = [MessageKind.ADDRESS_CHANGE_NOTICE]
        if hits[to_address] <= CHANGING_TO_ADDRESS.most and not await connection.execute_query_dict(
            WANTS_NO_MAIL, [address.key]
        ):
            kinds.append(MessageKind.ADDRESS_CHANGE_CONFIRM)
        for kind in kinds:
            await queue_messages(
                connection,
                kind,
                [(change_id.hex, supporter_id, None, person[0]["language"])],
                lane=Lane.AWAITED,
                now=now,
                facts={"change": str(change_id)},
            )


async def newest_change(supporter_id: UUID, *, now: datetime) -> Change | None:
    """What a person last asked for."""
    rows = await get_connection("default").execute_query_dict(NEWEST, [supporter_id])
    return _change(rows[0], now=now) if rows else None


async def change_by_id(change_id: UUID, *, now: datetime) -> Change | None:
    """One wish, for whoever holds one of its links."""
    rows = await get_connection("default").execute_query_dict(FIND, [change_id])
    return _change(rows[0], now=now) if rows else None


async def confirm_new(change_id: UUID, *, now: datetime) -> None:
    """The new mailbox says yes. Raises LinkExpired for a wish that is stopped, too old or gone."""
    await _agree(change_id, is_new=True, now=now)


async def approve(change_id: UUID, *, now: datetime) -> None:
    """The old mailbox says yes. Raises LinkExpired for a wish that is stopped, too old or gone."""
    await _agree(change_id, is_new=False, now=now)


async def stop(change_id: UUID, *, now: datetime) -> None:
    """The old mailbox says no. Raises LinkExpired when it is done already, or gone."""
    if not await get_connection("default").execute_query_dict(STOP, [change_id, now]):
        raise LinkExpired


async def confirm_by_code(supporter_id: UUID, code: str, *, keys: Keyring, now: datetime) -> bool:
    """Is this the code that was mailed to the new address? Then it has said yes. Five tries a day."""
    change = await newest_change(supporter_id, now=now)
    if change is None or change.state is not ChangeState.OPEN:
        return False
    tried = (CODE_TRIES, change.id.hex)
    hits = await count_hits(get_connection("default"), [tried], now=now)
    is_right = hmac.compare_digest(keys.six_digits(change.id, 0).encode(), code.encode())
    if not is_right or hits[tried] > CODE_TRIES.most:
        return False
    await confirm_new(change.id, now=now)
    return True


async def forget_old_changes(*, now: datetime) -> None:
    """Delete wishes nobody can fulfil any more, and those long done."""
    await get_connection("default").execute_query_dict(FORGET_OLD, [now - KEPT_FOR, now - LIFETIME])


async def _agree(change_id: UUID, *, is_new: bool, now: datetime) -> None:
    for _ in range(TRIES):
        try:
            async with in_transaction() as connection:
                await _agree_once(connection, change_id, is_new=is_new, now=now)
        except IntegrityError:
            continue  # the new address began to be somebody's after we looked; now they are there to be found
        return
    raise Busy


async def _agree_once(connection: BaseDBAsyncClient, change_id: UUID, *, is_new: bool, now: datetime) -> None:
    found = await connection.execute_query_dict(FIND, [change_id])
    if not found:
        raise LinkExpired
    supporter_id, email, key = (found[0][name] for name in ("supporter_id", "email", "email_key"))
    others = [row["id"] for row in await connection.execute_query_dict(OTHER, [key, supporter_id])]
    await hold(connection, [supporter_id, *others])
    agreed = await connection.execute_query_dict(AGREE, [change_id, now, is_new, now - LIFETIME])
    if not agreed:
        change = await change_by_id(change_id, now=now)
        if change is None or change.state is not ChangeState.DONE:
            raise LinkExpired
        return
    if not agreed[0]["agreed"]:
        return
    for other in others:
        await merge(connection, keeper=supporter_id, other=other, now=now)
    (before,) = await connection.execute_query_dict(MOVE, [supporter_id, email, key, now, change_id])
    await connection.execute_query_dict(CARRY_WISHES, [before["email_key"], key])
    await queue_to_address(
        connection,
        MessageKind.ADDRESS_CHANGED,
        change_id.hex,
        recipient=before["email"],
        language=before["language"],
        facts={"change": str(change_id)},
        now=now,
    )


def _change(row: dict[str, Any], *, now: datetime) -> Change:
    if row["done_at"] is not None:
        state = ChangeState.DONE
    elif row["stopped_at"] is not None:
        state = ChangeState.STOPPED
    else:
        state = ChangeState.OPEN if row["asked_at"] > now - LIFETIME else ChangeState.EXPIRED
    return Change(
        id=row["id"],
        supporter_id=row["supporter_id"],
        email=row["email"],
        state=state,
        asked_at=row["asked_at"],
        new_agreed=row["new_confirmed_at"] is not None,
        old_agreed=row["old_approved_at"] is not None,
    )
