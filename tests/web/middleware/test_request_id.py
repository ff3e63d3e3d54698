from __future__ import annotations

import re

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from structlog.contextvars import get_contextvars

from tests.web.middleware.site import asking
from web.middleware.request_id import RequestId

pytestmark = pytest.mark.anyio


async def id_seen_by_the_logs(scope: Scope, receive: Receive, send: Send) -> None:
    seen = get_contextvars()["request_id"]
    assert seen == Request(scope)["request_id"]
    await PlainTextResponse(seen)(scope, receive, send)


async def test_the_response_names_the_id_the_logs_carry() -> None:
    async with asking(id_seen_by_the_logs, RequestId) as client:
        answer = await client.get("/")
    assert answer.headers["x-request-id"] == answer.text
    assert re.fullmatch("[0-9a-f]{12}", answer.text)


async def test_two_requests_have_two_ids() -> None:
    async with asking(id_seen_by_the_logs, RequestId) as client:
        assert (await client.get("/")).text != (await client.get("/")).text


async def test_an_id_sent_by_a_client_is_ignored() -> None:
    async with asking(id_seen_by_the_logs, RequestId) as client:
        answer = await client.get("/", headers={"X-Request-Id": "chosen by a stranger"})
    assert "stranger" not in str(answer.headers.multi_items()) + answer.text


async def test_the_id_leaves_the_log_context_with_the_request() -> None:
    async with asking(id_seen_by_the_logs, RequestId) as client:
        await client.get("/")
    assert "request_id" not in get_contextvars()
