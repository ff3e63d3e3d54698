"""`/me/address`: ask to be reached elsewhere; and the pages behind the links to both mailboxes."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.errors import LinkExpired
from campaigns.rights.address_changing import (
    Change,
    ChangeState,
    approve,
    ask_for_change,
    change_by_id,
    confirm_by_code,
    confirm_new,
    newest_change,
    stop,
)
from campaigns.rights.own_page import own_page
from campaigns.supporters.masking import masked_address
from campaigns.tokens import Purpose
from web.context import Context, context
from web.forms.address_form import AddressForm, read_address_form
from web.forms.body import read_form
from web.forms.text import one_line, six_digits
from web.me.cookie import give_open_page, who_is_here
from web.me.views import AddressLinkPage, AddressPage
from web.messages import N_
from web.public.confirming import SECRET
from web.public.pages import FieldView, FormView
from web.public.signing import CODE_MISSING
from web.responses import see_other, send_page

SAME_ADDRESS = N_("This is the address we have already. Enter the one you want to use from now on")
CODE_WRONG = N_("This code did not work. Take the one from the newest mail, or use the link in it")
CONFIRM, APPROVE, STOP = "confirm", "approve", "stop"
PURPOSES = {
    CONFIRM: Purpose.NEW_ADDRESS,
    APPROVE: Purpose.OLD_ADDRESS,
    STOP: Purpose.OLD_ADDRESS,
}
ACTS = {CONFIRM: confirm_new, APPROVE: approve, STOP: stop}


async def address_page(request: Request) -> Response:
    """GET: the form, and how far the last wish has come."""
    here = context(request)
    supporter_id = await who_is_here(request, keys=here.keys)
    return await _show(request, here, supporter_id)


async def change_address(request: Request) -> Response:
    """POST of the new address: both mailboxes are asked."""
    here = context(request)
    supporter_id = await who_is_here(request, keys=here.keys)
    if supporter_id is None:
        return _ask_again(request)
    form = read_address_form(await read_form(request))
    if form.address is None:
        return await _show(request, here, supporter_id, form=form)
    found = await own_page(supporter_id, language=request.path_params["lang"])
    if found is not None and found.person.email == form.address.raw:
        return await _show(
            request, here, supporter_id, form=AddressForm(typed=form.typed, error=SAME_ADDRESS)
        )
    await ask_for_change(supporter_id, form.address, keys=here.keys, now=clock.now())
    return see_other(f"/{request.path_params['lang']}/me/address")


async def type_code(request: Request) -> Response:
    """POST of the six digits that were mailed to the new address."""
    here = context(request)
    supporter_id = await who_is_here(request, keys=here.keys)
    if supporter_id is None:
        return _ask_again(request)
    typed = one_line((await read_form(request)).get("code", ""))[:40]
    digits = six_digits(typed)
    if not digits:
        return await _show(request, here, supporter_id, code=typed, code_error=CODE_MISSING)
    if not await confirm_by_code(supporter_id, digits, keys=here.keys, now=clock.now()):
        return await _show(request, here, supporter_id, code=typed, code_error=CODE_WRONG)
    change = await newest_change(supporter_id, now=clock.now())
    if change is None or change.state is not ChangeState.DONE:
        return see_other(f"/{request.path_params['lang']}/me/address")
    # Whoever opened the page at the old mailbox and has the code from the new one is at home in both.
    response = see_other(f"/{request.path_params['lang']}/me?done=moved")
    give_open_page(response, supporter_id, keys=here.keys, secure=here.settings.uses_https)
    return response


async def stop_here(request: Request) -> Response:
    """POST, from the person's own page: forget the wish."""
    here = context(request)
    supporter_id = await who_is_here(request, keys=here.keys)
    if supporter_id is None:
        return _ask_again(request)
    change = await newest_change(supporter_id, now=clock.now())
    if change is not None and change.state is ChangeState.OPEN:
        await stop(change.id, now=clock.now())
    return see_other(f"/{request.path_params['lang']}/me/address")


async def link_page(request: Request) -> Response:
    """GET of a link in one of the two mails: one button, or how it ended."""
    here = context(request)
    end, token = request.path_params["end"], request.path_params["token"]
    change = await change_by_id(here.keys.read_link(PURPOSES[end], token), now=clock.now())
    return _show_link(request, here, end, change)


async def follow_link(request: Request) -> Response:
    """POST of the button."""
    here = context(request)
    end, token = request.path_params["end"], request.path_params["token"]
    change_id = here.keys.read_link(PURPOSES[end], token)
    try:
        await ACTS[end](change_id, now=clock.now())
    except LinkExpired:
        return _show_link(request, here, end, await change_by_id(change_id, now=clock.now()))
    return see_other(request.url.path)


def _ask_again(request: Request) -> Response:
    return see_other(f"/{request.path_params['lang']}/me")


async def _show(
    request: Request,
    here: Context,
    supporter_id: UUID | None,
    *,
    form: AddressForm | None = None,
    code: str = "",
    code_error: str = "",
) -> Response:
    language = request.path_params["lang"]
    found = await own_page(supporter_id, language=language) if supporter_id else None
    if supporter_id is None or found is None:
        return _ask_again(request)
    change = await newest_change(supporter_id, now=clock.now())
    is_open = change is not None and change.state is ChangeState.OPEN
    translate = here.templating.gettext(language)
    url = f"/{language}/me/address"
    page = AddressPage(
        me_url=f"/{language}/me",
        email=found.person.email,
        form=(form or AddressForm()).view(url, translate),
        code_form=FormView(
            action=f"{url}/code",
            fields={
                "code": FieldView(name="code", value=code, error=translate(code_error) if code_error else "")
            },
        ),
        waiting=change.email if change and is_open else "",
        new_agreed=change.new_agreed if change else False,
        old_agreed=change.old_agreed if change else False,
        stop_action=f"{url}/stop",
    )
    text = here.templating.render("me_address.html", language=language, path="/me/address", page=page)
    is_wrong = bool(code_error or (form and form.error))
    return send_page(request, text, status=422 if is_wrong else 200, headers=SECRET)


def _show_link(request: Request, here: Context, end: str, change: Change | None) -> Response:
    language, token = request.path_params["lang"], request.path_params["token"]
    state = change.state if change else ChangeState.EXPIRED
    address = change.email if change else ""
    path = f"/me/address/{end}/{token}"
    page = AddressLinkPage(
        end=end,
        state=state,
        agreed=bool(change and (change.new_agreed if end == CONFIRM else change.old_agreed)),
        action=f"/{language}{path}",
        address=address if end == CONFIRM else masked_address(address),
        ask_url=f"/{language}/me",
    )
    text = here.templating.render("address_link.html", language=language, path=path, page=page)
    is_late = state is ChangeState.EXPIRED
    return send_page(request, text, status=LinkExpired.status if is_late else 200, headers=SECRET)
