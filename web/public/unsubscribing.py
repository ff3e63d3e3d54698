"""Unsubscribe: by page, or by the one click a mailbox provider makes for its user (RFC 8058)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.languages import in_language
from campaigns.supporters.unsubscribing import unsubscribe
from campaigns.tokens import Purpose
from web.context import context
from web.public.confirming import SECRET
from web.public.pages import UnsubscribePage
from web.responses import see_other, send_page


async def unsubscribe_page(request: Request) -> Response:
    """GET: the button, or, after it, that it is done."""
    here = context(request)
    language = request.path_params["lang"]
    here.keys.read_link(Purpose.UNSUBSCRIBE, request.path_params["token"])
    page = UnsubscribePage(
        action=request.url.path,
        federation=in_language((await here.site.snapshot()).federation.names, language),
        done="done" in request.query_params,
    )
    path = request.url.path.removeprefix(f"/{language}")
    text = here.templating.render("unsubscribe.html", language=language, path=path, page=page)
    return send_page(request, text, headers=SECRET)


async def unsubscribe_person(request: Request) -> Response:
    """POST, from the page or from a mailbox provider: both are the same act."""
    here = context(request)
    person = here.keys.read_link(Purpose.UNSUBSCRIBE, request.path_params["token"])
    await unsubscribe(person, now=clock.now())
    return see_other(f"{request.url.path}?done")
