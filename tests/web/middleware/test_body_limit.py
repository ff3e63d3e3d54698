from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.web.middleware.site import asking, refuse
from web.middleware.body_limit import BodyLimit

pytestmark = pytest.mark.anyio


async def form(request: Request) -> PlainTextResponse:
    async with request.form() as fields:
        return PlainTextResponse(f"{len(str(fields.get('text')))} characters")


async def error_page(_request: Request, _error: Exception) -> PlainTextResponse:
    return PlainTextResponse("page for 413", status_code=413)


SITE = Starlette(routes=[Route("/", form, methods=["GET", "POST"])], exception_handlers={413: error_page})


def limited(app: ASGIApp) -> ASGIApp:
    return BodyLimit(app, refuse=refuse(413), largest=100)


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    yield b"text="
    for _ in range(size):
        yield b"x"


async def test_a_form_of_common_size_is_read() -> None:
    async with asking(SITE, limited) as client:
        assert (await client.post("/", data={"text": "x" * 95})).text == "95 characters"


async def test_a_body_declared_too_large_gets_the_page_at_once() -> None:
    async with asking(SITE, limited) as client:
        answer = await client.post("/", data={"text": "x" * 96})
    assert (answer.status_code, answer.text) == (413, "page for 413")


@pytest.mark.parametrize(("size", "status"), [(95, 200), (96, 413)])
async def test_a_body_of_undeclared_length_is_cut_off_with_the_page(size: int, status: int) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with asking(SITE, limited) as client:
        answer = await client.post("/", content=in_pieces(size), headers=kind)
    assert answer.status_code == status
    assert answer.text == ("95 characters" if status == 200 else "page for 413")


async def test_a_length_that_is_no_number_is_counted_while_read() -> None:
    async with asking(SITE, limited) as client:
        answer = await client.post(
            "/",
            content=in_pieces(200),
            headers={"Content-Length": "-1", "Content-Type": "application/x-www-form-urlencoded"},
        )
    assert answer.status_code == 413


async def test_a_path_may_have_a_limit_of_its_own() -> None:
    def limited_elsewhere(app: ASGIApp) -> ASGIApp:
        return BodyLimit(app, refuse=refuse(413), largest=10, largest_at={"/": 100, "/other": 1})

    async with asking(SITE, limited_elsewhere) as client:
        assert (await client.post("/", data={"text": "x" * 95})).status_code == 200
        assert (await client.post("/", data={"text": "x" * 96})).status_code == 413
        assert (await client.post("/elsewhere", data={"text": "x" * 6})).status_code == 413
