"""Which TCP port of this machine a server may take."""

from __future__ import annotations

import random
import socket

MOST_TRIES = 200
# Below the range systems give to outgoing connections (32768 and up on Linux): a client that keeps trying a
# loopback port from that range can end up connected to itself, and hold the port against its own server.
HIGHEST_PORT = 32_000


class NoFreePortError(Exception):
    """Every port that was tried belongs to another program."""


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now, even if its last one has closed a moment ago."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A free port from a random place, for servers that nobody has to find by hand."""
    return first_free_port(random.randrange(20_000, HIGHEST_PORT - MOST_TRIES))  # noqa: S311  (no secret)


def first_free_port(first: int, *, host: str = "127.0.0.1") -> int:
    """The first free port from `first` upwards. Raises NoFreePortError after MOST_TRIES."""
    for port in range(first, min(first + MOST_TRIES, 65_536)):
        if is_free(port, host=host):
            return port
    raise NoFreePortError(f"no free port from {first} to {min(first + MOST_TRIES, 65_536) - 1}")
