"""Every URL of the site, in one table."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from campaigns.languages import LANGUAGES
from web import health
from web.development.mailbox import mailbox_routes
from web.development.style_guide_page import style_guide_routes
from web.public import confirming, discovery, reading, signing, unsubscribing
from web.static_files import StaticFiles
from web.webhooks.receiving import webhook_routes


class LanguageConvertor(Convertor[str]):
    """The first part of a page's path: one of our languages, or there is no such page."""

    regex = "|".join(LANGUAGES)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class SlugConvertor(Convertor[str]):
    regex = "[a-z0-9-]{1,80}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("lang", LanguageConvertor())
register_url_convertor("slug", SlugConvertor())

GET = ["GET"]  # Starlette answers HEAD too
POST = ["POST"]


def routes(static: StaticFiles, *, development: bool) -> list[BaseRoute]:
    """The table. What is asked most stands first: a router reads from the top."""
    return [
        Route("/{lang:lang}/campaigns/{slug:slug}", reading.campaign, methods=GET),
        Route("/campaigns/{slug:slug}/count.json", reading.count, methods=GET),
        Route("/{lang:lang}/campaigns/{slug:slug}/sign", signing.sign_form, methods=GET),
        Route("/{lang:lang}/campaigns/{slug:slug}/sign", signing.sign, methods=POST),
        Route("/{lang:lang}/confirm/{token}", confirming.confirm_page, methods=GET),
        Route("/{lang:lang}/confirm/{token}", confirming.confirm, methods=POST),
        static.route(),
        Route("/{lang:lang}/campaigns/{slug:slug}/check-your-inbox", signing.check_your_inbox, methods=GET),
        Route("/{lang:lang}/campaigns/{slug:slug}/code", signing.confirm_by_code, methods=POST),
        Route("/{lang:lang}/campaigns/{slug:slug}/thank-you", confirming.thank_you, methods=GET),
        Route("/{lang:lang}/withdraw/{token}", confirming.withdraw_page, methods=GET),
        Route("/{lang:lang}/withdraw/{token}", confirming.withdraw_signature, methods=POST),
        Route("/{lang:lang}/unsubscribe/{token}", unsubscribing.unsubscribe_page, methods=GET),
        Route("/{lang:lang}/unsubscribe/{token}", unsubscribing.unsubscribe_person, methods=POST),
        Route("/", reading.front_door, methods=GET),
        Route("/{lang:lang}/", reading.home, methods=GET),
        Route("/{lang:lang}", reading.home_without_slash, methods=GET),
        Route("/{lang:lang}/privacy", reading.privacy, methods=GET),
        Route("/robots.txt", discovery.robots, methods=GET),
        Route("/sitemap.xml", discovery.sitemap, methods=GET),
        Route("/favicon.ico", discovery.favicon, methods=GET),
        *webhook_routes(),
        Route("/healthz", health.healthz, methods=GET),
        Route("/readyz", health.readyz, methods=GET),
        *(development_routes() if development else ()),
    ]


def development_routes() -> list[BaseRoute]:
    """Pages that exist on a developer's machine only."""
    from web.development.mail_gallery import mail_gallery_routes  # brings mjml, which the site does not need

    return [*mailbox_routes(), *mail_gallery_routes(), *style_guide_routes()]
