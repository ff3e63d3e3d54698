from __future__ import annotations

import re

import asyncpg
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from campaigns.errors import (
    Busy,
    ChorusError,
    LinkExpired,
    LinkInvalid,
    NotFound,
    PausedByOperator,
    PetitionClosed,
    TooManyTries,
)
from campaigns.languages import LANGUAGES
from tests.settings import SETTINGS
from web.app import create_app
from web.forms.body import BadForm
from web.public.problems import CODES, Problems
from web.templating import Templating

_DataError = asyncpg.exceptions._base.DataError  # what asyncpg raises itself; PostgreSQL's is another

pytestmark = pytest.mark.anyio
ERRORS = (Busy, LinkExpired, LinkInvalid, NotFound, PausedByOperator, PetitionClosed, TooManyTries, BadForm)
ALL_CODES = sorted({error.code for error in ERRORS} | set(CODES.values()) | {"error"})


@pytest.fixture(scope="module")
def problems() -> Problems:
    return Problems(Templating(site_url="https://chorus.example", federation_name={"en": "Students"}))


def request(path: str = "/nowhere", *, speaks: str = "", **path_params: str) -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"accept-language", speaks.encode())],
            "path_params": path_params,
            "request_id": "abc123def456",
        }
    )


def words(page: bytes | memoryview) -> str:
    found = re.search(r"<h1>(.*?)</h1>", bytes(page).decode(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("error", ERRORS)
async def test_every_error_of_the_product_is_a_page_with_its_status(
    problems: Problems, error: type[ChorusError]
) -> None:
    answer = await problems.chorus_error(request(), error())
    assert answer.status_code == error.status
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert ("retry-after" in answer.headers) == (error.status in {429, 503})


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_error_speaks_every_language(problems: Problems, code: str) -> None:
    said = {}
    for language in LANGUAGES:
        page = problems.page(request(f"/{language}/x"), 400, code).body
        assert f'<html lang="{language}"'.encode() in page
        said[language] = words(page)
    assert len(set(said.values())) == len(LANGUAGES), said


def test_each_code_with_words_of_its_own_differs_from_the_others(problems: Problems) -> None:
    fallback = words(problems.page(request(), 500, "error").body)
    said = {code: words(problems.page(request(), 400, code).body) for code in ALL_CODES}
    assert len(set(said.values())) == len([code for code in said if said[code] != fallback]) + 1


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), asyncpg.ConnectionDoesNotExistError("x"), asyncpg.AdminShutdownError("x")],
)
async def test_an_outage_is_told_as_one_that_will_pass(error: Exception) -> None:
    async def broken(_: Request) -> Response:
        raise error

    app = create_app(SETTINGS, database=False)
    app.router.routes.insert(0, Route("/broken", broken))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://chorus.example") as visitor:
        answer = await visitor.get("/broken")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "<h1" in answer.text


@pytest.mark.parametrize("error", [FileNotFoundError(), _DataError("an argument of the wrong type")])
async def test_a_fault_of_ours_is_no_outage_and_is_raised_for_the_report(error: Exception) -> None:
    async def broken(_: Request) -> Response:
        raise error

    app = create_app(SETTINGS, database=False)
    app.router.routes.insert(0, Route("/broken", broken))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://chorus.example"
    ) as visitor:
        with pytest.raises(type(error)):
            await visitor.get("/broken")


def test_the_page_speaks_the_language_of_the_address_else_of_the_browser(problems: Problems) -> None:
    assert b'lang="fr"' in problems.page(request("/fr/nowhere", speaks="es"), 404, "not-found").body
    assert b'lang="es"' in problems.page(request("/nowhere", speaks="es-MX"), 404, "not-found").body
    assert b'lang="ar" dir="rtl"' in problems.page(request("/x", lang="ar"), 404, "not-found").body


def test_it_gives_a_reference_to_write_to_us_about(problems: Problems) -> None:
    assert b"abc123def456" in problems.page(request(), 500, "error").body


def test_it_leads_back_to_the_campaign_it_happened_on(problems: Problems) -> None:
    path = "/fr/campaigns/clean-air"
    sign = problems.page(request(f"{path}/sign", lang="fr", slug="clean-air"), 409, "petition-closed").body
    assert f'href="{path}"'.encode() in sign
    itself = problems.page(request(path, lang="fr", slug="clean-air"), 404, "not-found").body
    assert f'href="{path}"'.encode() not in itself


def test_an_error_page_is_not_for_search_engines(problems: Problems) -> None:
    assert b'<meta name="robots" content="noindex">' in problems.page(request(), 404, "not-found").body
