"""The real site without a server: visitors with browsers of their own, and the mailbox everybody's mail goes to.

async with opened_site() as site:
    amina = site.visitor()
    await amina.get("/en/campaigns/clean-air")
    await site.deliver()
    mail = site.newest_mail(to="amina@example.org")
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.connection import get_connection

from campaigns.mail.port import MailDelayed, MailRefused, OutgoingMail
from campaigns.settings import Settings
from campaigns.tokens import Keyring
from tests.factories.petitions import OpenPetition
from tests.settings import SETTINGS
from web.app import create_app
from workers.bootstrap import Workshop, workshop
from workers.jobs.count import fold_counts
from workers.jobs.deliver import deliver
from workers.jobs.deliver_bulk import deliver_bulk

ADDRESS = "203.0.113.9"
_LINK = re.compile(r"https://[^\s\"'<>]+")


@dataclass
class Postbox:
    """A mailer that keeps what it is given; a recipient in `trouble` is answered with that error."""

    connections: int = 4
    mails: list[OutgoingMail] = field(default_factory=list)
    trouble: dict[str, Exception] = field(default_factory=dict)

    async def send(self, mail: OutgoingMail) -> None:
        if mail.recipient in self.trouble:
            raise self.trouble[mail.recipient]
        self.mails.append(mail)

    async def close(self) -> None:
        """Nothing is open."""

    def refuse(self, recipient: str) -> None:
        self.trouble[recipient] = MailRefused("smtp-550")

    def delay(self, recipient: str) -> None:
        self.trouble[recipient] = MailDelayed("smtp-451")


@dataclass
class RunningSite:
    """The site as one process serves it, with a worker at hand."""

    app: Starlette
    settings: Settings
    state: Mapping[str, Any]
    postbox: Postbox = field(default_factory=Postbox)

    @property
    def keys(self) -> Keyring:
        return Keyring(self.settings.secret_key, self.settings.secret_key_fallbacks)

    @property
    def shop(self) -> Workshop:
        """What a worker of this site works with; every call is another worker."""
        return workshop(self.settings, self.postbox)

    def visitor(self, *, address: str = ADDRESS, origin: str | None = None) -> httpx.AsyncClient:
        """A browser with a cookie jar of its own, which says where its forms come from."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self._asgi(), raise_app_exceptions=False, client=(address, 1234)),
            base_url=self.settings.site_url,
            headers={"origin": origin or self.settings.site_url, "user-agent": "a test"},
        )

    def _asgi(self) -> ASGIApp:
        async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, "state": dict(self.state)}, receive, send)

        return asgi

    async def deliver(self) -> list[OutgoingMail]:
        """Let the worker send everything that is due; the mails it sent now."""
        before = len(self.postbox.mails)
        await deliver(self.shop)
        await deliver_bulk(self.shop)
        return self.postbox.mails[before:]

    async def fold(self) -> None:
        """Let the worker count what was confirmed and withdrawn."""
        await fold_counts(self.shop)

    def newest_mail(self, *, to: str) -> OutgoingMail:
        return [mail for mail in self.postbox.mails if mail.recipient == to][-1]


@asynccontextmanager
async def opened_site(
    settings: Settings = SETTINGS, *, fresh: float = 0, **changes: Any
) -> AsyncIterator[RunningSite]:
    """The site with its lifespan entered; `changes` are fields of Settings.

    With `fresh=0` what a page shows is what the database says at that moment; a test that asks for hundreds of pages
    may let them be as old as it likes.
    """
    chosen = replace(settings, **changes)
    app = create_app(chosen, fresh=fresh, database=False)
    async with app.router.lifespan_context(app) as state:
        yield RunningSite(app=app, settings=chosen, state=state or {})


def filled(petition: OpenPetition, *, language: str = "en", **changes: str | None) -> dict[str, str]:
    """What a browser posts from the sign form; a field changed to None is not sent."""
    fields: dict[str, str | None] = {
        "name": "Amina Ben Salah",
        "email": "amina@example.org",
        "country": "TN",
        "affiliation": "",
        "comment": "",
        "text": str(petition.texts[language].id),
        "r": "",
        "source": "",
        "website": "",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


async def sign_in_browser(
    visitor: httpx.AsyncClient, petition: OpenPetition, *, language: str = "en", **changes: str | None
) -> httpx.Response:
    """Send the sign form; the answer, not followed."""
    return await visitor.post(
        f"/{language}/campaigns/{petition.slug}/sign", data=filled(petition, language=language, **changes)
    )


def links_of(mail: OutgoingMail) -> list[str]:
    """Every link a program could find in a mail, each once, the header's among them."""
    places = [mail.headers.get("List-Unsubscribe", ""), mail.text, mail.html.replace("&amp;", "&")]
    return list(dict.fromkeys(link.rstrip(".,;") for place in places for link in _LINK.findall(place)))


def own_links_of(mail: OutgoingMail) -> list[str]:
    """The links of a mail that lead to the site."""
    return [link for link in links_of(mail) if link.startswith(f"{SETTINGS.site_url}/")]


def link_to(mail: OutgoingMail, page: str) -> str:
    """The path of the link to 'confirm', 'withdraw' or 'unsubscribe' in a mail."""
    return next(
        urlsplit(link).path for link in own_links_of(mail) if urlsplit(link).path.split("/")[2] == page
    )


def code_in(mail: OutgoingMail) -> str:
    """The six digits as a person reads them in a mail."""
    found = re.search(r"^\s+(\d{3})\D{0,12}(\d{3})\s*$", mail.text, re.MULTILINE)
    assert found is not None
    return found[1] + found[2]


async def rows(statement: str, *values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await get_connection("default").execute_query_dict(statement, list(values))]


async def value(statement: str, *values: Any) -> Any:
    """The one value of the one row."""
    (row,) = await rows(statement, *values)
    (found,) = row.values()
    return found


async def whole_database() -> dict[str, list[str]]:
    """Every row of every table as text, sorted: two that are equal mean that nothing was written."""
    tables = await rows("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    return {
        table["name"]: [
            row["line"] for row in await rows(f"SELECT t::text AS line FROM {table['name']} AS t ORDER BY 1")
        ]
        for table in tables
    }
