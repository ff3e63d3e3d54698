"""Which TCP port of this machine a server may take."""

from __future__ import annotations

import random
import socket
import sys

MOST_TRIES = 200
# Below the range systems give to outgoing connections (32768 and up on Linux): a client that keeps trying a
# loopback port from that range can end up connected to itself, and hold the port against its own server.
HIGHEST_PORT = 32_000


_claims: list[socket.socket] = []  # open until the process ends


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
    """The first free port from `first` upwards, which is this process's from now on.

    Two copies of Chorus that start at the same moment get different ones. Raises NoFreePortError after MOST_TRIES.
    """
    for port in range(first, min(first + MOST_TRIES, 65_536)):
        if _claim(port) and is_free(port, host=host):
            return port
    raise NoFreePortError(f"no free port from {first} to {min(first + MOST_TRIES, 65_536) - 1}")


def _claim(port: int) -> bool:
    """Tell other copies of Chorus that this port is about to be used, or already was; False when one was faster.

    An abstract Unix socket (Linux, unix(7)) is a name that only one process of this network namespace can have, as
    with the port itself, and that goes with its process.
    """
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind(f"\0chorus-port-{port}")
    except OSError:
        name.close()
        return False
    _claims.append(name)
    return True
