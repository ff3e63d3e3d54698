"""The numbers as a person reads them, and as a file another program reads."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.stage import Run
from bench.usage import MEGABYTE

RESULTS = Path(__file__).parent / "results"
MOST_MEMORY = 150  # megabytes a process
HEAD = (
    "",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "cores",
    "ms/request",
    "MB",
    "Postgres cores",
    "of its floor",
    "target",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case: medians over its rounds. `cpu` in cores, `work` in milliseconds of a core for one request."""

    name: str
    rate: float
    p50: float
    p99: float
    cpu: float
    work: float
    memory: float
    postgres: float | None
    ratio: float | None
    least: float | None

    @property
    def reached(self) -> bool:
        return self.least is None or (self.ratio is not None and self.ratio >= self.least)


def line(name: str, runs: Sequence[Run], *, ratio: float | None = None, least: float | None = None) -> Line:
    return Line(
        name=name,
        rate=median(run.load.rate for run in runs),
        p50=median(run.load.p50 for run in runs),
        p99=median(run.load.p99 for run in runs),
        cpu=median(run.server.cpu for run in runs),
        work=median(1_000 * run.server.cpu / run.load.rate for run in runs),
        memory=max(run.server.memory for run in runs) / MEGABYTE,
        postgres=median(run.postgres.cpu if run.postgres else 0.0 for run in runs)
        if runs[0].postgres
        else None,
        ratio=ratio,
        least=least,
    )


def table(lines: Sequence[Line]) -> str:
    """The lines under each other, the first column to the left and the others to the right."""
    rows = [HEAD, *(_cells(each) for each in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def write_json(lines: Sequence[Line], *, options: dict[str, object], path: Path | None) -> Path:
    """Keep the numbers under `bench/results/`, or where the caller wants them."""
    now = datetime.now(UTC)
    chosen = path or RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    chosen.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    said = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine,
        "options": options,
        "lines": [asdict(each) | {"reached": each.reached} for each in lines],
    }
    chosen.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    return chosen


def _cells(each: Line) -> tuple[str, ...]:
    verdict = "" if each.least is None else f"{each.least:.2f} {'reached' if each.reached else 'MISSED'}"
    return (
        each.name,
        f"{each.rate:,.0f}",
        f"{each.p50:.1f}",
        f"{each.p99:.1f}",
        f"{each.cpu:.2f}",
        f"{each.work:.3f}",
        f"{each.memory:.0f}",
        "" if each.postgres is None else f"{each.postgres:.2f}",
        "" if each.ratio is None else f"{each.ratio:.2f}",
        verdict,
    )
