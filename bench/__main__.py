"""`python -m bench`: how fast signing, confirming and reading are, beside the least this machine can do."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.cases import Results, cases, reading_round, writing_round
from bench.database import servers
from bench.exactness import NotExactError
from bench.load import INSTALL, LoadError, can_drive
from bench.million import EMPTY, FULL, LEAST, fill_with_a_million, million_ratio, million_round
from bench.processes import Server, insert_floor, page_floor
from bench.report import MOST_MEMORY, Line, line, table, write_json
from bench.stage import Stage, stage
from web.development.ready import Ready
from web.development.supervisor import StartError

WARM_UP = 2.0  # seconds of everything, thrown away


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`rounds` of `seconds` each for every case; targets that are missed fail the run only when `check` says so."""

    seconds: float
    connections: int
    rounds: int
    million: bool
    check: bool
    json: Path | None


def main() -> int:
    options = _options()
    if not can_drive():
        print(INSTALL, file=sys.stderr)
        return 2
    try:
        with servers() as ready, tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
            lines = asyncio.run(_measure(ready, Path(folder), options))
    except (StartError, LoadError, NotExactError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"\n{table(lines)}")
    kept = write_json(
        lines,
        options={name: getattr(options, name) for name in ("seconds", "connections", "rounds")},
        path=options.json,
    )
    print(f"\nEvery answer was found in the database. The numbers are in {kept}.")
    problems = _problems(lines)
    for missed in problems:
        print(missed, file=sys.stderr)
    return 1 if options.check and problems else 0


async def _measure(ready: Ready, folder: Path, options: Options) -> Sequence[Line]:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(stage(ready, "first", folder))
        inserts = await stack.enter_async_context(insert_floor(first.database_url, log=folder / "insert.log"))
        constant = await stack.enter_async_context(page_floor(log=folder / "page.log"))
        lines = await _against_floors(first, inserts, constant, options)
        if options.million:
            full = await stack.enter_async_context(stage(ready, "million", folder))
            lines += await _with_a_million(first, full, options)
    return lines


async def _against_floors(first: Stage, inserts: Server, constant: Server, options: Options) -> list[Line]:
    results = Results()
    for number in range(options.rounds + 1):
        _say("warming up" if number == 0 else f"round {number} of {options.rounds}")
        chosen = results if number else Results()
        seconds = options.seconds if number else WARM_UP
        await writing_round(first, inserts, chosen, seconds=seconds, connections=options.connections)
        await reading_round(first, constant, chosen, seconds=seconds, connections=options.connections)
    return [
        line(case.name, results.runs[case.name], ratio=results.ratio(case), least=case.least)
        for case in cases(first.slug)
    ]


async def _with_a_million(empty: Stage, full: Stage, options: Options) -> list[Line]:
    _say("writing a million signatures")
    await fill_with_a_million(full)
    results = Results()
    for number in range(options.rounds + 1):
        _say("warming up" if number == 0 else f"a million and none, round {number} of {options.rounds}")
        await million_round(
            empty,
            full,
            results if number else Results(),
            number=number,
            seconds=options.seconds if number else WARM_UP,
            connections=options.connections,
        )
    return [
        line(EMPTY, results.runs[EMPTY]),
        line(FULL, results.runs[FULL], ratio=million_ratio(results), least=LEAST),
    ]


def _problems(lines: Sequence[Line]) -> list[str]:
    slow = [f"{each.name}: {each.ratio:.2f} of {each.least:.2f}" for each in lines if not each.reached]
    return slow + [
        f"{each.name}: {each.memory:.0f} MB, and {MOST_MEMORY} are allowed"
        for each in lines
        if each.memory > MOST_MEMORY
    ]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run (default 5)")
    parser.add_argument("--connections", type=int, default=128, help="open at once (default 128)")
    parser.add_argument("--rounds", type=int, default=5, help="of floor and candidate in turn (default 5)")
    parser.add_argument("--million", action="store_true", help="sign with 1,000,000 signatures there, too")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the numbers go")
    given = parser.parse_args()
    return Options(**vars(given))


if __name__ == "__main__":
    sys.exit(main())
