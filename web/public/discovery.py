"""What search engines ask for."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from campaigns.languages import LANGUAGES
from web.context import context
from web.responses import PUBLIC


async def robots(request: Request) -> Response:
    """`robots.txt` (RFC 9309): read everything but the pages behind mailed links."""
    lines = ["User-agent: *"]
    for code in LANGUAGES:
        lines += [
            f"Disallow: /{code}/confirm/",
            f"Disallow: /{code}/withdraw/",
            f"Disallow: /{code}/unsubscribe/",
            f"Disallow: /{code}/preferences/",
            f"Disallow: /{code}/me/",
        ]
    lines.append(f"Sitemap: {context(request).settings.site_url}/sitemap.xml")
    return PlainTextResponse("\n".join(lines) + "\n", headers={"cache-control": PUBLIC})


async def sitemap(request: Request) -> Response:
    """`sitemap.xml` (sitemaps.org 0.9): every public page in every language, each naming the others."""
    here = context(request)
    snapshot = await here.site.snapshot()
    paths = ["/", "/privacy", *(f"/campaigns/{slug}" for slug in snapshot.campaigns)]
    site = escape(here.settings.site_url)
    entries = []
    for path in paths:
        twins = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{site}/{code}{path}"/>'
            for code in LANGUAGES
        )
        entries += [f"<url><loc>{site}/{code}{path}</loc>{twins}</url>" for code in LANGUAGES]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">' + "".join(entries) + "</urlset>\n"
    )
    return Response(body, media_type="application/xml", headers={"cache-control": PUBLIC})


async def favicon(request: Request) -> Response:
    """For browsers that ask at the old place."""
    return RedirectResponse(request.app.state.static.url("favicon.svg"), status_code=302)
