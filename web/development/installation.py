"""Makes the virtual environment and installs a lock file into it. Needs the system's Python alone.

    python3 -m web.development.installation requirements.lock

Does nothing when that very lock file is installed already. See docs/adr/0002-hashed-lock-file.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
ENVIRONMENT = CLONE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
OLDEST_PYTHON = (3, 11)


class InstallationError(Exception):
    """The message says in one line what to do."""


def main() -> int:
    locks = [CLONE / name for name in sys.argv[1:]]
    (CLONE / ".local").mkdir(exist_ok=True)
    with (CLONE / ".local" / "installation.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # `make run` and `make test` at the same moment take turns
        try:
            for lock in locks:
                install(lock)
        except InstallationError as problem:
            print(problem, file=sys.stderr)
            return 1
    return 0


def install(lock: Path) -> None:
    """Bring `.venv` to what the lock file says. Raises InstallationError."""
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        raise InstallationError(
            f"Chorus needs Python {oldest} or newer. Name one: make PYTHON=python{oldest} run"
        )
    stamp = ENVIRONMENT / f"{lock.name}.installed"
    wanted = fingerprint(lock)
    if _environment_works() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    if not _environment_works():
        _make_environment()
    print(f"Installing {lock.name} into .venv (about a minute the first time)", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*command, "--require-hashes", "--requirement", str(lock)]).returncode != 0:
        raise InstallationError(f"pip could not install {lock.name}; its words stand above.")
    stamp.write_text(wanted, encoding="ascii")


def fingerprint(lock: Path) -> str:
    """Changes whenever the installation has to be done again."""
    version = "{}.{}".format(*sys.version_info)
    return hashlib.sha256(version.encode() + b"\n" + lock.read_bytes()).hexdigest()


def _environment_works() -> bool:
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0


def _make_environment() -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        _add_venv_package()
    print("Making the virtual environment .venv", flush=True)
    for how in ([], ["--clear"]):  # first mend what is there, then begin anew
        made = subprocess.run([sys.executable, "-m", "venv", *how, str(ENVIRONMENT)])
        if made.returncode == 0 and _environment_works():
            return
    raise InstallationError("python3 -m venv did not make a working environment; its words stand above.")


def _add_venv_package() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise InstallationError(
            "Python's venv module is missing. Get it with: sudo apt-get install python3-venv"
        )
    print("Python's venv module is missing: installing it with apt-get install python3-venv", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "python3-venv"]):
        command = ["apt-get", "-qq", *arguments]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            raise InstallationError("apt-get could not install python3-venv; its words stand above.")


if __name__ == "__main__":
    sys.exit(main())
