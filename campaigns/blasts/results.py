"""What came of a blast, from totals that are kept as it goes; nothing is counted row by row, and nobody is
tracked.

Who acted came through the link of the mailing, which carries its source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.mail.counting import mailing_totals
from campaigns.mail.models import MessageState
from campaigns.petitions.models import Dimension

# What is folded and what is not yet. Plan: petitions are few, one probe of the unique index on tally_total
# each; tally_entry is short.
ACTED = f"""
SELECT mailing.id,
       (SELECT coalesce(sum(total.count), 0) FROM petition
        JOIN tally_total AS total ON total.petition_id = petition.id
         AND total.dimension = '{Dimension.SOURCE}' AND total.key = mailing.source)::int
       + (SELECT coalesce(sum(delta), 0) FROM tally_entry WHERE source = mailing.source)::int AS acted
FROM mailing WHERE mailing.id = ANY($1::uuid[])
"""

VARIANTS = "SELECT letter, mailing_id FROM blast_variant WHERE blast_id = $1 ORDER BY letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Mails of one mailing, or people where it says so.

    `sent` are all that were taken by a mail server, whatever became of them; `delivered` those of them a
    provider said it delivered, where providers say so; `acted` how many signatures count that came through
    its links.
    """

    queued: int = 0
    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    acted: int = 0
    failed: int = 0
    uncertain: int = 0
    suppressed: int = 0

    def __add__(self, other: Results) -> Results:
        return Results(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        )

    def share(self, part: int) -> float:
        """`part` of what was sent, 0 to 1; 0 when nothing was."""
        return part / self.sent if self.sent else 0.0

    @property
    def bounce_rate(self) -> float:
        return self.share(self.bounced)

    @property
    def complaint_rate(self) -> float:
        return self.share(self.complained)

    @property
    def unsubscribe_rate(self) -> float:
        return self.share(self.unsubscribed)

    @property
    def action_rate(self) -> float:
        return self.share(self.acted)


@dataclass(frozen=True, slots=True)
class BlastResults:
    """By letter of the variant, and all together."""

    variants: Mapping[str, Results]
    total: Results


async def blast_results(blast_id: UUID) -> BlastResults:
    """What came of a blast up to this moment; of one that is none, nothing did."""
    rows = await get_connection("default").execute_query_dict(VARIANTS, [blast_id])
    found = await results_of([row["mailing_id"] for row in rows])
    variants = {row["letter"]: found[row["mailing_id"]] for row in rows}
    return BlastResults(variants, sum(variants.values(), Results()))


async def results_of(mailings: Sequence[UUID]) -> Mapping[UUID, Results]:
    """What came of each of these mailings up to this moment."""
    totals = await mailing_totals(mailings)
    acted = {
        row["id"]: row["acted"]
        for row in await get_connection("default").execute_query_dict(ACTED, [list(mailings)])
    }
    return {each: _results(totals[each], acted.get(each, 0)) for each in mailings}


def _results(total: Mapping[str, int], acted: int) -> Results:
    def of(*whats: str) -> int:
        return sum(total.get(what, 0) for what in whats)

    bounced, complained = of(MessageState.BOUNCED), of(MessageState.COMPLAINED)
    delivered = of(MessageState.DELIVERED, MessageState.COMPLAINED)  # nobody complains of what never came
    return Results(
        queued=of(MessageState.QUEUED, MessageState.SENDING),
        sent=of(MessageState.SENT) + delivered + bounced,
        delivered=delivered,
        bounced=bounced,
        complained=complained,
        unsubscribed=of("unsubscribed"),
        acted=acted,
        failed=of(MessageState.FAILED),
        uncertain=of(MessageState.UNCERTAIN),
        suppressed=of(MessageState.SUPPRESSED),
    )
