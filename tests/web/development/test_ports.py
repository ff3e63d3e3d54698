from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from web.development.arrangement import CLONE
from web.development.ports import HIGHEST_PORT, NoFreePortError, any_free_port, first_free_port, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    port = any_free_port()
    with socket.create_server(("127.0.0.1", port)):
        yield port


def test_a_port_somebody_listens_on_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_the_next_port_is_used_when_the_wanted_one_is_taken(taken: int) -> None:
    assert taken < first_free_port(taken) <= taken + 200


def test_a_port_taken_on_every_address_is_taken_on_loopback_too() -> None:
    port = any_free_port()
    with socket.create_server(("0.0.0.0", port)):
        assert not is_free(port)


def test_the_search_ends_with_the_last_port_there_is() -> None:
    with pytest.raises(NoFreePortError, match="no free port from 65536"):
        first_free_port(65_536)


def test_servers_stay_below_the_ports_of_outgoing_connections() -> None:
    assert all(any_free_port() <= HIGHEST_PORT for _ in range(50))


def test_two_copies_that_start_at_the_same_moment_get_different_ports() -> None:
    first = any_free_port()
    program = f"from web.development.ports import first_free_port; print(first_free_port({first}))"
    second = subprocess.run(
        [sys.executable, "-c", program], cwd=CLONE, capture_output=True, text=True, check=True
    )
    assert is_free(first)
    assert int(second.stdout) > first
