"""Documents that say what the code says, held to it."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

import pytest

from campaigns.settings import (
    Environment,
    InboundProtocol,
    MailAdapter,
    Settings,
    SmtpSecurity,
    read_settings,
)
from tests.architecture.source import PACKAGES, ROOT

ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`|none) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
SECRET = "0123456789abcdef0123456789abcdef"


def documented() -> dict[str, tuple[str, str]]:
    """Variable to (default as text, '' for none; explanation)."""
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    return {name: (default, explanation) for name, default, explanation in ROW.findall(text)}


def test_every_setting_is_explained_and_nothing_else_is() -> None:
    assert set(documented()) == {field.name.upper() for field in fields(Settings)}


def test_settings_are_explained_in_the_order_they_stand_in() -> None:
    """Of those that have a default; what is needed comes first."""
    order = [field.name.upper() for field in fields(Settings)]
    told = [name for name in documented() if name in order]
    assert told == order


def as_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return ",".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize("name", sorted(field.name for field in fields(Settings)))
def test_the_default_told_is_the_default(name: str) -> None:
    """The default of an installation, which is production."""
    needed = {"DATABASE_URL": "postgres://", "REDIS_URL": "redis://", "SECRET_KEY": SECRET}
    told, _ = documented()[name.upper()]
    if name.upper() in needed:
        assert told == ""
    else:
        assert told == as_text(getattr(read_settings(needed), name))


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("ENVIRONMENT", Environment),
        ("MAIL_ADAPTER", MailAdapter),
        ("SMTP_SECURITY", SmtpSecurity),
        ("INBOUND_PROTOCOL", InboundProtocol),
    ],
)
def test_every_choice_is_named(name: str, choices: type[StrEnum]) -> None:
    _, explanation = documented()[name]
    for choice in choices:
        assert f"`{choice}`" in explanation


def test_settings_without_a_default_are_those_that_are_needed() -> None:
    without = {field.name for field in fields(Settings) if field.default is MISSING}
    assert without == {"database_url", "redis_url"}


def test_the_layout_in_the_architecture_is_the_layout() -> None:
    """Every folder and file it names is there, and every noun of the domain is named."""
    layout = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## Layout")[1].split("```")[1]
    for package in PACKAGES:
        assert re.search(rf"^{package}/", layout, re.MULTILINE)
    nouns = {path.parent.name for path in (ROOT / "campaigns").glob("*/__init__.py")}
    domain = layout.split("campaigns/")[1].split("\nworkers/")[0]
    named = set(re.findall(r"^  (\w+)/", domain, re.MULTILINE))
    assert named == nouns
    for name in re.findall(r"\b\w+\.py\b", domain):
        assert list((ROOT / "campaigns").rglob(name)), name


def documents() -> list[str]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("document", documents())
def test_every_link_between_documents_leads_somewhere(document: str) -> None:
    path = ROOT / document
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), target
