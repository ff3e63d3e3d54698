"""Headers that tell the browser what a page of ours may never do. A response that sets one itself wins.

Exceptions, each set by its own view: pages behind a link token send their own `Referrer-Policy`;
`count.json` and what is embedded elsewhere send `Cross-Origin-Resource-Policy: cross-origin`.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No inline script, no inline style, no other host: every file a page needs comes from this site.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
)
# One year, without the subdomains: a federation may run others that do not speak https.
STRICT_TRANSPORT_SECURITY = "max-age=31536000"

ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": PERMISSIONS_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class SecurityHeaders:
    """Adds to every response the headers it does not have; HSTS only when the site is reached by https."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        headers = ALWAYS | ({"strict-transport-security": STRICT_TRANSPORT_SECURITY} if https else {})
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                # A new list: a response that is sent again from a cache shares its own.
                message["headers"] = [*own, *self._missing_from(own)]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _missing_from(self, own: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        set_by_response = self._names.intersection([name for name, _ in own])
        if not set_by_response:
            return self._headers
        return [header for header in self._headers if header[0] not in set_by_response]
