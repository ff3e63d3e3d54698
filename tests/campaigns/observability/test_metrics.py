from __future__ import annotations

import socket
import urllib.request
from contextlib import closing

import pytest
from prometheus_client import REGISTRY, generate_latest

from campaigns.errors import SettingError
from campaigns.observability import metrics
from campaigns.observability.metrics import (
    SignatureOutcome,
    messages_became,
    request_finished,
    serve_metrics,
    signatures,
)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_requests_of_one_route_share_one_series() -> None:
    labels = {"route": "/metrics-test/{slug}", "method": "GET", "status": "2xx"}
    request_finished("/metrics-test/{slug}", "GET", 200, 0.003)
    request_finished("/metrics-test/{slug}", "GET", 204, 0.2)
    assert value("chorus_request_seconds_count", **labels) == 2
    assert value("chorus_request_seconds_bucket", **labels, le="0.005") == 1


def test_invented_methods_share_one_series_and_fill_no_memory() -> None:
    before = len(metrics._request_children)
    for invented in ("BREW", "WHEN"):
        request_finished("/metrics-test-method", invented, 405, 0.001)
    assert (
        value("chorus_request_seconds_count", route="/metrics-test-method", method="other", status="4xx") == 2
    )
    assert len(metrics._request_children) == before


def test_signatures_and_messages_are_counted_by_what_became_of_them() -> None:
    shadowed = value("chorus_signatures_total", outcome="shadowed")
    sent = value("chorus_messages_total", state="sent")
    signatures(SignatureOutcome.SHADOWED)
    signatures(SignatureOutcome.SHADOWED, 2)
    messages_became("sent", 5)
    assert value("chorus_signatures_total", outcome="shadowed") - shadowed == 3
    assert value("chorus_messages_total", state="sent") - sent == 5


def test_no_series_has_a_twin_for_its_creation() -> None:
    assert b"chorus_signatures_created" not in generate_latest()


def test_port_zero_serves_nothing() -> None:
    assert serve_metrics(0) == 0


def test_processes_that_share_a_setting_take_ports_side_by_side() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        chosen = serve_metrics(port)
        assert port < chosen < port + metrics.PORTS_TRIED
        with urllib.request.urlopen(f"http://127.0.0.1:{chosen}/metrics") as answer:
            assert b"chorus_request_seconds" in answer.read()


def test_when_no_port_is_free_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "PORTS_TRIED", 1)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, pytest.raises(SettingError):
        serve_metrics(taken.getsockname()[1])
