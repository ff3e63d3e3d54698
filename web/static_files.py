"""The files under `/static/`: read once, named after their content, compressed once, cached by browsers for a year.

`StaticFiles.url("site.css")` is `/static/site.<hash>.css`. A new content has a new name, so that a cached copy is
never stale (RFC 8246, `immutable`). The plain name answers too, for links from outside, and must be asked for anew.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from web.compression import accepts_gzip

STATIC_FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
HASH_LENGTH = 10
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, max-age=0, no-cache"

# Told outright: what the machine's own table of types says differs from one to the next.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
COMPRESSED = frozenset({".css", ".js", ".svg", ".txt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file; `compressed` is '' where gzip would not help."""

    name: str
    hashed_name: str
    media_type: str
    body: bytes
    compressed: bytes

    @property
    def etag(self) -> str:
        return f'"{self.hashed_name}"'


class StaticFiles:
    """All files of `folder`, in memory; an ASGI app that answers GET and HEAD by the route's `path`."""

    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self.files = {file.name: file for file in _read(folder)}
        self._by_hashed_name = {file.hashed_name: file for file in self.files.values()}

    def url(self, name: str) -> str:
        """The path of `name` with its hash. Raises KeyError for a file that is not there."""
        return PREFIX + self.files[name].hashed_name

    def route(self) -> Route:
        """The Starlette route that serves the files."""
        return Route(PREFIX + "{path:path}", self, methods=["GET", "HEAD"], name="static")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await self.response(request)(scope, receive, send)

    def response(self, request: Request) -> Response:
        """What `request` is answered; a HEAD has the headers of the GET and no body."""
        path = str(request.path_params.get("path", ""))
        hashed = self._by_hashed_name.get(path)
        file = hashed or self.files.get(path)
        if file is None:
            return Response(status_code=404)
        compressed = bool(file.compressed) and accepts_gzip(request.headers.get("accept-encoding", ""))
        # Two bodies under one address need two tags (RFC 9110, 8.8.3).
        etag = f'{file.etag[:-1]}-gzip"' if compressed else file.etag
        headers = {"cache-control": FOREVER if hashed else ASK_AGAIN, "etag": etag}
        if file.compressed:
            headers["vary"] = "accept-encoding"
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        if compressed:
            headers["content-encoding"] = "gzip"
        body = file.compressed if compressed else file.body
        headers["content-length"] = str(len(body))
        head = request.method == "HEAD"
        return Response(b"" if head else body, headers=headers, media_type=file.media_type)


def _read(folder: Path) -> Iterator[StaticFile]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        body = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        digest = hashlib.sha256(body).hexdigest()[:HASH_LENGTH]
        compressed = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else b""
        yield StaticFile(
            name=name,
            hashed_name=f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}",
            media_type=MEDIA_TYPES.get(path.suffix)
            or mimetypes.guess_type(name)[0]
            or "application/octet-stream",
            body=body,
            compressed=compressed if len(compressed) < len(body) else b"",
        )


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
