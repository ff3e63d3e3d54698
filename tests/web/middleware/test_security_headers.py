from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from tests.web.middleware.site import asking
from web.middleware.security_headers import ALWAYS, SecurityHeaders

pytestmark = pytest.mark.anyio


def over_https(app: ASGIApp) -> ASGIApp:
    return SecurityHeaders(app, https=True)


def over_http(app: ASGIApp) -> ASGIApp:
    return SecurityHeaders(app, https=False)


async def test_every_response_has_every_header_once() -> None:
    async with asking(PlainTextResponse("page"), over_https) as client:
        answer = await client.get("/")
    for name in (*ALWAYS, "strict-transport-security"):
        assert len(answer.headers.get_list(name)) == 1, name


async def test_a_page_may_load_nothing_inline_and_nothing_from_elsewhere() -> None:
    async with asking(PlainTextResponse("page"), over_https) as client:
        policy = (await client.get("/")).headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {"script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(
        policy
    )
    assert not any("unsafe" in rule or "http" in rule or "*" in rule for rule in policy)


async def test_plain_http_promises_no_https() -> None:
    async with asking(PlainTextResponse("page"), over_http) as client:
        assert "strict-transport-security" not in (await client.get("/")).headers


async def test_a_response_that_sets_a_header_itself_wins() -> None:
    own = {"Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "cross-origin"}
    async with asking(PlainTextResponse("page", headers=own), over_https) as client:
        answer = await client.get("/")
    assert answer.headers.get_list("referrer-policy") == ["same-origin"]
    assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    assert answer.headers["x-frame-options"] == "DENY"


async def test_a_response_sent_again_from_a_cache_does_not_grow() -> None:
    cached = PlainTextResponse("page")
    before = list(cached.raw_headers)
    async with asking(cached, over_https) as client:
        first, second = await client.get("/"), await client.get("/")
    assert cached.raw_headers == before
    assert first.headers.multi_items() == second.headers.multi_items()
