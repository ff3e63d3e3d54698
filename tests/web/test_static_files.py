"""Files under /static/: named by content, kept for a year, compressed once."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from web.static_files import StaticFiles

pytestmark = pytest.mark.anyio
CSS = b"body { color: black }\n" * 40


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    (tmp_path / "site.css").write_bytes(CSS)
    (tmp_path / "og.png").write_bytes(b"\x89PNG" + bytes(500))
    return StaticFiles(tmp_path)


@pytest.fixture
def browser(files: StaticFiles) -> httpx.AsyncClient:
    app = Starlette(routes=[files.route()])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://campaigns.example")


async def test_a_file_is_kept_for_a_year_under_its_hashed_name(
    files: StaticFiles, browser: httpx.AsyncClient
) -> None:
    answer = await browser.get(files.url("site.css"), headers={"accept-encoding": "identity"})

    assert answer.status_code == 200
    assert answer.content == CSS
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


async def test_a_changed_file_has_a_new_name(files: StaticFiles, tmp_path: Path) -> None:
    before = files.url("site.css")
    (tmp_path / "site.css").write_bytes(CSS + b"a { color: red }")

    assert StaticFiles(tmp_path).url("site.css") != before


async def test_the_plain_name_answers_and_is_asked_for_anew(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/static/site.css")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=0, no-cache"


async def test_text_travels_compressed_and_pictures_as_they_are(browser: httpx.AsyncClient) -> None:
    async with browser.stream("GET", "/static/site.css", headers={"accept-encoding": "br, gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert gzip.decompress(raw) == CSS
    assert "content-encoding" not in (await browser.get("/static/og.png")).headers


async def test_a_browser_that_refuses_gzip_gets_the_plain_file(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/static/site.css", headers={"accept-encoding": "gzip;q=0"})

    assert "content-encoding" not in answer.headers


async def test_head_answers_the_headers_of_get_without_the_file(browser: httpx.AsyncClient) -> None:
    whole = await browser.get("/static/og.png")
    head = await browser.head("/static/og.png")

    assert head.content == b""
    assert head.headers == whole.headers


async def test_a_file_the_browser_has_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/static/site.css")
    again = await browser.get("/static/site.css", headers={"if-none-match": first.headers["etag"]})
    other = await browser.get(
        "/static/site.css", headers={"if-none-match": first.headers["etag"], "accept-encoding": "identity"}
    )

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/", "/static/none.css", "/static/../templating.py", "/static/site.0.css"]
)
async def test_anything_else_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404
