"""Runs that were never run."""

from __future__ import annotations

from bench.load import Load
from bench.stage import Run
from bench.usage import Usage


def run(rate: float, *, megabytes: int = 80) -> Run:
    """One second at `rate` requests/s on half a core."""
    load = Load(answers=int(rate), seconds=1.0, size=100.0, p50=10.0, p99=20.0)
    return Run(load=load, server=Usage(0.5, megabytes * 1_000_000), postgres=Usage(0.2, 30_000_000))
