"""Error reports to Sentry, off unless a DSN is set, and without anything about a person.

Three walls: the SDK collects nothing it could collect (`COLLECTED` states every category, because one that is
left out is on); only the integrations named here run, so that a new library cannot add its own; and `scrub`
rebuilds what still carries data (exception messages, the URL, log lines) and masks every other string. When
`scrub` itself fails the SDK drops the report: no report is better than a leaking one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import sentry_sdk
from sentry_sdk.integrations import DidNotEnable, Integration
from sentry_sdk.transport import Transport

from campaigns.errors import ChorusError
from campaigns.observability.exceptions import chain, told
from campaigns.observability.masking import mask
from campaigns.settings import Settings

COLLECTED: dict[str, Any] = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "allowlist", "terms": ["user-agent", "content-type"]}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "graphql": {"document": False, "variables": False},
    "gen_ai": {"inputs": False, "outputs": False},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
    "frame_context_lines": 5,
}

# Imported only when Sentry is on, so that the domain depends on no web framework and no queue.
_INTEGRATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("starlette", "StarletteIntegration", {}),
    ("arq", "ArqIntegration", {}),
    ("asyncpg", "AsyncPGIntegration", {"record_params": False}),
    ("logging", "LoggingIntegration", {"level": logging.INFO, "event_level": logging.ERROR}),
    ("dedupe", "DedupeIntegration", {}),
    ("excepthook", "ExcepthookIntegration", {}),
    ("atexit", "AtexitIntegration", {}),
)

_SENT_HEADERS = ("user-agent", "content-type")
_UNMATCHED = "unmatched"
# Made here or by the SDK; a digest among them is an id, not a secret.
_OURS = frozenset(
    {
        "event_id",
        "trace_id",
        "span_id",
        "parent_span_id",
        "release",
        "environment",
        "server_name",
        "stacktrace",
    }
)
_UNTOUCHED = _OURS | {"sdk", "timestamp", "start_timestamp", "level", "platform", "type"}

_Event = dict[str, Any]


def start_sentry(settings: Settings, *, transport: Transport | None = None) -> None:
    """Report errors of this process from now on; nothing happens with an empty DSN.

    Call it before routes and the arq worker are made: the SDK wraps both as they are built.
    `transport` replaces the one that sends, for tests.
    """
    if not settings.sentry_dsn:
        return
    rate = settings.sentry_traces_sample_rate
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        environment=settings.environment.value,
        release=_release(),
        transport=transport,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=list(_integrations()),
        data_collection=COLLECTED,  # type: ignore[arg-type]
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=20,
        auto_session_tracking=False,
        spotlight=False,
        trace_propagation_targets=[],
        # A sampler rather than a rate: a rate yields to what the client's `sentry-trace` header asks for.
        traces_sampler=(lambda _context: rate) if rate else None,
        before_send=partial(scrub, site_url=settings.site_url),
        before_send_transaction=partial(scrub, site_url=settings.site_url),
        before_breadcrumb=scrub_breadcrumb,
    )


def scrub(event: Any, hint: dict[str, Any], *, site_url: str) -> Any:
    """The event as it may leave: what names no one stays, the rest is rebuilt, masked or dropped."""
    route = _route(event)
    request = event.pop("request", None)
    extra = event.pop("extra", None) or {}
    event.pop("user", None)
    if "logentry" in event:
        event["logentry"] = {"message": _log_words(hint.get("log_record"))}
    for entry, words in _told_exceptions(event, hint):
        entry["value"] = words
    for frame in _frames(event):
        frame.pop("vars", None)
    trace = (event.get("contexts") or {}).get("trace")
    if trace is not None:
        trace.pop("dynamic_sampling_context", None)  # comes from the client's `baggage` header
    for key in list(event):
        if key not in _UNTOUCHED:
            event[key] = _masked(event[key])
    if route is not None:
        event["transaction"] = route
    if request is not None:
        event["request"] = _request(request, route=route or _UNMATCHED, site_url=site_url)
    if "arq-job" in extra:
        event["extra"] = {"arq-job": _masked(extra["arq-job"])}
    return event


def scrub_breadcrumb(crumb: Any, hint: dict[str, Any]) -> Any:
    """A breadcrumb as it may be kept: of a log line only the words a programmer wrote, all else masked."""
    record = hint.get("log_record")
    if record is not None:
        crumb["message"] = _log_words(record)
        crumb["data"] = {}
    for key in ("message", "data"):
        if key in crumb:
            crumb[key] = _masked(crumb[key])
    return crumb


def _route(event: _Event) -> str | None:
    """The name of the transaction when it is a route template or a job; a raw path becomes `unmatched`."""
    name = event.get("transaction")
    if name is None:
        return None
    source = (event.get("transaction_info") or {}).get("source")
    return mask(name) if source in ("route", "task", "component", "custom") else _UNMATCHED


def _request(request: _Event, *, route: str, site_url: str) -> _Event:
    headers = {str(name).lower(): value for name, value in (request.get("headers") or {}).items()}
    return {
        "method": mask(str(request.get("method"))),
        "url": site_url + (route if route.startswith("/") else f"/({route})"),
        "headers": {name: mask(str(headers[name])) for name in _SENT_HEADERS if name in headers},
    }


def _told_exceptions(event: _Event, hint: dict[str, Any]) -> Iterator[tuple[_Event, str]]:
    """Each exception of the event with what may be said about it; its type when it is not at hand."""
    raised = (hint.get("exc_info") or (None, None, None))[1]
    by_kind: dict[str, str] = {}
    for each in chain(raised) if raised is not None else ():
        words = mask(str(each)) if isinstance(each, ChorusError) else told(each)
        by_kind.setdefault(type(each).__qualname__, words)
    for entry in (event.get("exception") or {}).get("values") or ():
        yield entry, by_kind.get(entry.get("type"), entry.get("type") or "")


def _frames(event: _Event) -> Iterator[_Event]:
    for part in ("exception", "threads"):
        for entry in (event.get(part) or {}).get("values") or ():
            yield from (entry.get("stacktrace") or {}).get("frames") or ()


def _log_words(record: logging.LogRecord | None) -> str:
    """The template of a log line, never its arguments; the first line, since some libraries append a repr."""
    if record is None:
        return ""
    words = record.msg.get("event", "") if isinstance(record.msg, dict) else record.msg
    return mask(str(words).partition("\n")[0])


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): each if key in _OURS else _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


def _integrations() -> Iterator[Integration]:
    for module, name, options in _INTEGRATIONS:
        try:
            integration: Callable[..., Integration] = getattr(
                import_module(f"sentry_sdk.integrations.{module}"), name
            )
        except DidNotEnable:
            continue  # what it instruments is not installed here
        yield integration(**options)


def _release() -> str:
    """Named here, or the SDK would run `git` to find one."""
    try:
        return f"chorus@{version('chorus')}"
    except PackageNotFoundError:
        return "chorus@source"
