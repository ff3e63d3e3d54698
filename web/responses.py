"""How pages leave: compressed once where they are cached, and with the cache rule each kind of page has."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.compression import accepts_gzip

HTML = b"text/html; charset=utf-8"
# Public pages are the same for everybody: a cache in front may keep them for seconds and serve them through an outage.
PUBLIC = "public, max-age=5, stale-while-revalidate=30, stale-if-error=600"
PRIVATE = "private, no-store"
SMALLEST_COMPRESSED = 800


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A page printed and compressed once, sent many times: the raw header lists are ready too."""

    body: bytes
    compressed: bytes
    headers: list[tuple[bytes, bytes]]
    compressed_headers: list[tuple[bytes, bytes]]


class PreparedResponse(Response):
    """A response whose headers were made beforehand."""

    def __init__(self, body: bytes, raw_headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = 200
        self.body = body
        self.background = None
        self.raw_headers = raw_headers


def prepare(text: str, *, media_type: bytes = HTML, cache: str = PUBLIC) -> PreparedPage:
    """Make a page ready to be sent many times."""
    body = text.encode()
    common = [
        (b"content-type", media_type),
        (b"cache-control", cache.encode()),
        (b"vary", b"accept-encoding"),
    ]
    return _prepared(body, gzip.compress(body, 6, mtime=0), common)


def _prepared(body: bytes, compressed: bytes, common: list[tuple[bytes, bytes]]) -> PreparedPage:
    return PreparedPage(
        body=body,
        compressed=compressed,
        headers=[(b"content-length", str(len(body)).encode()), *common],
        compressed_headers=[
            (b"content-length", str(len(compressed)).encode()),
            (b"content-encoding", b"gzip"),
            *common,
        ],
    )


def splice(page: PreparedPage, old: str, new: str) -> PreparedPage:
    """The page with `new` for every `old`, compressed in haste."""
    body = page.body.replace(old.encode(), new.encode())
    return _prepared(body, gzip.compress(body, 1, mtime=0), page.headers[1:])


def send_prepared(request: Request, page: PreparedPage) -> Response:
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        return PreparedResponse(page.compressed, list(page.compressed_headers))
    return PreparedResponse(page.body, list(page.headers))


def send_page(
    request: Request,
    text: str,
    *,
    status: int = 200,
    cache: str = PRIVATE,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page made for this request alone."""
    body = text.encode()
    extra = {"cache-control": cache, "vary": "accept-encoding", **(headers or {})}
    if len(body) >= SMALLEST_COMPRESSED and accepts_gzip(request.headers.get("accept-encoding", "")):
        body = gzip.compress(body, 5, mtime=0)
        extra["content-encoding"] = "gzip"
    return Response(body, status_code=status, headers=extra, media_type="text/html")


def see_other(url: str) -> RedirectResponse:
    """After a POST, go and look there (RFC 9110 section 15.4.4)."""
    return RedirectResponse(url, status_code=303, headers={"cache-control": PRIVATE})
