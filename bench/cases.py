"""What is measured against what: the rounds, in which a floor and its candidate take turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import httpx

from bench.load import LoadError
from bench.processes import Server
from bench.stage import Run, Stage

BARE_INSERT = "bare form insert"
SIGN = "sign"
CONFIRM = "confirm"
LARGEST_HEAD = 2_000  # bytes of status line and headers
MOST_FASTER = (
    3  # confirmations made ready: as many as if confirming were so many times as fast as the bare insert
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the report. `least` is the share of the floor's rate that it must reach."""

    name: str
    floor: str = ""
    least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to ask for, and the constant page of as many bytes beside it."""

    name: str
    path: str
    encoding: str
    least: float | None

    @property
    def floor(self) -> str:
        return f"constant page for {self.name}"


@dataclass(slots=True)
class Results:
    """All runs of each case, in the order of the rounds."""

    runs: dict[str, list[Run]] = field(default_factory=dict)

    def add(self, name: str, run: Run) -> Run:
        self.runs.setdefault(name, []).append(run)
        return run

    def ratio(self, case: Case) -> float | None:
        """The median over the rounds of candidate to floor, each pair measured one after the other."""
        if not case.floor:
            return None
        pairs = zip(self.runs[case.name], self.runs[case.floor], strict=True)
        return median(candidate.load.rate / floor.load.rate for candidate, floor in pairs)


def pages(slug: str) -> Sequence[Page]:
    path = f"/en/campaigns/{slug}"
    return (
        Page(name="campaign page, gzip", path=path, encoding="gzip, br", least=0.5),
        Page(name="campaign page, plain", path=path, encoding="identity", least=0.5),
        Page(name="count.json", path=f"/campaigns/{slug}/count.json", encoding="identity", least=None),
        Page(name="sign form", path=f"{path}/sign", encoding="gzip, br", least=None),
    )


def cases(slug: str) -> Sequence[Case]:
    """In the order in which they are printed."""
    listed = [
        Case(name=BARE_INSERT),
        Case(name=SIGN, floor=BARE_INSERT, least=0.6),
        Case(name=CONFIRM, floor=BARE_INSERT, least=0.6),
    ]
    for page in pages(slug):
        listed += [Case(name=page.floor), Case(name=page.name, floor=page.floor, least=page.least)]
    return listed


async def writing_round(
    stage: Stage, insert_floor: Server, results: Results, *, seconds: float, connections: int
) -> None:
    """The bare insert, sign and confirm, one after the other."""
    floor = results.add(
        BARE_INSERT, await stage.insert(insert_floor, seconds=seconds, connections=connections)
    )
    results.add(SIGN, await stage.sign(seconds=seconds, connections=connections))
    most = int(MOST_FASTER * floor.load.rate * seconds) + 1_000
    results.add(CONFIRM, await stage.confirm(most=most, seconds=seconds, connections=connections))


async def reading_round(
    stage: Stage, page_floor: Server, results: Results, *, seconds: float, connections: int
) -> None:
    """Each page beside a constant one of its size. Raises LoadError when an answer was not the whole page."""
    for page in pages(stage.slug):
        size = await _size(stage.site.url + page.path, page.encoding)
        for name, server, path in (
            (page.floor, page_floor, f"/{size}"),
            (page.name, stage.site, page.path),
        ):
            run = await stage.page(
                server, path, encoding=page.encoding, seconds=seconds, connections=connections
            )
            if not size <= run.load.size <= size + LARGEST_HEAD:
                raise LoadError(f"{name}: answers of {run.load.size:.0f} bytes, and the page has {size}")
            results.add(name, run)


async def _size(url: str, encoding: str) -> int:
    """The bytes of the body as it travels."""
    async with httpx.AsyncClient(headers={"accept-encoding": encoding}, trust_env=False) as client:
        answer = await client.get(url)
    if answer.status_code != 200 or ("gzip" in encoding and "content-encoding" not in answer.headers):
        raise LoadError(f"{url}: status {answer.status_code}, {dict(answer.headers)}")
    return int(answer.headers["content-length"])


def missed(listed: Sequence[Case], ratios: Mapping[str, float | None]) -> list[str]:
    """The cases that did not reach their share of the floor."""
    return [
        case.name for case in listed if case.least is not None and (ratios[case.name] or 0.0) < case.least
    ]
