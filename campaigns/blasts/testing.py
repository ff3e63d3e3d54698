"""Send a test of a blast to somebody who works on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.errors import NotFound, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import queue_to_address
from campaigns.petitions.limits import Limit, count_hits
from campaigns.supporters.addresses import Address

TESTS = Limit(name="blast-test", most=20, window=timedelta(hours=1))

# Plan: the unique index on (blast_id, letter), and that on mailing_text.
WRITTEN = """
SELECT variant.mailing_id, text.language FROM blast_variant AS variant
JOIN mailing_text AS text ON text.mailing_id = variant.mailing_id
WHERE variant.blast_id = $1 AND variant.letter = $2 AND text.language = ANY($3::text[])
"""


async def send_test(
    blast_id: UUID,
    letter: str,
    *,
    languages: Collection[str],
    recipient: Address,
    reader_id: UUID | None = None,
    now: datetime,
) -> None:
    """Send a variant to an address, once in each of these languages, in whatever state the blast is.

    It says that it is a test, counts nowhere, and is filled for `reader_id`, or for nobody; its links never
    act for that reader. Raises NotFound when the variant is not written in one of the languages, and
    TooManyTries beyond twenty mails an hour for one blast, after which nothing of this is sent.
    """
    rows = await get_connection("default").execute_query_dict(WRITTEN, [blast_id, letter, list(languages)])
    if not rows or {row["language"] for row in rows} != set(languages):
        raise NotFound
    hit = (TESTS, blast_id.hex)
    hits = await count_hits(get_connection("default"), [hit] * len(rows), now=now)
    if hits[hit] > TESTS.most:
        raise TooManyTries
    async with in_transaction() as connection:
        for row in rows:
            await queue_to_address(
                connection,
                MessageKind.MAILING,
                f"test:{new_id().hex}",
                recipient=recipient.raw,
                language=row["language"],
                facts={"mailing": str(row["mailing_id"]), "reader": str(reader_id) if reader_id else None},
                now=now,
            )
