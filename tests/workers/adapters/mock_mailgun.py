"""Mailgun's POST /v3/{domain}/messages.mime: basic authentication, a form with the MIME as a file."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.workers.adapters.mock_provider import MockProvider

KEY = "the-sending-key-of-mailgun"
DOMAIN = "chorus.example"

_YES_OR_NO = {"o:tracking", "o:tracking-opens", "o:tracking-clicks"}


@dataclass
class MockMailgun(MockProvider):
    path = "/v3/{domain}/messages.mime"

    async def look_at(self, request: Request) -> Response:
        expected = base64.b64encode(f"api:{KEY}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return PlainTextResponse("Forbidden", status_code=401)
        if request.path_params["domain"] != DOMAIN:
            return JSONResponse({"message": "Domain not found: no"}, status_code=404)
        async with request.form(max_part_size=25_000_000) as form:
            fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
            file = form.get("message")
            if not isinstance(file, UploadFile):
                return JSONResponse({"message": "message parameter is missing"}, status_code=400)
            raw = await file.read()
        if not re.fullmatch(r"[^\s@<>]+@[a-z0-9.-]+", fields.get("to", "")):
            return JSONResponse(
                {"message": "'to' parameter is not a valid address. please check documentation"},
                status_code=400,
            )
        if any(fields.get(name, "no") not in {"yes", "no"} for name in _YES_OR_NO):
            return JSONResponse({"message": "tracking is not a valid boolean"}, status_code=400)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        if not all(message[name] for name in ("From", "To", "Subject", "Message-ID")):
            return JSONResponse({"message": "from parameter is missing"}, status_code=400)
        self.taken.append({**fields, "raw": raw, "message": message})
        return JSONResponse({"id": message["Message-ID"], "message": "Queued. Thank you."})
