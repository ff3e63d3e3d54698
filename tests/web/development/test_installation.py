from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from web.development import installation
from web.development.arrangement import CLONE
from web.development.installation import InstallationError, fingerprint, install

LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock file of an empty clone."""
    monkeypatch.setattr(installation, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(installation, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    file = tmp_path / "requirements.lock"
    file.write_text("package==1.0\n")
    return file


def test_an_installed_lock_file_is_not_installed_again(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "PYTHON", Path(sys.executable))
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "requirements.lock.installed").write_text(fingerprint(lock))

    def nothing_may_run(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(installation, "_environment_works", lambda: True)
    monkeypatch.setattr(subprocess, "run", nothing_may_run)
    install(lock)


def test_a_changed_lock_file_is_noticed(lock: Path) -> None:
    before = fingerprint(lock)
    lock.write_text("package==1.1\n")
    assert fingerprint(lock) != before


def test_without_the_venv_module_a_user_is_told_how_to_get_it(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(InstallationError, match="sudo apt-get install python3-venv"):
        install(lock)


def test_an_old_python_is_refused_in_one_line(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(InstallationError, match=r"Chorus needs Python 3\.11 or newer\."):
        install(lock)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_file_is_pinned_and_hashed(name: str) -> None:
    text = (CLONE / name).read_text(encoding="utf-8")
    packages = re.findall(r"^([a-z0-9][^\n]*?(?:\\\n[^\n]*?)*)$", text, flags=re.MULTILINE)
    assert len(packages) > 20
    assert all(
        re.match(r"[\w.\-\[\]]+==\S+ \\\n\s+--hash=sha256:[0-9a-f]{64}", package) for package in packages
    )


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_host(name: str) -> None:
    text = (CLONE / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|--index-url|--extra-index-url|--find-links|-f)\b", text, flags=re.MULTILINE
    )


def test_the_development_lock_holds_what_the_site_runs_with() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(r"^[\w.\-\[\]]+==\S+", (CLONE / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        )

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_make_help_explains_every_target() -> None:
    makefile = (CLONE / "Makefile").read_text(encoding="utf-8")
    declared = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)[0].split()
    explained = re.findall(r"^([a-z]+):.*## \S", makefile, flags=re.MULTILINE)
    assert sorted(declared) == sorted(explained)
