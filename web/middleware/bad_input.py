"""A URL that is no text is answered with 400 before anything tries to read it.

The server decodes `%FF` to U+FFFD and `%00` to NUL without a word, and PostgreSQL refuses NUL in any text, so
without this a mistyped or hostile URL would be an internal error.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send


class BadInput:
    """Answers with `refuse` (an ASGI app: a 400 page) when path or query is not UTF-8 or holds NUL."""

    def __init__(self, app: ASGIApp, *, refuse: ASGIApp) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (is_bad_path(scope["path"]) or is_bad_query(scope["query_string"])):
            await self.refuse(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def is_bad_path(path: str) -> bool:
    """Whether a decoded path holds NUL or what bad UTF-8 was decoded to."""
    return "\0" in path or "\ufffd" in path


def is_bad_query(query: bytes) -> bool:
    """Whether a raw query string decodes to NUL or to bytes that are not UTF-8."""
    if not query or (b"%" not in query and query.isascii()):
        return False
    raw = unquote_to_bytes(query)
    if b"\0" in raw:
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return True
    return False
