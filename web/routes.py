"""Every URL of the site, in one table."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from campaigns.languages import LANGUAGES
from web import health
from web.console import devices, home
from web.console import signing_in as console
from web.development.mailbox import mailbox_routes
from web.development.style_guide_page import style_guide_routes
from web.me import address, asking, downloading, erasing, page, preferring
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


class AddressEndConvertor(Convertor[str]):
    """Which button of a change of address: of the new mailbox, or one of the two of the old."""

    regex = "|".join(address.PURPOSES)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("lang", LanguageConvertor())
register_url_convertor("slug", SlugConvertor())
register_url_convertor("end", AddressEndConvertor())

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
        Route("/{lang:lang}/preferences/{token}", preferring.preferences_page, methods=GET),
        Route("/{lang:lang}/preferences/{token}", preferring.save, methods=POST),
        Route("/{lang:lang}/me", page.me, methods=GET),
        Route("/{lang:lang}/me", asking.ask, methods=POST),
        Route("/{lang:lang}/me/asked", asking.asked, methods=GET),
        Route("/{lang:lang}/me/open/{token}", asking.open_page, methods=GET),
        Route("/{lang:lang}/me/open/{token}", asking.open_own_page, methods=POST),
        Route("/{lang:lang}/me/close", asking.close, methods=POST),
        Route("/{lang:lang}/me/name", page.show_or_hide_name, methods=POST),
        Route("/{lang:lang}/me/unsubscribe", page.stop_news, methods=POST),
        Route("/{lang:lang}/me/data.json", downloading.download_json, methods=GET),
        Route("/{lang:lang}/me/data.zip", downloading.download_tables, methods=GET),
        Route("/{lang:lang}/me/address", address.address_page, methods=GET),
        Route("/{lang:lang}/me/address", address.change_address, methods=POST),
        Route("/{lang:lang}/me/address/code", address.type_code, methods=POST),
        Route("/{lang:lang}/me/address/stop", address.stop_here, methods=POST),
        Route("/{lang:lang}/me/address/{end:end}/{token}", address.link_page, methods=GET),
        Route("/{lang:lang}/me/address/{end:end}/{token}", address.follow_link, methods=POST),
        Route("/{lang:lang}/me/erase", erasing.erase_page, methods=GET),
        Route("/{lang:lang}/me/erase", erasing.erase_person, methods=POST),
        Route("/{lang:lang}/me/erased", erasing.erased, methods=GET),
        Route("/", reading.front_door, methods=GET),
        Route("/{lang:lang}/", reading.home, methods=GET),
        Route("/{lang:lang}", reading.home_without_slash, methods=GET),
        Route("/{lang:lang}/privacy", reading.privacy, methods=GET),
        Route("/console", home.console_without_slash, methods=GET),
        Route("/console/", home.console_home, methods=GET),
        Route("/console/sign-in", console.sign_in_page, methods=GET),
        Route("/console/sign-in", console.ask, methods=POST),
        Route("/console/sign-in/asked", console.asked, methods=GET),
        Route("/console/sign-in/{token}", console.link_page, methods=GET),
        Route("/console/sign-in/{token}", console.use_link, methods=POST),
        Route("/console/sign-out", console.sign_out, methods=POST),
        Route("/console/devices", devices.devices, methods=GET),
        Route("/console/devices", devices.sign_out_device, methods=POST),
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
