"""Mail that comes back by way of a maildir: a server writes into new/, what was recorded is moved to cur/."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 1024 * 1024


class NotAMail(Exception):
    """A file that cannot be read: no permission, no plain file. It stays where it is."""


def new_mails(folder: Path) -> Iterator[Path]:
    """The files in new/, one after the other and in no order. Raises OSError when there is no such folder."""
    with os.scandir(folder / "new") as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                yield Path(entry.path)


def content(path: Path) -> bytes | None:
    """The first MiB of a mail; None when another worker moved it away. Raises NotAMail.

    Neither a link out of the maildir is followed, nor does a pipe keep us waiting.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotAMail from error
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise NotAMail
        with os.fdopen(number, "rb", closefd=False) as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise NotAMail from error
    finally:
        os.close(number)


def put_away(path: Path) -> None:
    """Move a mail to cur/, marked as seen; nothing when another worker did."""
    with suppress(FileNotFoundError):
        path.rename(path.parent.parent / "cur" / f"{path.name.partition(':')[0]}:2,S")
