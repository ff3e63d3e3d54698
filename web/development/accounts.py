"""The user PostgreSQL runs as: it refuses to run as root, and a container or a server often has only root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

UNPRIVILEGED = "nobody"  # on every Debian (base-passwd), so no account has to be created


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    def can(self, test: str, path: Path) -> bool:
        """Whether this user passes `test` (as in test(1): "-r", "-w", "-x") on the path.

        Tried by a process of that user, so that every folder above, ACLs and mount options count.
        """
        command = ["/usr/bin/env", "test", test, str(path)]
        try:
            answer = subprocess.run(command, user=self.uid, group=self.gid, extra_groups=[], cwd="/")
        except (OSError, subprocess.SubprocessError):  # a container that may not change its user
            return False
        return answer.returncode == 0


def unprivileged_account() -> Account | None:
    """The account to run servers as when we are root; None when we are somebody else already."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def owner(path: Path) -> Account:
    status = path.stat()
    return Account(uid=status.st_uid, gid=status.st_gid)
