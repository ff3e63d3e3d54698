"""Who may see a page of the console: whoever is signed in, and of that only what their mandates reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.accounts.permissions import Action, Scope, require
from campaigns.accounts.sessions import SignedIn, read_session
from web.console.cookie import drop_session, session_cookie
from web.context import context
from web.responses import see_other

SIGN_IN = "/console/sign-in"

View = Callable[[Request, SignedIn], Awaitable[Response]]


def signed_in(view: View) -> Callable[[Request], Awaitable[Response]]:
    """Give the view who is there; send everybody else to the page where one signs in."""

    @wraps(view)
    async def guarded(request: Request) -> Response:
        who = await who_is_signed_in(request)
        if who is not None:
            return await view(request, who)
        response = see_other(SIGN_IN)
        secure = context(request).settings.uses_https
        if session_cookie(request, secure=secure):
            drop_session(response, secure=secure)
        return response

    return guarded


async def who_is_signed_in(request: Request) -> SignedIn | None:
    cookie = session_cookie(request, secure=context(request).settings.uses_https)
    return await read_session(cookie, now=clock.now()) if cookie else None


def require_mandate(who: SignedIn, action: Action, scope: Scope) -> None:
    """Raises NotFound, which is answered as 404, where no mandate of theirs reaches today."""
    require(who.mandates, action, scope, clock.now().date())
