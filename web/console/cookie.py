"""The cookie of a browser that is signed in to the console.

Over https its name begins with `__Host-`: browsers then take it from this host alone, for all of it and over https
(RFC 6265bis section 4.1.3.2), so no other host of the domain can plant one here.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from campaigns.accounts.sessions import ABSOLUTE

SECURE_NAME, PLAIN_NAME = "__Host-session", "session"


def session_cookie(request: Request, *, secure: bool) -> str:
    """What the browser sent; '' for nothing."""
    return request.cookies.get(_name(secure=secure), "")


def give_session(response: Response, cookie: str, *, secure: bool) -> None:
    _set(response, cookie, seconds=int(ABSOLUTE.total_seconds()), secure=secure)


def drop_session(response: Response, *, secure: bool) -> None:
    _set(response, "", seconds=0, secure=secure)


def _name(*, secure: bool) -> str:
    return SECURE_NAME if secure else PLAIN_NAME


def _set(response: Response, value: str, *, seconds: int, secure: bool) -> None:
    attributes = f"HttpOnly; Max-Age={seconds}; Path=/; SameSite=lax{'; Secure' if secure else ''}"
    response.headers.append("set-cookie", f"{_name(secure=secure)}={value}; {attributes}")
