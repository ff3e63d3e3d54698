"""What the stand-ins for mail providers share: real Starlette apps that look at a request as the provider does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# Words a provider might use; none of them may ever be found in an error of ours.
TELLTALE = "amina@example.org has no mailbox here, says the secret key of 203.0.113.9"


@dataclass
class MockProvider:
    """Takes every right request into `taken`. Each of `answers` is given once, before anything is looked at."""

    answers: list[Response] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    path = ""

    def says(self, status: int, body: dict[str, Any] | str, **headers: str) -> None:
        """Answer so next time."""
        make = JSONResponse if isinstance(body, dict) else Response
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(make(body, status_code=status, headers=named))

    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(Starlette(routes=[Route(self.path, self._endpoint(), methods=["POST"])]))

    def _endpoint(self) -> Callable[[Request], Awaitable[Response]]:
        async def asked(request: Request) -> Response:
            self.asked += 1
            if self.answers:
                return self.answers.pop(0)
            return await self.look_at(request)

        return asked

    async def look_at(self, request: Request) -> Response:
        raise NotImplementedError
