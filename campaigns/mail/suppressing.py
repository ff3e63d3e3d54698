"""The suppression list: addresses that are not mailed, why and since when; in and out as CSV.

It is about mailboxes, not people: an imported list may name addresses nobody has signed with.

python -m campaigns.mail.suppressing export > list.csv
python -m campaigns.mail.suppressing import list.csv
"""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns import clock
from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.mail.models import Suppression, SuppressionReason
from campaigns.settings import settings
from campaigns.supporters.addresses import Address, AddressError, read_address

USAGE = "python -m campaigns.mail.suppressing export | import FILE\n"
COLUMNS = ("email", "reason", "since")
LARGEST_IMPORT = 5 * 1024 * 1024  # bytes
PAGE = 1_000
MOST_PROBLEMS = 100

# The strongest reason stays: who complained is not made one who merely unsubscribed. Plan: primary key.
SUPPRESS = """
INSERT INTO suppression (email_key, reason, since)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (email_key) DO UPDATE SET reason = excluded.reason, since = excluded.since
WHERE suppression.reason = 'unsubscribed' AND excluded.reason <> 'unsubscribed'
"""

PAGE_OF_LIST = (
    "SELECT email_key, reason, since FROM suppression WHERE email_key > $1 ORDER BY email_key LIMIT $2"
)


class ImportRefused(ChorusError):
    """The file is no list of addresses at all: nothing of it was taken. The message says what is wrong with it."""

    status = 400
    code = "import-refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not taken: its number in the file, from 1, and what is wrong: `address`, `reason` or `since`."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lines were taken, and which were not (the first MOST_PROBLEMS of them)."""

    taken: int
    refused: int
    problems: Sequence[Problem] = field(default_factory=tuple)


async def suppress(
    connection: BaseDBAsyncClient, keys: Iterable[str], reason: SuppressionReason, *, now: datetime
) -> None:
    """Mail these canonical addresses no more."""
    those = sorted(set(keys))
    await connection.execute_query_dict(SUPPRESS, [those, [reason.value] * len(those), [now] * len(those)])


async def lift(key: str) -> None:
    """Mail this canonical address again. One that was not suppressed is as good as lifted."""
    await Suppression.filter(email_key=key).delete()


async def export_suppressions() -> AsyncIterator[str]:
    """The whole list as CSV, a piece at a time, whatever its length."""
    yield ",".join(COLUMNS) + "\r\n"
    after = ""
    while True:
        rows = await get_connection("default").execute_query_dict(PAGE_OF_LIST, [after, PAGE])
        if not rows:
            return
        after = rows[-1]["email_key"]
        page = io.StringIO()
        writer = csv.writer(page)
        for row in rows:
            # What a spreadsheet would run as a formula is kept from it; read_line takes the mark off again.
            key = f"'{row['email_key']}" if row["email_key"][0] in "=+-@\t\r" else row["email_key"]
            writer.writerow((key, row["reason"], row["since"].isoformat()))
        yield page.getvalue()


async def import_suppressions(text: str, *, now: datetime) -> Imported:
    """Add the addresses of a CSV whose first line names the columns: `email`, and if there are, `reason`, `since`.

    Lines that cannot be read are counted and named, and the others taken; without a reason it is BY_HAND, without a
    date it is now. All that is taken is taken in one transaction. Raises ImportRefused.
    """
    if len(text.encode()) > LARGEST_IMPORT:
        raise ImportRefused("too-large")
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    if reader.fieldnames is None or "email" not in [name.strip().lower() for name in reader.fieldnames]:
        raise ImportRefused("no-email-column")
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames]
    taken: dict[str, tuple[SuppressionReason, datetime]] = {}
    problems: list[Problem] = []
    refused = 0
    try:
        for line in reader:
            read = _read_line(line, now=now)
            if isinstance(read, str):
                refused += 1
                if len(problems) < MOST_PROBLEMS:
                    problems.append(Problem(reader.line_num, read))
            else:
                taken[read[0].key] = read[1:]
    except csv.Error:
        raise ImportRefused("no-csv") from None
    async with in_transaction() as connection:
        keys = sorted(taken)
        for start in range(0, len(keys), PAGE):
            page = keys[start : start + PAGE]
            await connection.execute_query_dict(
                SUPPRESS, [page, [taken[key][0].value for key in page], [taken[key][1] for key in page]]
            )
    return Imported(len(taken), refused, problems)


def _read_line(
    line: Mapping[str, str | None], *, now: datetime
) -> tuple[Address, SuppressionReason, datetime] | str:
    try:
        address = read_address((line.get("email") or "").strip().removeprefix("'"))
    except AddressError:
        return "address"
    try:
        reason = SuppressionReason((line.get("reason") or "").strip().lower() or SuppressionReason.BY_HAND)
    except ValueError:
        return "reason"
    since = (line.get("since") or "").strip()
    try:
        moment = datetime.fromisoformat(since) if since else now
    except ValueError:
        return "since"
    return address, reason, moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _export() -> None:
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=1))
    try:
        async for piece in export_suppressions():
            sys.stdout.write(piece)
    finally:
        await Tortoise.close_connections()


async def _import(text: str) -> None:
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=1))
    try:
        imported = await import_suppressions(text, now=clock.now())
    finally:
        await Tortoise.close_connections()
    sys.stdout.write(f"{imported.taken} addresses taken, {imported.refused} lines refused\n")
    for problem in imported.problems:
        sys.stdout.write(f"line {problem.line}: {problem.what}\n")


def main() -> int:
    try:
        match sys.argv[1:]:
            case ["export"]:
                asyncio.run(_export())
            case ["import", path]:
                asyncio.run(_import(Path(path).read_text(encoding="utf-8")))
            case _:
                sys.stderr.write(USAGE)
                return 2
    except (ChorusError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
