"""`make clean`: removes everything the other targets made. Runs with the system's Python and nothing else."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
MADE = (".venv", ".local", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def main() -> int:
    state = CLONE / ".local"
    state.mkdir(exist_ok=True)
    with (state / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Chorus runs from this folder. Stop it with Ctrl-C first.", file=sys.stderr)
            return 1
        cluster = state / "postgres"
        if cluster.is_symlink():  # root's, when the clone is closed to other users
            shutil.rmtree(cluster.resolve(), ignore_errors=True)
        for name in MADE:
            shutil.rmtree(CLONE / name, ignore_errors=True)
        for cache in CLONE.rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
