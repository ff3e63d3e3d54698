"""One request on a connection of its own, as each person has one; what comes back, or how the line broke.

httpx would do, but its pool gives each answer to the next of all that wait: with hundreds of people it is slower than
the site (httpcore 1.0).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


class Refused(Exception):
    """Nobody took the connection."""


class Broken(Exception):
    """The connection was taken, and ended before a whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    body: str


async def ask(
    site_url: str, method: str, path: str, form: dict[str, str] | None = None, *, network: str = "10.0.0.1"
) -> Answer:
    """Send the request as a browser on the site's own page would. Raises Refused or Broken."""
    address = urlsplit(site_url)
    body = urlencode(form or {})
    request = (
        f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {site_url}\r\nConnection: close\r\n"
        f"X-Forwarded-For: {network}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
    except OSError as error:
        raise Refused from error
    try:
        writer.write(request.encode("ascii"))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        text = await reader.readexactly(int(headers.get("content-length", 0)))
    except (OSError, EOFError) as error:
        raise Broken from error
    finally:
        writer.close()
    return Answer(int(status.split()[1]), headers.get("location", ""), text.decode())
