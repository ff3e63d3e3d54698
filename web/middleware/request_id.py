"""A short random id for every request, in its log lines and its response: one complaint finds its lines."""

from __future__ import annotations

from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

SCOPE_KEY = "request_id"


class RequestId:
    """Puts a new id into the scope, the log context and `X-Request-Id`.

    An id that a client sends is ignored: it would let a stranger write into our logs. Ids need to be unlike
    each other, not unguessable, so the fast generator does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = f"{getrandbits(48):012x}"
        scope[SCOPE_KEY] = request_id
        header = (b"x-request-id", request_id.encode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        bound = bind_contextvars(request_id=request_id)
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            reset_contextvars(**bound)
