"""The audit log is searched, paged through and taken away."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest

from campaigns.audit.reading import AuditFilter, audit_entries, export_csv
from tests.campaigns.audit.deeds import BELGIUM, JONAS, did
from tests.factories.petitions import NOW

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


@pytest.fixture
async def some_entries(database: object) -> None:
    await did("mandate.granted", minute=0, organization=BELGIUM)
    await did("mandate.ended", minute=1)
    await did("mandated.oddly", minute=2, actor=JONAS)
    await did("account.disabled", minute=3, actor=None, organization=BELGIUM)


@pytest.mark.usefixtures("some_entries")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(), [4, 3, 2, 1]),
        (AuditFilter(verb="mandate"), [2, 1]),
        (AuditFilter(verb="mandate."), [2, 1]),
        (AuditFilter(verb="mandate.ended"), [2]),
        (AuditFilter(verb="%"), []),
        (AuditFilter(actor_id=JONAS), [3]),
        (AuditFilter(organization_id=BELGIUM), [4, 1]),
        (AuditFilter(organization_id=BELGIUM, verb="account"), [4]),
        (AuditFilter(since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=3)), [3, 2]),
    ],
)
async def test_entries_are_found_by_verb_actor_organization_and_time(
    wanted: AuditFilter, found: list[int]
) -> None:
    assert [entry.seq for entry in (await audit_entries(wanted)).entries] == found


@pytest.mark.usefixtures("some_entries")
async def test_pages_follow_each_other_while_entries_come_in() -> None:
    first = await audit_entries(AuditFilter(), most=2)
    await did("mandate.granted", minute=4)
    second = await audit_entries(AuditFilter(), before=first.before, most=2)
    assert [entry.seq for entry in (*first.entries, *second.entries)] == [4, 3, 2, 1]
    assert (first.before, second.before) == (3, None)


@pytest.mark.usefixtures("some_entries")
async def test_what_is_wanted_goes_out_as_a_table_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.audit.reading.BATCH", 1)
    await did("mandate.granted", minute=5, role="=1+1")
    pieces = [piece async for piece in export_csv(AuditFilter(verb="mandate"))]
    assert len(pieces) == 4
    table = list(csv.DictReader("".join(pieces).splitlines()))
    assert [row["seq"] for row in table] == ["5", "2", "1"]
    assert table[0]["facts"] == '{"role": "=1+1"}'
    assert table[2]["organization_id"] == str(BELGIUM)
    assert not [cell for row in table for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
