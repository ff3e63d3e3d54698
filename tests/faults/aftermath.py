"""What the database and the mailboxes must hold after people signed and confirmed, whatever died meanwhile."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.faults.inboxes import Inboxes
from tests.faults.people import Person

OF_THE_RUN = "signature.email LIKE 'person%@%.example.org'"
SIGNATURES = f"""
SELECT signature.id, signature.email, signature.state, held, name, comment, country, signature.language, show_name,
       source, referred_by, campaign.slug
FROM signature JOIN petition ON petition.id = signature.petition_id
JOIN campaign ON campaign.id = petition.campaign_id WHERE {OF_THE_RUN}
"""
MESSAGES = f"""
SELECT signature.email, message.kind, message.state, message.repeats, message.last_error
FROM message JOIN signature ON signature.id = message.signature_id WHERE {OF_THE_RUN}
"""
TOTALS = """
SELECT petition.id, count(signature.id) AS rows,
       (SELECT count FROM tally_total WHERE petition_id = petition.id AND dimension = 'all') AS total
FROM petition LEFT JOIN signature ON signature.petition_id = petition.id AND signature.state = 'confirmed'
GROUP BY petition.id
"""
UNFINISHED = """
SELECT (SELECT count(*) FROM message WHERE state IN ('queued', 'sending')) + (SELECT count(*) FROM tally_entry)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """Every row of the people of the run, read once everything is quiet."""

    signatures: Sequence[asyncpg.Record]
    messages: Sequence[asyncpg.Record]
    totals: Sequence[asyncpg.Record]
    people_without_signature: int

    @property
    def repeated(self) -> int:
        """Mails that were given back because a worker died holding them."""
        return sum(message["repeats"] for message in self.messages)


async def read_aftermath(connection: asyncpg.Connection) -> Aftermath:
    return Aftermath(
        signatures=await connection.fetch(SIGNATURES),
        messages=await connection.fetch(MESSAGES),
        totals=await connection.fetch(TOTALS),
        people_without_signature=await connection.fetchval(
            "SELECT count(*) FROM supporter WHERE NOT EXISTS "
            "(SELECT FROM signature WHERE supporter_id = supporter.id)"
        ),
    )


async def is_quiet(connection: asyncpg.Connection) -> bool:
    """Is every mail sent and every row counted?"""
    return bool(await connection.fetchval(UNFINISHED) == 0)


def wrong_signatures(people: Iterable[Person], found: Aftermath) -> list[str]:
    """Who was answered with success and has not exactly one signature, with their newest words, in their state."""
    rows = defaultdict(list)
    for row in found.signatures:
        rows[row["email"]].append(row)
    wrong = []
    for person in people:
        kept = [_as_signed(row) for row in rows.pop(person.email, [])]
        if not person.signed_as:
            wrong.append(f"{person.number} was never answered")
        elif kept != [_promised(person)]:
            wrong.append(f"{person.number} ({person.habit}): {kept} instead of {_promised(person)}")
    return wrong + [f"nobody of ours: {email}" for email in rows]


def _promised(person: Person) -> dict[str, Any]:
    state = "withdrawn" if person.withdrawn else "confirmed" if person.confirmed else "pending"
    return {
        "slug": person.slug,
        "state": state,
        "held": None,
        "language": person.language,
        "name": person.signed_as["name"],
        "comment": person.signed_as["comment"],
        "country": person.signed_as["country"],
        "show_name": "show_name" in person.signed_as,
        "source": person.source,
        "referred_by": person.referred_by,
    }


def _as_signed(row: asyncpg.Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "email")}


def wrong_totals(found: Aftermath) -> list[str]:
    return [f"{row['total']} for {row['rows']} rows" for row in found.totals if row["total"] != row["rows"]]


def wrong_mails(people: Iterable[Person], found: Aftermath, inboxes: Inboxes) -> list[str]:
    """Who did not get a mail that is due, or got one more often than workers died holding it."""
    rows = defaultdict(list)
    for row in found.messages:
        rows[row["email"]].append(row)
    return [
        f"{person.number} ({person.habit}): {reason}"
        for person in people
        for reason in _wrong_for(person, rows[person.email], inboxes)
    ]


def _wrong_for(person: Person, messages: Sequence[asyncpg.Record], inboxes: Inboxes) -> Iterable[str]:
    if unsettled := [m["state"] for m in messages if m["state"] not in ("sent", "suppressed")]:
        yield f"a mail is {unsettled}"
    if not any(mail.asks_to_confirm for mail in inboxes.mails[person.email]):
        yield "no mail to confirm arrived"
    kinds = Counter(message["kind"] for message in messages if message["state"] == "sent")
    if person.confirmed and not person.withdrawn and kinds["thank_you"] != 1:
        yield "no thanks were sent"
    for asks in (True, False):
        what = "mails to confirm" if asks else "other mails"
        mails = [mail for mail in inboxes.mails[person.email] if mail.asks_to_confirm is asks]
        different = len({mail.message_id for mail in mails})
        mine = [message for message in messages if (message["kind"] == "confirm_signature") is asks]
        sent = sum(message["state"] == "sent" for message in mine)
        # A worker died between sending and recording: the mail goes again, unless it has been answered by then.
        repeats = sum(message["repeats"] for message in mine)
        if not sent <= different <= sent + repeats:
            yield f"{sent} {what} are recorded as sent, {different} arrived"
        if len(mails) > different + repeats:
            yield f"{len(mails)} {what}, {different} of them different, for {repeats} deaths of a worker"
