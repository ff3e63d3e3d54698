"""What is taken home can be read by a program and by a spreadsheet, and runs in neither."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from uuid import UUID

import pytest

from campaigns.rights.downloading import as_csv_archive, as_json, cell
from tests.factories.petitions import NOW

SOMEBODY = UUID("0195f3a0-0000-7000-8000-000000000001")
EXPORT = {
    "person": [{"id": SOMEBODY, "name": "زوي <b>", "created_at": NOW, "country": None}],
    "signatures": [{"name": "=1+1", "comment": 'Two lines,\nand "quotes"', "show_name": True}],
    "mails": [],
}


def test_a_program_reads_it_as_it_is() -> None:
    told = json.loads(as_json(EXPORT, made_at=NOW))
    assert told["made_at"] == NOW.isoformat()
    assert told["person"] == [
        {"id": str(SOMEBODY), "name": "زوي <b>", "created_at": NOW.isoformat(), "country": None}
    ]
    assert told["signatures"][0]["name"] == "=1+1"
    assert told["mails"] == []


def test_a_spreadsheet_gets_a_table_for_each_kind_of_record_there_is() -> None:
    archive = zipfile.ZipFile(io.BytesIO(as_csv_archive(EXPORT)))
    assert archive.namelist() == ["person.csv", "signatures.csv"]
    text = archive.read("person.csv").decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == [
        {"id": str(SOMEBODY), "name": "زوي <b>", "created_at": NOW.isoformat(), "country": ""}
    ]
    assert archive.read("person.csv").startswith(b"\xef\xbb\xbf")
    (signature,) = csv.DictReader(io.StringIO(archive.read("signatures.csv").decode("utf-8-sig"), newline=""))
    assert signature == {"name": "'=1+1", "comment": 'Two lines,\nand "quotes"', "show_name": "True"}


@pytest.mark.parametrize(
    "typed",
    ["=HYPERLINK(1)", "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＠x"],
)
def test_no_cell_is_a_formula(typed: str) -> None:
    assert cell(typed) == f"'{typed}"


@pytest.mark.parametrize("typed", ["Zoë", "'quoted", "a=b", "", "1"])
def test_other_cells_are_left_alone(typed: str) -> None:
    assert cell(typed) == typed
