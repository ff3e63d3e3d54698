"""`/me`, for those whose page is not open: ask for the link, open it with one press, close it again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.errors import LinkExpired
from campaigns.rights.asking import ask_for_own_page, read_own_page_link
from campaigns.settings import MailAdapter
from web.context import Context, context
from web.forms.address_form import AddressForm, read_address_form
from web.forms.body import read_form
from web.me.cookie import drop_open_page, give_open_page
from web.me.views import AskedPage, AskPage, OpenPage
from web.middleware.client_address import client_network
from web.public.confirming import SECRET
from web.responses import see_other, send_page

CLOSED, EXPIRED = "closed", "expired"


def show_ask_form(
    request: Request, here: Context, form: AddressForm | None = None, *, reason: str = "", status: int = 200
) -> Response:
    """The form that asks for an address; `reason` says why somebody who expected their page sees it."""
    language = request.path_params["lang"]
    asked = form or AddressForm()
    page = AskPage(form=asked.view(f"/{language}/me", here.templating.gettext(language)), reason=reason)
    text = here.templating.render("me_ask.html", language=language, path="/me", page=page)
    return send_page(request, text, status=422 if asked.error else status, headers=SECRET)


async def ask(request: Request) -> Response:
    """POST of an address: whoever it belongs to, the same is done and the same page comes."""
    here = context(request)
    language = request.path_params["lang"]
    form = read_address_form(await read_form(request))
    if form.address is None:
        return show_ask_form(request, here, form)
    await ask_for_own_page(
        form.address,
        language=language,
        network=here.keys.network_key(client_network(request.scope)),
        keys=here.keys,
        now=clock.now(),
    )
    return see_other(f"/{language}/me/asked")


async def asked(request: Request) -> Response:
    """GET, after asking: the same page for everybody."""
    here = context(request)
    language = request.path_params["lang"]
    in_development = here.settings.mail_adapter is MailAdapter.MAILBOX
    page = AskedPage(ask_url=f"/{language}/me", mailbox_url="/mailbox/" if in_development else "")
    text = here.templating.render("me_asked.html", language=language, path="/me/asked", page=page)
    return send_page(request, text, headers=SECRET)


async def open_page(request: Request) -> Response:
    """GET of the mailed link: one button."""
    here = context(request)
    language, token = request.path_params["lang"], request.path_params["token"]
    try:
        await read_own_page_link(token, keys=here.keys, now=clock.now())
    except LinkExpired:
        return show_ask_form(request, here, reason=EXPIRED, status=LinkExpired.status)
    path = f"/me/open/{token}"
    page = OpenPage(action=f"/{language}{path}")
    text = here.templating.render("me_open.html", language=language, path=path, page=page)
    return send_page(request, text, headers=SECRET)


async def open_own_page(request: Request) -> Response:
    """POST of the button: from now on this browser may see the page, for half an hour."""
    here = context(request)
    try:
        supporter_id = await read_own_page_link(request.path_params["token"], keys=here.keys, now=clock.now())
    except LinkExpired:
        return show_ask_form(request, here, reason=EXPIRED, status=LinkExpired.status)
    response = see_other(f"/{request.path_params['lang']}/me")
    give_open_page(response, supporter_id, keys=here.keys, secure=here.settings.uses_https)
    return response


async def close(request: Request) -> Response:
    """POST: this browser may see the page no more."""
    response = see_other(f"/{request.path_params['lang']}/me")
    drop_open_page(response, secure=context(request).settings.uses_https)
    return response
