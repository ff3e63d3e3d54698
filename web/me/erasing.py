"""`/me/erase`: exactly what would happen, one button, and that it has happened."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.errors import NotFound
from campaigns.mail.models import SuppressionReason
from campaigns.rights.erasing import erase
from campaigns.rights.own_page import foresee, own_page
from campaigns.rights.shredding import Everything, OfOrganization
from web.context import context
from web.forms.body import read_form
from web.me.cookie import drop_open_page, who_is_here
from web.me.senders import name_of, read_key
from web.me.views import ErasePage
from web.public.confirming import SECRET
from web.responses import see_other, send_page

EVERYTHING = "everything"


async def erase_page(request: Request) -> Response:
    """GET: what would happen."""
    here = context(request)
    language, of = request.path_params["lang"], request.query_params.get("of", EVERYTHING)
    supporter_id = await who_is_here(request, keys=here.keys)
    found = await own_page(supporter_id, language=language) if supporter_id else None
    if found is None:
        return see_other(f"/{language}/me")
    scope = _scope(of)
    holder = ""
    if isinstance(scope, OfOrganization):
        names = dict(found.organizations)
        if scope.organization_id not in names:
            raise NotFound
        federation = (await here.site.snapshot()).federation
        holder = name_of(names[scope.organization_id], federation, language)
    foreseen = foresee(found, scope)
    page = ErasePage(
        me_url=f"/{language}/me",
        action=f"/{language}/me/erase",
        of=of,
        holder=holder,
        email=found.person.email,
        taken_back=[each.campaign_title for each in foreseen.taken_back],
        kept_as_numbers=[each.campaign_title for each in foreseen.kept_as_numbers],
        uncounted=foreseen.uncounted,
        newsletters=foreseen.newsletters,
        all_gone=foreseen.all_gone,
        gets_mail=found.person.on_hold in (None, SuppressionReason.UNSUBSCRIBED),
    )
    text = here.templating.render("me_erase.html", language=language, path=f"/me/erase?of={of}", page=page)
    return send_page(request, text, headers=SECRET)


async def erase_person(request: Request) -> Response:
    """POST of the button: it is gone when the answer is there."""
    here = context(request)
    language = request.path_params["lang"]
    supporter_id = await who_is_here(request, keys=here.keys)
    if supporter_id is None:
        return see_other(f"/{language}/me")
    await erase(supporter_id, _scope((await read_form(request)).get("of", "")), now=clock.now())
    if await own_page(supporter_id, language=language) is not None:
        return see_other(f"/{language}/me?done=erased")
    response = see_other(f"/{language}/me/erased")
    drop_open_page(response, secure=here.settings.uses_https)
    return response


async def erased(request: Request) -> Response:
    """GET, after everything is gone: nobody is asked who they were."""
    here = context(request)
    language = request.path_params["lang"]
    text = here.templating.render("me_erased.html", language=language, path="/me/erased", page=None)
    return send_page(request, text, headers=SECRET)


def _scope(of: str) -> Everything | OfOrganization:
    """Raises NotFound for what names neither everything nor an organization: a broken form erases nothing."""
    return Everything() if of == EVERYTHING else OfOrganization(read_key(of))
