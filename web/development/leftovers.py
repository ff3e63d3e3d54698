"""Processes a killed supervisor may have left: found again by number and start time, and ended."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from web.development.process import send

PATIENCE = 10.0  # seconds between asking and forcing


def start_mark(pid: int) -> str | None:
    """What tells this process from a later one with the same number; None when there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():  # macOS
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
        return answer.stdout.strip() or None
    try:
        # The second field is the command in brackets and may hold anything; state is the 3rd, start the 22nd.
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


class PidFolder:
    """One small file for each running process: its number, start mark and stop signal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self, *, name: str, pid: int, stop_signal: signal.Signals) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = start_mark(pid) or ""
        (self.folder / name).write_text(f"{pid}\n{mark}\n{int(stop_signal)}\n", encoding="utf-8")

    def forget(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """End what an earlier supervisor left and return the names. Only for the one who holds the lock."""
        left: list[tuple[str, int, str]] = []
        for file in sorted(self.folder.glob("*")):
            lines = file.read_text(encoding="utf-8").split("\n")
            if len(lines) >= 3 and lines[1] and start_mark(int(lines[0])) == lines[1]:
                send(signal.Signals(int(lines[2])), pid=int(lines[0]))
                left.append((file.name, int(lines[0]), lines[1]))
            else:
                file.unlink()
        deadline = time.monotonic() + PATIENCE
        for name, pid, mark in left:
            while start_mark(pid) == mark and time.monotonic() < deadline:
                time.sleep(0.05)
            if start_mark(pid) == mark:
                send(signal.SIGKILL, pid=pid)
                time.sleep(0.2)
            self.forget(name)
        return [name for name, _, _ in left]
