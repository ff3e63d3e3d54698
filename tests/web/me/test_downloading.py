"""The downloads are whole, are files, and run in no spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import httpx
import pytest

from tests.factories.lives import Life, Petitions, live
from tests.web.site import RunningSite, rows

pytestmark = pytest.mark.anyio


async def test_the_json_file_holds_everything_and_nobody_elses(
    hers: httpx.AsyncClient, zoe: Life, petitions: Petitions
) -> None:
    other = await live("other", petitions)
    answer = await hers.get("/en/me/data.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "private, no-store"
    told = answer.json()
    assert told["person"][0]["email"] == zoe.email
    assert {each["demand"] for each in told["signatures"]} == {"Close the street before the school (en)."}
    assert json.dumps(told).count(zoe.name) == 5
    assert not [each for each in other.markers if each in answer.text]


async def test_the_tables_open_in_a_spreadsheet_and_run_nothing_there(
    hers: httpx.AsyncClient, zoe: Life
) -> None:
    formula = '=HYPERLINK("http://evil.example","x")'
    await rows(
        "UPDATE signature SET name = $1, comment = '+1', source = '@x' WHERE supporter_id = $2",
        formula,
        zoe.id,
    )
    answer = await hers.get("/en/me/data.zip")
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    tables = {
        name: list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
        for name in archive.namelist()
    }
    assert {"person.csv", "signatures.csv", "consents.csv", "mails.csv"} <= set(tables)
    assert len(tables["signatures.csv"]) == 5
    assert not [
        cell
        for table in tables.values()
        for row in table
        for cell in row
        if cell.lstrip()[:1] in tuple("=+-@")
    ]
    assert f"'{formula}" in tables["signatures.csv"][1]


async def test_nobody_downloads_anything_without_the_page_open(site: RunningSite, zoe: Life) -> None:
    async with site.visitor() as stranger:
        for name in ("data.json", "data.zip"):
            answer = await stranger.get(f"/en/me/{name}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/en/me")
