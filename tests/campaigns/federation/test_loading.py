"""Loading a federation: twice is once, and a wrong entry is named and leaves nothing behind."""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from campaigns.federation.loading import FederationFileError, load_federation, main, read_federation_file
from campaigns.federation.models import (
    Federation,
    FocusArea,
    MemberOrganization,
    Membership,
    MembershipKind,
    Region,
)
from campaigns.federation.queries import the_federation
from campaigns.languages import LANGUAGES

pytestmark = pytest.mark.anyio


def names(english: str) -> dict[str, str]:
    return {language: f"{english} ({language})" for language in LANGUAGES}


def organization(slug: str, **changes: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": slug.title(),
        "country": "BE",
        "region": "EUR",
        "website": None,
        "kind": "full",
        "member_since": "2001-08-01",
        **changes,
    }


DATA: dict[str, Any] = {
    "federation": {
        "slug": "students-for-health",
        "names": names("Students for Health"),
        "website": "https://students.example",
        "contact_email": "hello@students.example",
        "postal_address": "1 Example Square",
    },
    "regions": [{"code": code, "names": names(code)} for code in ("EUR", "AFR")],
    "focus_areas": [{"code": "SCOPH", "slug": "public-health", "names": names("Public health")}],
    "member_organizations": [
        organization("flanders"),
        organization("wallonia"),
        organization("senegal", country="SN", region="AFR", kind="candidate"),
    ],
}


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    change(data)
    return data


async def everything() -> list[Any]:
    """All there is, with the ids, so that nothing can be replaced unseen."""
    models = (Federation, Region, FocusArea, MemberOrganization, Membership)
    return [await model.all().order_by("id").values() for model in models]


@pytest.mark.usefixtures("database")
async def test_a_federation_is_loaded_with_all_it_has() -> None:
    assert await the_federation() is None
    assert await load_federation(DATA) == 3
    federation = await the_federation()
    assert federation is not None
    assert federation.names["fr"] == "Students for Health (fr)"
    assert [region.code for region in federation.regions] == ["EUR", "AFR"]
    assert [area.names["ar"] for area in federation.focus_areas] == ["Public health (ar)"]
    assert [each.name for each in federation.organizations] == ["Flanders", "Senegal", "Wallonia"]
    assert federation.organizations[1].region == "AFR"
    assert federation.countries == 2


@pytest.mark.usefixtures("database")
async def test_membership_is_dated() -> None:
    await load_federation(DATA)
    membership = await Membership.get(organization__slug="senegal")
    assert (membership.kind, membership.starts_on) == (MembershipKind.CANDIDATE, date(2001, 8, 1))
    assert membership.ends_on is None


@pytest.mark.usefixtures("database")
async def test_loading_twice_is_the_same_as_once() -> None:
    await load_federation(DATA)
    before = await everything()
    await load_federation(DATA)
    assert await everything() == before


@pytest.mark.usefixtures("database")
async def test_a_second_federation_is_refused_and_the_first_stays() -> None:
    await load_federation(DATA)
    other = changed(lambda data: data["federation"].update(slug="another-federation"))
    with pytest.raises(FederationFileError, match="another one is loaded"):
        await load_federation(other)
    assert await Federation.all().count() == 1


@pytest.mark.usefixtures("database")
async def test_loading_again_brings_up_to_date_and_removes_nothing() -> None:
    await load_federation(DATA)

    def renamed(data: dict[str, Any]) -> None:
        data["federation"]["website"] = "https://new.example"
        data["regions"].reverse()
        data["member_organizations"] = [organization("flanders", name="Flanders United")]

    await load_federation(changed(renamed))
    federation = await the_federation()
    assert federation is not None
    assert federation.website == "https://new.example"
    assert [region.code for region in federation.regions] == ["AFR", "EUR"]
    assert [each.name for each in federation.organizations] == ["Flanders United", "Senegal", "Wallonia"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data["federation"].pop("website"), r"^federation: .*website"),
        (lambda data: data["federation"]["names"].pop("ar"), r"^federation: .*ar"),
        (lambda data: data["regions"][1].pop("code"), r"^regions\[1\]: .*code"),
        (lambda data: data["regions"][0].update(names={"en": "Europe"}), r"^regions\[0\]: .*fr, es, ar"),
        (lambda data: data["focus_areas"][0].pop("slug"), r"^focus_areas\[0\]: .*slug"),
        (
            lambda data: data["member_organizations"][2].update(region="XXX"),
            r"^member_organizations\[2\]: .*XXX",
        ),
        (
            lambda data: data["member_organizations"][1].update(kind="friend"),
            r"^member_organizations\[1\]: .*friend",
        ),
        (lambda data: data["member_organizations"][1].update(country="be"), r"^member_organizations\[1\]: "),
        (lambda data: data["member_organizations"][1].update(name=None), r"^member_organizations\[1\]: "),
        (
            lambda data: data["member_organizations"][1].update(name="x" * 201),
            r"^member_organizations\[1\]: ",
        ),
        (
            lambda data: data["member_organizations"][0].update(member_since="August"),
            r"^member_organizations\[0\]: ",
        ),
        (lambda data: data["member_organizations"].append("Belgium"), r"^member_organizations\[3\]: "),
    ],
)
async def test_a_wrong_entry_is_named_and_nothing_is_written(
    change: Callable[[dict[str, Any]], Any], named: str
) -> None:
    with pytest.raises(FederationFileError, match=named):
        await load_federation(changed(change))
    assert await everything() == [[], [], [], [], []]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'"text"'])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ours.json"
    path.write_bytes(content)
    with pytest.raises(FederationFileError, match=r"^ours\.json: "):
        read_federation_file(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FederationFileError, match=r"^ours\.json: "):
        read_federation_file(tmp_path / "ours.json")


def test_who_gives_no_file_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FILE.json" in capsys.readouterr().err


@pytest.mark.usefixtures("database")
async def test_the_command_loads_a_file(tmp_path: Path, database_url: str) -> None:
    path = tmp_path / "ours.json"
    path.write_text(json.dumps(DATA), encoding="utf-8")
    done = run(
        [sys.executable, "-W", "error", "-m", "campaigns.federation.loading", str(path)],
        env={
            **os.environ,
            "ENVIRONMENT": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "loaded 3 member organizations\n", "")
    assert await MemberOrganization.all().count() == 3
