"""Postmark's POST /email: https://postmarkapp.com/developer/api/email-api, its limits and its error codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.workers.adapters.mock_provider import MockProvider

TOKEN = "the-server-token-of-postmark"
STREAM = "petitions"

_FIELDS = {
    "From", "To", "Subject", "TextBody", "HtmlBody", "Headers", "MessageStream", "Metadata", "TrackOpens", "TrackLinks",
}  # fmt: skip
# https://postmarkapp.com/support/article/1180-what-does-errorcode-300-mean
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'`*+\-/=^_{}|~]+@(\.?[a-z0-9-])+", re.IGNORECASE)
_NAMED = re.compile(r'(?:(?:"(?:[^"\\]|\\.)*"|[^"<>(),;:\\@]*) )?<([^<>]+)>|([^<> ]+)')


@dataclass
class MockPostmark(MockProvider):
    inactive: set[str] = field(default_factory=set)
    verified: str = "chorus.example"

    path = "/email"

    async def look_at(self, request: Request) -> Response:
        if request.headers.get("x-postmark-server-token") != TOKEN:
            return _error(401, 10, "Bad or missing Server API token.")
        if request.headers.get("content-type") != "application/json":
            return _error(422, 409, "JSON required")
        mail = await request.json()
        problem = self._problem(mail)
        if problem is not None:
            return problem
        self.taken.append(mail)
        return JSONResponse({"To": mail["To"], "MessageID": "b7bc2f4a", "ErrorCode": 0, "Message": "OK"})

    def _problem(self, mail: dict[str, Any]) -> Response | None:
        if not set(mail) <= _FIELDS:
            return _error(422, 300, "Unknown field")
        sender = _NAMED.fullmatch(mail["From"])
        if sender is None or not _ADDRESS.fullmatch(sender[1] or sender[2]):
            return _error(422, 300, f"Invalid 'From' address: '{mail['From']}'.")
        if not (sender[1] or sender[2]).endswith(f"@{self.verified}"):
            return _error(422, 400, f"The 'From' address {mail['From']} is not a Sender Signature.")
        if not _ADDRESS.fullmatch(mail["To"]):
            return _error(422, 300, f"Error parsing 'To': Illegal email address '{mail['To']}'.")
        if mail.get("MessageStream", "outbound") != STREAM:
            return _error(422, 1235, "The stream does not exist on this server.")
        if not (mail.get("TextBody") or mail.get("HtmlBody")):
            return _error(422, 300, "Provide either email TextBody or HtmlBody or both.")
        for header in mail.get("Headers", []):
            if set(header) != {"Name", "Value"} or any(
                re.search(r"[\r\n]", text) for text in header.values()
            ):
                return _error(422, 300, "Invalid header")
        for key, value in mail.get("Metadata", {}).items():
            if len(key) > 20 or not isinstance(value, str) or len(value) > 80:
                return _error(422, 300, "Invalid metadata content.")
        if mail["To"].lower() in self.inactive:
            return _error(422, 406, f"You tried to send to inactive addresses: {mail['To']}.")
        return None


def _error(status: int, code: int, message: str) -> Response:
    return JSONResponse({"ErrorCode": code, "Message": message}, status_code=status)
