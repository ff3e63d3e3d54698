"""Pages that are read: home, campaign, its count, privacy. They ask the caches and write nothing."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from campaigns import clock
from web.context import context
from web.forms.sign_form import referral, source
from web.public.negotiation import preferred_language
from web.responses import PUBLIC, send_page, send_prepared

# Any site may show our count; a cache may hold it for seconds and serve it through an outage.
COUNT_HEADERS = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": PUBLIC,
}


async def front_door(request: Request) -> Response:
    """`/`: on to the visitor's language."""
    language = preferred_language(request.headers.get("accept-language", ""))
    return RedirectResponse(
        f"/{language}/", status_code=302, headers={"vary": "accept-language", "cache-control": PUBLIC}
    )


async def home(request: Request) -> Response:
    query = request.query_params
    filters = (query.get("area", ""), query.get("region", ""), query.get("language", ""))
    page = await context(request).home_pages.get(request.path_params["lang"], filters)
    return send_prepared(request, page)


async def home_without_slash(request: Request) -> Response:
    return RedirectResponse(f"/{request.path_params['lang']}/", status_code=308)


async def campaign(request: Request) -> Response:
    query = request.query_params if request.scope["query_string"] else {}  # reading even an empty one costs
    page = await context(request).campaign_pages.get(
        request.path_params["slug"],
        request.path_params["lang"],
        referred_by=referral(query.get("r", "")) if query else "",
        source=source(query.get("source", "")) if query else "",
    )
    return send_prepared(request, page)


async def count(request: Request) -> Response:
    """`count.json`: {"count": 4213, "goal": 5000, "share": 0.8426, "state": "open"}"""
    snapshot = await context(request).site.snapshot()
    found = snapshot.campaign(request.path_params["slug"])
    progress = snapshot.progress(found)
    return JSONResponse(
        {
            "count": progress.count,
            "goal": progress.goal,
            "share": round(progress.share, 4),
            "state": found.shown_state(now=clock.now()).value,
        },
        headers=COUNT_HEADERS,
    )


async def privacy(request: Request) -> Response:
    language = request.path_params["lang"]
    text = context(request).templating.render("privacy.html", language=language, path="/privacy", page=None)
    return send_page(request, text, cache=PUBLIC)
