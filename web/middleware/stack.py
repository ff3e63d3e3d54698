"""The order of the middleware, outermost first, in one place.

They stand around Starlette's whole stack, its handler of unforeseen errors included, so that the page for a
500 carries the request id and the security headers as well:

    class Site(Starlette):
        def build_middleware_stack(self) -> ASGIApp:
            return surrounded(super().build_middleware_stack(), settings=settings(), refuse=error_page)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp

from campaigns.settings import Settings
from web.middleware.access import Access
from web.middleware.bad_input import BadInput
from web.middleware.body_limit import BodyLimit
from web.middleware.csrf import CrossSiteRequests
from web.middleware.request_id import RequestId
from web.middleware.security_headers import SecurityHeaders


def surrounded(
    app: ASGIApp,
    *,
    settings: Settings,
    refuse: Callable[[int], ASGIApp],
    exempt_paths: tuple[str, ...] = (),
    largest_bodies: Mapping[str, int] | None = None,
) -> ASGIApp:
    """`app` with everything around it; `refuse(status)` makes an ASGI app that sends that status's page.

    `largest_bodies` are the paths that take more bytes than a form.
    """
    app = CrossSiteRequests(app, site_url=settings.site_url, refuse=refuse(403), exempt_paths=exempt_paths)
    app = BodyLimit(app, refuse=refuse(413), largest_at=largest_bodies)
    app = BadInput(app, refuse=refuse(400))
    app = SecurityHeaders(app, https=settings.uses_https)
    app = Access(app)
    return RequestId(app)
