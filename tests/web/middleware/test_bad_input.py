from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from tests.web.middleware.site import asking, refuse
from web.middleware.bad_input import BadInput

pytestmark = pytest.mark.anyio


def checked(app: ASGIApp) -> ASGIApp:
    return BadInput(app, refuse=refuse(400))


@pytest.mark.parametrize(
    "url", ["/p/%FF", "/p/%00", "/p/%ED%A0%80", "/p/x?q=%FF", "/p/x?q=%00", "/p/x?%C3=1", "/p/x?a=1&b=%c3%28"]
)
async def test_what_is_no_text_gets_the_page_for_400(url: str) -> None:
    async with asking(PlainTextResponse("page"), checked) as client:
        answer = await client.get(url)
    assert (answer.status_code, answer.text) == (400, "page for 400")


@pytest.mark.parametrize(
    "url", ["/", "/p/caf%C3%A9", "/p/%25", "/p/x?q=%C3%A9+a", "/p/x?q=%D8%B9", "/p/x?q=%"]
)
async def test_any_language_is_served(url: str) -> None:
    async with asking(PlainTextResponse("page"), checked) as client:
        assert (await client.get(url)).status_code == 200
