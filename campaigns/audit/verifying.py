"""`python -m campaigns.audit.verifying`: is every entry of the audit log as it was written, and is none missing?

It ends with status 1 and names the first entry that is not. What it prints of a sound log, number and hash of the
newest entry, is worth keeping elsewhere: handed in again as `NUMBER:HASH`, it proves that nothing up to there was cut
off or made anew.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection

from campaigns.audit.recording import FIRST, entry_hash
from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.settings import settings

BATCH = 1_000

# Plan: a range of the primary key.
NEXT_ENTRIES = "SELECT * FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`entries` were sound, the newest of them with `newest_hash`; `broken` is the number of the first that is not, and
    `problem` what is wrong with it: changed, missing, or not the one that was expected.
    """

    entries: int
    newest_hash: str
    broken: int | None = None
    problem: str = ""


async def verify_chain(*, expected: tuple[int, str] | None = None) -> Verdict:
    """Read the log from its first entry on, BATCH entries in memory at a time.

    `expected` is number and hash of an entry as they were once.
    """
    connection = get_connection("default")
    seq, newest = 0, FIRST
    while rows := await connection.execute_query_dict(NEXT_ENTRIES, [seq, BATCH]):
        for row in rows:
            problem = _problem(row, seq=seq + 1, previous=newest, expected=expected)
            if problem:
                return Verdict(entries=seq, newest_hash=newest, broken=seq + 1, problem=problem)
            seq, newest = row["seq"], row["hash"]
    if expected is not None and seq < expected[0]:
        return Verdict(entries=seq, newest_hash=newest, broken=seq + 1, problem="missing")
    return Verdict(entries=seq, newest_hash=newest)


def _problem(row: Mapping[str, Any], *, seq: int, previous: str, expected: tuple[int, str] | None) -> str:
    if row["seq"] != seq:
        return "missing"
    facts = json.loads(row["facts"]) if isinstance(row["facts"], str) else row["facts"]
    if row["previous_hash"] != previous or entry_hash({**row, "facts": facts}) != row["hash"]:
        return "changed"
    if expected is not None and seq == expected[0] and row["hash"] != expected[1]:
        return "not the one expected"
    return ""


async def _verify(database_url: str, expected: tuple[int, str] | None) -> Verdict:
    await Tortoise.init(config=tortoise_config(database_url, pool=1))
    try:
        return await verify_chain(expected=expected)
    finally:
        await Tortoise.close_connections()


def _read(argument: str) -> tuple[int, str]:
    number, _, digest = argument.partition(":")
    if not number.isascii() or not number.isdigit() or len(digest) != len(FIRST):
        raise ValueError
    return int(number), digest


def main(arguments: list[str]) -> int:
    try:
        expected = _read(arguments[0]) if arguments else None
    except ValueError:
        sys.stderr.write("usage: python -m campaigns.audit.verifying [NUMBER:HASH]\n")
        return 2
    try:
        verdict = asyncio.run(_verify(settings().database_url, expected))
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if verdict.broken is not None:
        sys.stderr.write(
            f"entry {verdict.broken} is {verdict.problem}; {verdict.entries} before it are sound\n"
        )
        return 1
    sys.stdout.write(
        f"{verdict.entries} entries, all sound; newest {verdict.entries}:{verdict.newest_hash}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
