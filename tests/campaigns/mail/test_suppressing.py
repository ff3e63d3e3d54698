"""The suppression list from a terminal: out as CSV, in again as it came, with every line that was not taken named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from campaigns.mail.models import Suppression
from tests.factories.petitions import NOW
from tests.factories.rows import rows

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


def command(database_url: str, *arguments: str) -> tuple[int, str, str]:
    finished = subprocess.run(
        [sys.executable, "-m", "campaigns.mail.suppressing", *arguments],
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
    return finished.returncode, finished.stdout, finished.stderr


async def test_the_list_comes_back_as_it_went(database_url: str, tmp_path: Path) -> None:
    listed = {"gone@example.org": "hard_bounce", "=cmd@example.org": "complaint", "no@example.org": "by_hand"}
    for key, reason in listed.items():
        await rows("INSERT INTO suppression VALUES ($1, $2, $3)", key, reason, NOW)
    status, text, _ = command(database_url, "export")
    assert status == 0
    assert text.splitlines()[:2] == ["email,reason,since", f"'=cmd@example.org,complaint,{NOW.isoformat()}"]
    await Suppression.all().delete()

    file = tmp_path / "list.csv"
    file.write_text(text + "not an address,,\nlate@example.org,,yesterday\n", encoding="utf-8")
    status, said, _ = command(database_url, "import", str(file))
    assert (status, said) == (
        0,
        "3 addresses taken, 2 lines refused\nline 5: address\nline 6: since\n",
    )
    assert {each.email_key: each.reason for each in await Suppression.all()} == listed
    assert {each.since for each in await Suppression.all()} == {NOW}


async def test_what_is_no_list_is_refused_in_one_line(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear all,\n", encoding="utf-8")
    assert command(database_url, "import", str(file)) == (1, "", "no-email-column\n")
    assert command(database_url, "import", str(tmp_path / "nothing"))[0] == 1
    assert command(database_url, "import")[0] == 2
