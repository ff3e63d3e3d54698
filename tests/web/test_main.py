from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]
COMPLETE = {
    "DATABASE_URL": "postgres://127.0.0.1/nothing",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SECRET_KEY": "x" * 40,
}


def started(module: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=CLONE,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("module", ["web", "workers"])
def test_it_refuses_to_start_without_a_setting_and_names_the_one(module: str) -> None:
    lacking = {name: {**COMPLETE, name: ""} for name in COMPLETE}
    lacking["SECRET_KEY "] = {**COMPLETE, "SECRET_KEY": "too short a secret"}
    processes = {name: started(module, environment) for name, environment in lacking.items()}
    said = {name: process.communicate(timeout=60) for name, process in processes.items()}
    assert {process.returncode for process in processes.values()} == {2}
    for name in COMPLETE:
        output, complaint = said[name]
        assert output == ""
        (line,) = complaint.splitlines()
        assert line.startswith(f"{name} is missing")
    assert said["SECRET_KEY "] == ("", "SECRET_KEY must be a secret of at least 32 characters\n")
