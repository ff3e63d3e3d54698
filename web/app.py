"""The application: routes, middleware and error pages, all in sight."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp
from tortoise.contrib.starlette import RegisterTortoise

from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.federation.queries import the_federation
from campaigns.languages import LANGUAGES
from campaigns.petitions.confirming import confirming_group
from campaigns.petitions.signing import signing_group
from campaigns.settings import Settings
from campaigns.tokens import Keyring
from web.context import Context
from web.middleware.stack import surrounded
from web.public.campaign_pages import CampaignPages
from web.public.home_pages import HomePages
from web.public.problems import OUTAGE, Problems
from web.public.site import EMPTY_FEDERATION, Site
from web.public.wordings import Wordings
from web.routes import routes
from web.static_files import StaticFiles
from web.templating import Templating
from web.webhooks import table

FRESH = 1.0  # seconds a public page may be old
# Mailbox providers post here by themselves (RFC 8058); the token in the path is the proof.
ONE_CLICK = tuple(f"/{code}/unsubscribe/" for code in LANGUAGES)


class Application(Starlette):
    """Starlette with our middleware around all of it, its handler of unforeseen errors included."""

    def __init__(self, *, around: Callable[[ASGIApp], ASGIApp], **options: Any) -> None:
        super().__init__(**options)
        self._around = around

    def build_middleware_stack(self) -> ASGIApp:
        return self._around(super().build_middleware_stack())


def create_app(settings: Settings, *, fresh: float = FRESH, database: bool = True) -> Starlette:
    """The whole site. `fresh` is how many seconds a public page may lag behind the database.

    `database=False` leaves the connection to the caller (tests hold one already).
    """
    static = StaticFiles()
    plain = Templating(
        site_url=settings.site_url,
        federation_name=EMPTY_FEDERATION.names,
        debug=settings.is_development,
        static_files=static,
    )
    problems = Problems(plain)
    app = Application(
        routes=routes(static, development=settings.is_development),
        lifespan=_lifespan(settings, static, problems, fresh=fresh, database=database),
        exception_handlers={
            ChorusError: problems.chorus_error,
            HTTPException: problems.http_error,
            ClientDisconnect: problems.gone,
            **dict.fromkeys(OUTAGE, problems.unreachable),
            Exception: problems.crash,
        },
        around=lambda inner: surrounded(
            inner,
            settings=settings,
            refuse=problems.refuse,
            exempt_paths=(*ONE_CLICK, table.BELOW),
            largest_bodies=table.LARGEST_BODIES,
        ),
    )
    app.state.static = static
    app.router.redirect_slashes = False  # Starlette's redirect repeats whatever Host the client sent
    return app


def _lifespan(
    settings: Settings, static: StaticFiles, problems: Problems, *, fresh: float, database: bool
) -> Callable[[Starlette], AbstractAsyncContextManager[dict[str, Any]]]:
    @asynccontextmanager
    async def serve() -> AsyncIterator[dict[str, Any]]:
        federation = await the_federation() or EMPTY_FEDERATION
        templating = Templating(
            site_url=settings.site_url,
            federation_name=federation.names,
            contact=federation.contact_email,
            debug=settings.is_development,
            static_files=static,
        )
        problems.templating = templating
        site = Site(fresh=fresh)
        here = Context(
            settings=settings,
            keys=Keyring(settings.secret_key, settings.secret_key_fallbacks),
            templating=templating,
            site=site,
            wordings=Wordings(templating),
            home_pages=HomePages(site, templating, fresh=fresh),
            campaign_pages=CampaignPages(site, templating, site_url=settings.site_url, fresh=fresh),
            signing=signing_group(),
            confirming=confirming_group(),
        )
        yield {"context": here}
        # Whoever was promised an answer gets it before the connections go.
        await here.signing.close()
        await here.confirming.close()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        if not database:
            async with serve() as state:
                yield state
            return
        config = tortoise_config(settings.database_url, pool=settings.database_pool)
        async with RegisterTortoise(app, config=config), serve() as state:
            yield state

    return lifespan
