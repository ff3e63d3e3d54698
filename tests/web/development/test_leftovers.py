from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.development.leftovers import PidFolder, start_mark


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_a_process_that_was_left_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    folder = PidFolder(tmp_path / "pids")
    folder.note(name="worker", pid=sleeper.pid, stop_signal=signal.SIGTERM)
    assert folder.end_leftovers() == ["worker"]
    assert sleeper.wait(5) == -signal.SIGTERM
    assert list(folder.folder.iterdir()) == []


def test_another_process_that_got_the_same_number_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    folder = PidFolder(tmp_path / "pids")
    folder.note(name="worker", pid=sleeper.pid, stop_signal=signal.SIGTERM)
    note = tmp_path / "pids" / "worker"
    mark = start_mark(sleeper.pid)
    assert mark is not None
    note.write_text(note.read_text().replace(mark, "an earlier start"))
    assert folder.end_leftovers() == []
    assert sleeper.poll() is None


def test_a_half_written_note_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "worker").write_text("12")
    assert PidFolder(tmp_path).end_leftovers() == []


def test_a_process_that_has_ended_has_no_mark(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()
    sleeper.wait()
    assert start_mark(sleeper.pid) is None
