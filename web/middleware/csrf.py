"""No other site may post a form here in a visitor's name.

Browsers say where a request comes from, so no token is needed and public pages stay cacheable. The rules are
those of Go's `CrossOriginProtection` and of datasette's `csrf.py`, a little stricter, in this order:

1. `Sec-Fetch-Site` (every browser since 2023, over https or on localhost) must be `same-origin` or `none`.
   Nothing a page does can forge it.
2. Without it, `Origin` must be the site's own.
3. With neither, or with `Origin: null` (an old browser on a page that sends no referrer), the request passes
   only if it carries no cookie. What has no cookie is a mail provider, a script or curl: it acts in nobody's
   name, so there is nothing to forge. With a cookie it may be an old browser under attack.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OURS = frozenset({b"same-origin", b"none"})


class CrossSiteRequests:
    """Answers unsafe requests from elsewhere with `refuse` (an ASGI app that sends a 403 page).

    `exempt_paths` are served whoever asks: exact paths, or everything below one that ends in `/`. They are
    for what machines post without a browser (RFC 8058 one-click unsubscribe): the token in the link is the
    proof.
    """

    def __init__(
        self, app: ASGIApp, *, site_url: str, refuse: ASGIApp, exempt_paths: tuple[str, ...] = ()
    ) -> None:
        self.app = app
        self.refuse = refuse
        self._origin = origin_of(site_url)
        self._exempt = frozenset(exempt_paths)
        self._exempt_below = tuple(path for path in exempt_paths if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or self._may_pass(scope):
            await self.app(scope, receive, send)
        else:
            await self.refuse(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path = scope["path"]
        return path in self._exempt or path.startswith(self._exempt_below) or self._is_ours(scope["headers"])

    def _is_ours(self, headers: list[tuple[bytes, bytes]]) -> bool:
        site = origin = b""
        has_cookie = False
        for name, value in headers:
            if name == b"sec-fetch-site":
                site = value
            elif name == b"origin":
                origin = value
            elif name == b"cookie":
                has_cookie = True
        if site:
            return site in _OURS
        if origin and origin != b"null":
            return origin.lower() == self._origin
        return not has_cookie


def origin_of(url: str) -> bytes:
    """`scheme://host[:port]` as a browser writes it in `Origin` (RFC 6454 section 6.1): no default port."""
    parts = urlsplit(url.lower())
    default = {"http": 80, "https": 443}.get(parts.scheme)
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name.encode("idna").decode()
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    return f"{parts.scheme}://{host}{port}".encode()
