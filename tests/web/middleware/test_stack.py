from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.web.middleware.site import asking, refuse, site_settings
from web.middleware.stack import surrounded

pytestmark = pytest.mark.anyio


async def page(_request: Request) -> Response:
    return PlainTextResponse("page")


async def broken(_request: Request) -> Response:
    raise RuntimeError("no")


class Site(Starlette):
    def build_middleware_stack(self) -> ASGIApp:
        return surrounded(super().build_middleware_stack(), settings=site_settings(), refuse=refuse)


def site() -> Site:
    return Site(routes=[Route("/", page, methods=["GET", "POST"]), Route("/broken", broken)])


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/broken", {}, 500),
        ("GET", "/%00", {}, 400),
        ("POST", "/", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", "/", {"Content-Length": "9999999"}, 413),
        ("DELETE", "/", {}, 405),
    ],
)
async def test_every_answer_even_a_failure_is_named_and_guarded(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with asking(site()) as client:
        answer = await client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" in answer.headers
