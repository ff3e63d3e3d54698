"""`/console/devices`: every browser that is signed in with one's account, each with a button to sign it out."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.accounts.sessions import SignedIn, devices_of, end_other_sessions, end_session
from campaigns.errors import NotFound
from web.console.cookie import drop_session
from web.console.guard import SIGN_IN, signed_in
from web.console.language import language_of_account
from web.console.views import DeviceItem, DevicesPage
from web.context import context
from web.forms.body import read_form
from web.public.confirming import SECRET
from web.responses import see_other, send_page

DEVICES = "/console/devices"
OTHERS = "others"


@signed_in
async def devices(request: Request, who: SignedIn) -> Response:
    found = await devices_of(who.account_id, now=clock.now())
    page = DevicesPage(
        devices=[
            DeviceItem(
                key=each.session_id.hex,
                browser=each.browser,
                system=each.system,
                signed_in_at=each.created_at,
                seen_at=each.seen_at,
                is_this_one=each.session_id == who.session_id,
            )
            for each in found
        ],
        others=len(found) - 1,
        ended=request.query_params.get("done") == "ended",
    )
    text = context(request).templating.render(
        "console/devices.html",
        language=language_of_account(who.language),
        path="/",
        page=page,
        languages=(),
    )
    return send_page(request, text, headers=SECRET)


@signed_in
async def sign_out_device(request: Request, who: SignedIn) -> Response:
    """POST of one device, or of all others."""
    device = (await read_form(request)).get("device", "")
    now = clock.now()
    if device == OTHERS:
        await end_other_sessions(who.session_id, of=who.account_id, now=now)
        return see_other(f"{DEVICES}?done=ended")
    session_id = _uuid(device)
    await end_session(session_id, of=who.account_id, now=now)
    if session_id != who.session_id:
        return see_other(f"{DEVICES}?done=ended")
    response = see_other(SIGN_IN)
    drop_session(response, secure=context(request).settings.uses_https)
    return response


def _uuid(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise NotFound from None
