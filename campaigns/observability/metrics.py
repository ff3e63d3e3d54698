"""What Chorus counts about itself, for Prometheus. No label ever holds anything about a person.

The web's hot path pays one dictionary look-up and one observation per request. Names follow
https://prometheus.io/docs/practices/naming/: base units (seconds, rows) and `_total` for counters.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics, start_http_server

from campaigns.errors import SettingError

# A `_created` twin for every series would double what is scraped and tells nothing a restart does not.
disable_created_metrics()  # type: ignore[no-untyped-call]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PORTS_TRIED = 16


class SignatureOutcome(StrEnum):
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    SHADOWED = "shadowed"


_REQUESTS = Histogram(
    "chorus_request_seconds",
    "Requests by route template, method and class of status; the count is the histogram's own.",
    ("route", "method", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
_SIGNATURES = Counter(
    "chorus_signatures",
    "Signatures accepted (written), confirmed (counted from now on) and shadowed (never to be counted).",
    ("outcome",),
)
_MESSAGES = Counter("chorus_messages", "Messages by the state they came into.", ("state",))
_REPORTS = Counter(
    "chorus_mail_reports", "Reports of mails that came back, by source and kind.", ("source", "kind")
)

GROUP_COMMIT_ROWS = Histogram(
    "chorus_group_commit_rows",
    "Signatures written by one statement.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
GROUP_COMMIT_SECONDS = Histogram(
    "chorus_group_commit_seconds",
    "From the start of a group's transaction to its commit.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0),
)
DELIVERY_SECONDS = Histogram(
    "chorus_delivery_seconds",
    "Handing one message to the mail server.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0),
)
OLDEST_DUE_MESSAGE_SECONDS = Gauge(
    "chorus_oldest_due_message_seconds",
    "How long the oldest message that is due has been waiting; 0 when none waits.",
)
FOLDED_ROWS = Counter("chorus_folded_rows", "Tally rows folded into totals.")
RECOUNT_MISMATCHES = Gauge(
    "chorus_recount_mismatches",
    "Totals that disagreed with the rows at the last recount; anything but 0 wants a person.",
)


def request_finished(route: str, method: str, status: int, seconds: float) -> None:
    """Count one request. `route` is a template such as `/p/{slug}`, never a path."""
    try:
        child = _request_children[route, method, status // 100]
    except KeyError:
        child = _request_child(route, method, status // 100)
    child.observe(seconds)


def signatures(outcome: SignatureOutcome, count: int = 1) -> None:
    """Count signatures that were written, confirmed or shadowed."""
    _signature_child(outcome).inc(count)


def messages_became(state: str, count: int = 1) -> None:
    """Count messages that came into `state`."""
    _message_child(state).inc(count)


def report_recorded(source: str, kind: str) -> None:
    """Count one report of a mail, the first time it comes."""
    _REPORTS.labels(source, kind).inc()


def serve_metrics(port: int) -> int:
    """Answer Prometheus on 127.0.0.1 from a thread of its own; 0 means off. Returns the port taken, or 0.

    Several processes on one machine share one setting: each takes the first free of 16 ports from `port` on,
    so a scraper lists `port` to `port + 15`. Raises SettingError when none is free.
    """
    if not port:
        return 0
    for tried in range(port, min(port + PORTS_TRIED, 65_536)):
        try:
            start_http_server(tried, addr="127.0.0.1")
        except OSError:
            continue
        return tried
    raise SettingError("METRICS_PORT", f"found no free port from {port} on")


_request_children: dict[tuple[str, str, int], Histogram] = {}


def _request_child(route: str, method: str, hundreds: int) -> Histogram:
    # A client may invent methods; an invented one must not make a new series each.
    named = method if method in METHODS else "other"
    child = _REQUESTS.labels(route, named, f"{hundreds}xx")
    if named == method:
        _request_children[route, method, hundreds] = child
    return child


@cache
def _signature_child(outcome: SignatureOutcome) -> Counter:
    return _SIGNATURES.labels(outcome.value)


@cache
def _message_child(state: str) -> Counter:
    return _MESSAGES.labels(str(state))
