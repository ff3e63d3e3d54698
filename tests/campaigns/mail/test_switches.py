"""The kill switches from a terminal: one command stops, another goes on, each says what stands still."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.anyio


def command(database_url: str, *arguments: str) -> tuple[int, str]:
    finished = subprocess.run(
        [sys.executable, "-m", "campaigns.mail.switches", *arguments],
        env={
            **os.environ,
            "ENVIRONMENT": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return finished.returncode, finished.stdout


@pytest.mark.usefixtures("database")
async def test_a_switch_is_thrown_shown_and_lifted(database_url: str) -> None:
    assert command(database_url) == (0, "")
    status, said = command(database_url, "stop", "bulk", "a wrong link")
    assert status == 0
    assert said.startswith("stopped: bulk, since ")
    assert said.endswith("UTC: a wrong link\n")
    assert command(database_url, "go", "bulk") == (0, "")


@pytest.mark.parametrize("arguments", [("stop",), ("stop", "everything", "why"), ("off",)])
async def test_what_is_no_command_changes_nothing(database_url: str, arguments: tuple[str, ...]) -> None:
    assert command(database_url, *arguments)[0] == 2
