"""`/mail-gallery/`: every mail in every language, on a light and on a dark screen. Exists in development only.

What is shown is made by `email_templates.gallery`; here are the pages around it. They need no JavaScript.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from campaigns.errors import NotFound
from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES
from email_templates import MESSAGES
from email_templates.gallery import Scheme, as_seen, purpose, sample
from web.context import context
from web.middleware.security_headers import CONTENT_SECURITY_POLICY
from web.public.pages import Choice
from web.responses import send_page

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
# A mail is shown in a frame of its own, which no page of the site itself may hold.
WITH_A_MAIL = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
# The mail may style itself and nothing more: its people are made up, and so is where its links lead.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
_LINKS_LEAD_NOWHERE = '<base target="_blank">'


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """One message in one language, in the list."""

    url: str
    lang: str
    dir: str
    language: str
    subject: str
    bytes: int  # of the HTML part


@dataclass(frozen=True, slots=True, kw_only=True)
class MailShelf:
    """One message, with a row for each language."""

    name: str
    purpose: str
    rows: Sequence[MailRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailGalleryPage:
    shelves: Sequence[MailShelf]


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryMailPage:
    """One mail. `html_url` answers with its HTML part alone, for the sandboxed frame."""

    gallery_url: str
    name: str
    purpose: str
    lang: str
    dir: str
    subject: str
    text: str
    bytes: int  # of the HTML part
    html_url: str
    languages: Sequence[Choice]
    schemes: Sequence[Choice]
    messages: Sequence[Choice]


def mail_gallery_routes() -> list[BaseRoute]:
    return [
        Route("/mail-gallery/", gallery, methods=["GET"]),
        Route("/mail-gallery/{message}/{lang:lang}/{scheme}", one_mail, methods=["GET"]),
        Route("/mail-gallery/{message}/{lang:lang}/{scheme}/html", mail_html, methods=["GET"]),
    ]


async def gallery(request: Request) -> Response:
    page = await asyncio.to_thread(mail_gallery_page)
    return _page(request, "development/mail_gallery.html", page)


async def one_mail(request: Request) -> Response:
    page = await asyncio.to_thread(gallery_mail_page, *_asked_for(request))
    return _page(request, "development/mail_gallery_mail.html", page)


async def mail_html(request: Request) -> Response:
    name, language, scheme = _asked_for(request)
    mail = await asyncio.to_thread(sample, name, language)
    return Response(
        as_seen(mail.html, scheme).replace("<head>", f"<head>{_LINKS_LEAD_NOWHERE}", 1),
        media_type="text/html",
        headers={
            "content-security-policy": MAIL_POLICY,
            "x-frame-options": "SAMEORIGIN",
            "cache-control": "no-store",
        },
    )


def mail_gallery_page(names: Collection[str] = MESSAGES.keys()) -> MailGalleryPage:
    """The messages of these names, each in every language."""
    return MailGalleryPage(
        shelves=[
            MailShelf(name=name, purpose=purpose(name), rows=[_row(name, language) for language in LANGUAGES])
            for name in names
        ]
    )


def gallery_mail_page(name: str, language: str, scheme: Scheme) -> GalleryMailPage:
    """One mail, and the ways to the same in another language or light, and to the other mails."""
    row = _row(name, language)
    return GalleryMailPage(
        gallery_url="/mail-gallery/",
        name=name,
        purpose=purpose(name),
        lang=row.lang,
        dir=row.dir,
        subject=row.subject,
        text=sample(name, language).text,
        bytes=row.bytes,
        html_url=f"{_url(name, language, scheme)}/html",
        languages=[
            Choice(
                value=each.code,
                label=each.name if each.direction == "ltr" else f"{each.name} (right to left)",
                url=_url(name, each.code, scheme),
                selected=each.code == language,
            )
            for each in LANGUAGES.values()
        ],
        schemes=[
            Choice(value=each, label=each.title(), url=_url(name, language, each), selected=each == scheme)
            for each in SCHEMES
        ],
        messages=[
            Choice(value=each, label=each, url=_url(each, language, scheme), selected=each == name)
            for each in MESSAGES
        ],
    )


def _row(name: str, language: str) -> MailRow:
    mail = sample(name, language)
    return MailRow(
        url=_url(name, language, "light"),
        lang=language,
        dir=LANGUAGES[language].direction,
        language=LANGUAGES[language].name,
        subject=mail.subject,
        bytes=len(mail.html.encode()),
    )


def _url(name: str, language: str, scheme: str) -> str:
    return f"/mail-gallery/{name}/{language}/{scheme}"


def _asked_for(request: Request) -> tuple[str, str, Scheme]:
    asked = request.path_params
    if asked["message"] not in MESSAGES or asked["scheme"] not in SCHEMES:
        raise NotFound
    return asked["message"], asked["lang"], cast(Scheme, asked["scheme"])


def _page(request: Request, template: str, page: object) -> Response:
    text = context(request).templating.render(template, language=DEFAULT_LANGUAGE, path="/", page=page)
    return send_page(request, text, headers={"content-security-policy": WITH_A_MAIL})
