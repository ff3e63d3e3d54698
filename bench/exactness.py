"""After each run: is everything there that was answered for, and nothing else?"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

WRITTEN = """
SELECT
    (SELECT count(*) FROM supporter) AS supporters,
    (SELECT count(*) FROM signature) AS signatures,
    (SELECT count(*) FROM signature WHERE held IS NOT NULL OR state NOT IN ('pending', 'confirmed')) AS held,
    (SELECT count(*) FROM signature WHERE state = 'confirmed') AS confirmed,
    (SELECT count(*) FROM consent WHERE purpose = 'signature') AS consents,
    (SELECT count(*) FROM message WHERE kind = 'confirm_signature') AS confirmation_mails,
    (SELECT count(*) FROM message WHERE kind = 'thank_you') AS thanks,
    (SELECT count(*) FROM message WHERE kind NOT IN ('confirm_signature', 'thank_you')) AS other_mails,
    (SELECT coalesce(sum(delta), 0) FROM tally_entry)
      + (SELECT coalesce(sum(count), 0) FROM tally_total WHERE dimension = 'all') AS counted
"""


class NotExactError(Exception):
    """The database does not hold what was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How many rows there are of each kind."""

    supporters: int
    signatures: int
    held: int
    confirmed: int
    consents: int
    confirmation_mails: int
    thanks: int
    other_mails: int
    counted: int


async def written(connection: asyncpg.Connection) -> Written:
    return Written(**dict(await connection.fetchrow(WRITTEN)))


def check_signing(before: Written, after: Written, *, answers: int, in_flight: int) -> None:
    """Every answer has its supporter, signature, consent and mail; up to `in_flight` more were written than answered.

    Raises NotExactError.
    """
    new = _difference(before, after)
    _expect("signatures", new["signatures"], answers, in_flight)
    for name in ("supporters", "consents", "confirmation_mails"):
        _expect(name, new[name], new["signatures"], 0)
    for name in ("held", "confirmed", "thanks", "other_mails", "counted"):
        _expect(name, new[name], 0, 0)


def check_confirming(before: Written, after: Written, *, answers: int, in_flight: int) -> None:
    """Every answer is counted once and thanked once; nothing else changed. Raises NotExactError."""
    new = _difference(before, after)
    _expect("confirmed", new["confirmed"], answers, in_flight)
    for name in ("counted", "thanks"):
        _expect(name, new[name], new["confirmed"], 0)
    for name in ("supporters", "signatures", "held", "consents", "confirmation_mails", "other_mails"):
        _expect(name, new[name], 0, 0)


def _difference(before: Written, after: Written) -> dict[str, int]:
    return {name: getattr(after, name) - getattr(before, name) for name in Written.__slots__}


def _expect(name: str, found: int, expected: int, in_flight: int) -> None:
    if not expected <= found <= expected + in_flight:
        raise NotExactError(f"{name}: {found} new rows for {expected} answers, at most {in_flight} in flight")
