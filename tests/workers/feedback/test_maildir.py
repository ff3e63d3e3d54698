from __future__ import annotations

import os
from pathlib import Path

import pytest

from workers.feedback.maildir import MOST_BYTES, NotAMail, content, new_mails, put_away


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    return tmp_path


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_only_finished_mails_are_new(folder: Path) -> None:
    for name in (
        "new/1795079647.M1P2.mx",
        "new/.hidden",
        "tmp/1795079647.M3P4.mx",
        "cur/1795079647.M5P6.mx:2,S",
    ):
        (folder / name).touch()
    assert [path.name for path in new_mails(folder)] == ["1795079647.M1P2.mx"]


def test_a_mail_that_was_read_is_put_away_as_seen_and_only_once(folder: Path) -> None:
    path = folder / "new" / "1795079647.M1P2.mx"
    path.write_bytes(b"From: a server")
    assert content(path) == b"From: a server"
    put_away(path)
    put_away(path)
    assert list(new_mails(folder)) == []
    assert (folder / "cur" / "1795079647.M1P2.mx:2,S").read_bytes() == b"From: a server"
    assert content(path) is None


def test_a_large_mail_is_read_in_part(folder: Path) -> None:
    path = folder / "new" / "large"
    path.write_bytes(b"x" * (10 * MOST_BYTES))
    read = content(path)
    assert read is not None
    assert len(read) == MOST_BYTES


def test_what_is_no_plain_file_is_not_read(folder: Path) -> None:
    secret = folder / "secret"
    secret.write_bytes(b"not for a report")
    (folder / "new" / "link").symlink_to(secret)
    (folder / "new" / "folder").mkdir()
    os.mkfifo(folder / "new" / "pipe")
    before = open_files()
    for name in ("link", "folder", "pipe"):
        with pytest.raises(NotAMail):
            content(folder / "new" / name)
    assert open_files() == before
