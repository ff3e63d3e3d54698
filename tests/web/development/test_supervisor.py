"""The supervisor, with small shell scripts in the places of the site and the servers."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from web.development import supervisor as supervisor_module
from web.development.arrangement import CLONE
from web.development.leftovers import PidFolder, start_mark
from web.development.process import Process
from web.development.supervisor import StartError, StopAskedError, Supervisor

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 0.01)


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    made = Supervisor(PidFolder(tmp_path / "pids"))
    yield made
    made.ask_to_stop()
    made.ask_to_stop()
    await made.stop()


def script(folder: Path, text: str, *, name: str = "worker") -> Process:
    return Process(
        name=name, command=("/bin/sh", "-c", text), environment={"PATH": os.defpath}, directory=folder
    )


async def until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


async def test_a_process_that_dies_is_started_again(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await supervisor.start(script(tmp_path, "echo started >> starts; exit 3"))
    await until(lambda: len(lines(tmp_path / "starts")) >= 3)
    assert "worker ended (exit 3); starting it again in 0.01 s" in capsys.readouterr().out


async def test_the_pauses_grow_while_it_keeps_dying(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await supervisor.start(script(tmp_path, "echo >> starts"))
    await until(lambda: len(lines(tmp_path / "starts")) >= 4)
    pauses = re.findall(r"again in ([\d.]+) s", capsys.readouterr().out)
    assert pauses[:3] == ["0.01", "0.02", "0.04"]


async def test_what_a_process_says_stands_behind_its_name(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await supervisor.run(script(tmp_path, "echo ready; echo trouble >&2", name="web"))
    assert capsys.readouterr().out == "web      | ready\nweb      | trouble\n"


async def test_stopping_lets_a_process_finish_its_work(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.start(
        script(
            tmp_path,
            "trap 'sleep 0.05; echo finished > end; exit' TERM; echo > up; while :; do sleep 0.01; done",
        )
    )
    await until((tmp_path / "up").exists)
    await supervisor.stop()
    assert lines(tmp_path / "end") == ["finished"]


async def test_a_process_that_does_not_listen_is_ended_by_force(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deaf = script(tmp_path, "trap '' TERM; echo $$ > up; while :; do sleep 0.01; done")
    await supervisor.start(replace(deaf, grace=0.05))
    await until(lambda: bool(lines(tmp_path / "up")))
    await supervisor.stop()
    assert start_mark(int(lines(tmp_path / "up")[0])) is None
    assert "did not stop within 0.05 s" in capsys.readouterr().out


async def test_asking_twice_does_not_wait(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = script(tmp_path, "trap '' TERM; echo $$ > up; while :; do sleep 0.01; done")
    await supervisor.start(replace(deaf, grace=60.0))
    await until(lambda: bool(lines(tmp_path / "up")))
    supervisor.ask_to_stop()
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    supervisor.ask_to_stop()
    await asyncio.wait_for(stopping, 5)
    assert start_mark(int(lines(tmp_path / "up")[0])) is None


async def test_a_grandchild_goes_with_its_parent(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.start(script(tmp_path, "sleep 60 & echo $! > grandchild; wait"))
    await until(lambda: bool(lines(tmp_path / "grandchild")))
    await supervisor.stop()
    grandchild = int(lines(tmp_path / "grandchild")[0])
    await until(lambda: start_mark(grandchild) is None)


async def test_the_servers_outlive_what_uses_them(supervisor: Supervisor, tmp_path: Path) -> None:
    text = "trap 'echo {} >> ends; exit' TERM; echo > {}; while :; do sleep 0.01; done"
    await supervisor.start(script(tmp_path, text.format("postgres", "postgres"), name="postgres"))
    await supervisor.start(
        script(tmp_path, text.format("web", "web"), name="web"),
        script(tmp_path, text.format("worker", "worker"), name="worker"),
    )
    await until(lambda: all((tmp_path / name).exists() for name in ("postgres", "web", "worker")))
    await supervisor.stop()
    assert sorted(lines(tmp_path / "ends")[:2]) == ["web", "worker"]
    assert lines(tmp_path / "ends")[2:] == ["postgres"]


async def test_a_server_that_does_not_start_says_why(supervisor: Supervisor, tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    broken = script(tmp_path, "echo no space left; exit 1", name="postgres")
    with pytest.raises(StartError, match=r"postgres did not start\.\n    no space left"):
        await supervisor.start(replace(broken, log=tmp_path / "log", is_ready=never))


async def test_a_step_that_fails_stops_the_start(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"migrate failed \(exit 4\)"):
        await supervisor.run(script(tmp_path, "exit 4", name="migrate"))


async def test_ctrl_c_in_the_middle_of_a_step_ends_it(supervisor: Supervisor, tmp_path: Path) -> None:
    step = asyncio.create_task(
        supervisor.run(script(tmp_path, "echo $$ > up; exec sleep 60", name="migrate"))
    )
    await until(lambda: bool(lines(tmp_path / "up")))
    supervisor.ask_to_stop()
    with pytest.raises(StopAskedError):
        await step
    assert start_mark(int(lines(tmp_path / "up")[0])) is None


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of the end of its parent")
async def test_nothing_survives_a_killed_supervisor(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from web.development.leftovers import PidFolder
from web.development.process import Process
from web.development.supervisor import Supervisor

async def main(folder):
    process = Process(name="worker", command=("/bin/sh", "-c", "echo $$ > up; exec sleep 60"),
                      environment={"PATH": "/bin:/usr/bin"}, directory=folder)
    await Supervisor(PidFolder(folder / "pids")).start(process)
    await asyncio.sleep(60)

asyncio.run(main(Path(sys.argv[1])))
"""
    killed = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=CLONE)
    await until(lambda: bool(lines(tmp_path / "up")))
    killed.kill()
    killed.wait()
    await until(lambda: start_mark(int(lines(tmp_path / "up")[0])) is None)
