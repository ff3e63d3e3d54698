"""Which TCP port of this machine a server may take."""

from __future__ import annotations

import socket

MOST_TRIES = 200
# Below the range systems give to outgoing connections (32768 on Linux, RFC 6056): a client that keeps trying a
# loopback port from that range can end up connected to itself and hold the port against its own server.
HIGHEST_PORT = 32_000


class NoPortFree(Exception):
    """Every port that was tried belongs to another program."""


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now. A port whose last server has just closed counts as free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def first_free_port(first: int, *, host: str = "127.0.0.1", besides: frozenset[int] = frozenset()) -> int:
    """The first free port from `first` upwards, none of `besides`. Raises NoPortFree after MOST_TRIES."""
    for port in range(first, min(first + MOST_TRIES, 65_536)):
        if port not in besides and is_free(port, host=host):
            return port
    raise NoPortFree(f"no free port from {first} to {min(first + MOST_TRIES, 65_536) - 1}")
