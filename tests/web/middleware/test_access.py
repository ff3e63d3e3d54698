from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from tests.web.middleware.site import asking
from web.middleware import access
from web.middleware.access import Access

pytestmark = pytest.mark.anyio

TOKEN = "k3-this-is-a-secret-9Zx"


async def page(request: Request) -> Response:
    return PlainTextResponse("page", status_code=int(request.query_params.get("status", 200)))


async def broken(_request: Request) -> Response:
    raise RuntimeError("no")


SITE = Starlette(
    routes=[
        Route("/access-test/{token}", page, methods=["GET", "POST"]),
        Route("/access-test-broken", broken),
    ]
)


def counted(route: str, *, method: str = "GET", status: str = "2xx") -> float:
    labels = {"route": route, "method": method, "status": status}
    return REGISTRY.get_sample_value("chorus_request_seconds_count", labels) or 0.0


async def test_requests_are_counted_by_template_method_and_class_of_status() -> None:
    before = counted("/access-test/{token}")
    async with asking(SITE, Access) as client:
        await client.get(f"/access-test/{TOKEN}")
        await client.get("/access-test/other")
    assert counted("/access-test/{token}") - before == 2


async def test_a_path_of_no_route_is_counted_as_unmatched() -> None:
    before = counted("unmatched", status="4xx")
    async with asking(SITE, Access) as client:
        await client.get("/wp-login.php")
    assert counted("unmatched", status="4xx") - before == 1


async def test_an_invented_method_makes_no_new_series() -> None:
    async with asking(SITE, Access) as client:
        await client.request("FROBNICATE", "/access-test/x")
    assert counted("/access-test/{token}", method="other", status="4xx") >= 1
    assert counted("/access-test/{token}", method="FROBNICATE", status="4xx") == 0


async def test_a_request_that_breaks_counts_as_500() -> None:
    before = counted("/access-test-broken", status="5xx")
    async with asking(SITE, Access) as client:
        assert (await client.get("/access-test-broken")).status_code == 500
    assert counted("/access-test-broken", status="5xx") - before == 1


async def test_a_request_that_never_answers_counts_as_500_too() -> None:
    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("no")

    before = counted("unmatched", status="5xx")
    async with asking(silent, Access) as client:
        await client.get("/")
    assert counted("unmatched", status="5xx") - before == 1


async def test_a_common_read_writes_no_line() -> None:
    async with asking(SITE, Access) as client:
        with capture_logs() as lines:
            await client.get("/access-test/x")
    assert lines == []


@pytest.mark.parametrize("status", [200, 303])
async def test_what_went_well_leaves_none(status: int) -> None:
    async with asking(SITE, Access) as client:
        with capture_logs() as lines:
            await client.post(f"/access-test/x?status={status}")
    assert lines == []


@pytest.mark.parametrize(("method", "status"), [("POST", 403), ("POST", 422), ("GET", 404), ("GET", 503)])
async def test_what_was_refused_or_failed_leaves_a_line_without_the_path(method: str, status: int) -> None:
    async with asking(SITE, Access) as client:
        with capture_logs() as lines:
            await client.request(method, f"/access-test/{TOKEN}?status={status}&email=zoe@mail.example")
    [line] = lines
    assert (line["method"], line["route"], line["status"]) == (method, "/access-test/{token}", status)
    assert TOKEN not in str(line)
    assert "zoe" not in str(line)


async def test_a_slow_read_leaves_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "SLOW_SECONDS", -1.0)
    async with asking(SITE, Access) as client:
        with capture_logs() as lines:
            await client.get("/access-test/x")
    assert len(lines) == 1
