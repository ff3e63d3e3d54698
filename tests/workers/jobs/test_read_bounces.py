from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from campaigns.mail.reports import Report
from tests.factories.rows import rows, value
from tests.settings import SETTINGS
from tests.web.site import Postbox
from tests.workers.feedback.bounces import bounce, message_sent
from workers.bootstrap import Workshop, workshop
from workers.feedback import receiving
from workers.jobs import read_bounces as job
from workers.jobs.read_bounces import MOST_MAILS, read_bounces
from workers.settings import JOBS

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Workshop:
    return workshop(replace(SETTINGS, bounce_maildir=folder), Postbox())


def put(folder: Path, raw: bytes, name: str = "1795079647.M1P2.mx") -> Path:
    path = folder / "new" / name
    path.write_bytes(raw)
    return path


def names(folder: Path, part: str) -> list[str]:
    return sorted(path.name for path in (folder / part).iterdir())


async def test_a_bounce_in_the_maildir_is_recorded_and_put_away(shop: Workshop, folder: Path) -> None:
    put(folder, bounce(await message_sent()))
    assert await read_bounces(shop) == 1
    assert await value("SELECT state FROM message") == "bounced"
    assert await rows("SELECT source, kind FROM mail_report") == [
        {"source": "maildir", "kind": "hard_bounce"}
    ]
    assert (names(folder, "new"), names(folder, "cur")) == ([], ["1795079647.M1P2.mx:2,S"])
    assert await read_bounces(shop) == 0


async def test_two_workers_at_once_record_each_mail_once(shop: Workshop, folder: Path) -> None:
    reference = await message_sent()
    for number in range(20):
        put(folder, bounce(reference, "postfix_mailbox_full") + b"%d" % number, f"mail{number}")
    await asyncio.gather(read_bounces(shop), read_bounces(shop), read_bounces(shop))
    assert await value("SELECT count(*) FROM mail_report") == 20
    assert await value("SELECT soft_bounces FROM supporter") == 20
    assert (len(names(folder, "new")), len(names(folder, "cur"))) == (0, 20)


async def test_a_mail_stays_until_it_is_recorded(
    shop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, bounce(await message_sent()))

    async def fails(_report: Report, *, now: datetime) -> None:
        raise OSError("the database is away: amina@example.org")

    monkeypatch.setattr(receiving, "record_report", fails)
    with capture_logs() as lines:
        assert await read_bounces(shop) == 0
    assert "amina" not in str(lines)
    assert len(names(folder, "new")) == 1
    monkeypatch.undo()
    assert await read_bounces(shop) == 1
    assert await value("SELECT state FROM message") == "bounced"


async def test_a_database_that_is_away_is_not_asked_for_every_mail(
    shop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def fails(_report: Report, *, now: datetime) -> None:
        nonlocal asked
        asked += 1
        raise OSError

    monkeypatch.setattr(receiving, "record_report", fails)
    for number in range(30):
        put(folder, bounce("a" * 32), f"mail{number}")
    await read_bounces(shop)
    assert asked == job.MOST_TROUBLE
    assert len(names(folder, "new")) == 30


async def test_a_file_that_cannot_be_read_stays_and_is_told_once(shop: Workshop, folder: Path) -> None:
    (folder / "new" / "link").symlink_to("/etc/hostname")
    put(folder, bounce(await message_sent()))
    for _ in range(3):
        await read_bounces(shop)
    assert await rows("SELECT kind, reason, to_read FROM mail_report ORDER BY kind") == [
        {"kind": "hard_bounce", "reason": "5.1.1", "to_read": False},
        {"kind": "unreadable", "reason": "unreadable-file", "to_read": True},
    ]
    assert names(folder, "new") == ["link"]


async def test_a_run_takes_so_many_and_the_next_goes_on(
    shop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "MOST_MAILS", 3)
    assert MOST_MAILS > 3
    for number in range(5):
        put(folder, bounce("a" * 32, "vacation_unix") + b"%d" % number, f"mail{number}")
    assert [await read_bounces(shop) for _ in range(3)] == [3, 2, 0]


async def test_a_worker_that_is_asked_to_end_takes_no_more(shop: Workshop, folder: Path) -> None:
    put(folder, bounce("a" * 32))
    shop.stopping.set()
    assert await read_bounces(shop) == 0


async def test_without_a_maildir_there_is_nothing_to_do() -> None:
    assert await read_bounces(workshop(SETTINGS, Postbox())) == 0


async def test_a_maildir_that_is_not_there_is_an_error(shop: Workshop, folder: Path) -> None:
    gone = replace(shop.settings, bounce_maildir=folder / "elsewhere")
    with pytest.raises(FileNotFoundError):
        await read_bounces(workshop(gone, Postbox()))


async def test_it_runs_every_minute() -> None:
    (found,) = (each for each in JOBS if each.sweep is read_bounces)
    assert (len(found.second), found.minute, found.hour) == (1, None, None)
    assert found.timeout > job.LONGEST_RUN
