"""`/style-guide/`: every component and every sample page, in development only."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from campaigns.errors import NotFound
from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES
from web.context import context
from web.development.mail_gallery import WITH_A_MAIL
from web.development.style_guide import sample_pages, style_guide
from web.public.pages import Choice
from web.responses import send_page


def style_guide_routes() -> list[BaseRoute]:
    return [
        Route("/style-guide/", components, methods=["GET"]),
        Route("/{lang:lang}/style-guide", components, methods=["GET"]),
        Route("/{lang:lang}/style-guide/{sample}", sample, methods=["GET"]),
    ]


async def components(request: Request) -> Response:
    language = request.path_params.get("lang", DEFAULT_LANGUAGE)
    links = [
        Choice(value=each.name, label=each.name, url=f"/{language}/style-guide/{each.name}")
        for each in sample_pages(language)
    ]
    page = replace(style_guide(language), samples=links)
    return _send(request, "development/style_guide.html", language, "/style-guide", page)


async def sample(request: Request) -> Response:
    language, name = request.path_params["lang"], request.path_params["sample"]
    assert language in LANGUAGES  # noqa: S101 - the route takes no other
    for each in sample_pages(language):
        if each.name == name:
            return _send(request, each.template, language, f"/style-guide/{name}", each.page)
    raise NotFound


def _send(request: Request, template: str, language: str, path: str, page: object) -> Response:
    text = context(request).templating.render(template, language=language, path=path, page=page)
    return send_page(request, text, headers={"content-security-policy": WITH_A_MAIL})
