"""`/console/`: who you are here, what you may do, and until when."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import clock
from campaigns.accounts.holding import place_names
from campaigns.accounts.models import ScopeKind
from campaigns.accounts.sessions import SignedIn
from campaigns.languages import in_language
from web.console.guard import signed_in
from web.console.language import language_of_account
from web.console.views import ConsoleHomePage, MandateItem
from web.context import context
from web.public.confirming import SECRET
from web.responses import PRIVATE, send_page


async def console_without_slash(_: Request) -> Response:
    return RedirectResponse("/console/", status_code=308, headers={"cache-control": PRIVATE})


@signed_in
async def console_home(request: Request, who: SignedIn) -> Response:
    here = context(request)
    language, today = language_of_account(who.language), clock.now().date()
    snapshot = await here.site.snapshot()
    current = [each for each in who.mandates if not each.ended and each.ends_on >= today]
    names = await place_names(each.scope for each in current)
    federation = in_language(snapshot.federation.names, language)
    page = ConsoleHomePage(
        name=who.name,
        email=who.email,
        mandates=[
            MandateItem(
                role=each.role.value,
                place=federation
                if each.scope.kind is ScopeKind.FEDERATION
                else in_language(names[each.scope], language),
                ends_on=each.ends_on,
                begins_on=each.starts_on if each.starts_on > today else None,
            )
            for each in current
        ],
        in_force=bool(who.in_force(today)),
    )
    text = here.templating.render("console/home.html", language=language, path="/", page=page, languages=())
    return send_page(request, text, headers=SECRET)
