"""Sign in to the console by a mailed link, and sign out of it.

A GET only shows, because mail scanners open every link; the button posts.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.accounts.sessions import end_session
from campaigns.accounts.signing_in import ask_to_sign_in, link_owner, sign_in
from campaigns.errors import ChorusError, LinkExpired, LinkInvalid
from campaigns.settings import MailAdapter
from web.console.browsers import browser_and_system
from web.console.cookie import drop_session, give_session
from web.console.guard import SIGN_IN, who_is_signed_in
from web.console.language import language_links, language_of_visitor
from web.console.views import SignInAskedPage, SignInLinkPage, SignInPage
from web.context import context
from web.forms.address_form import AddressForm, read_address_form
from web.forms.body import read_form
from web.middleware.client_address import client_network
from web.public.confirming import SECRET
from web.responses import see_other, send_page

HOME = "/console/"


async def sign_in_page(request: Request) -> Response:
    """GET: the form that asks for an address."""
    return _form(request)


async def ask(request: Request) -> Response:
    """POST of an address: whoever it belongs to, the same is done and the same page comes."""
    here = context(request)
    form = read_address_form(await read_form(request))
    if form.address is None:
        return _form(request, form, status=422)
    language = language_of_visitor(request)
    await ask_to_sign_in(
        form.address,
        language=language,
        network=here.keys.network_key(client_network(request.scope)),
        keys=here.keys,
        now=clock.now(),
    )
    return see_other(f"{SIGN_IN}/asked?lang={language}")


async def asked(request: Request) -> Response:
    """GET, after asking: the same page for everybody."""
    in_development = context(request).settings.mail_adapter is MailAdapter.MAILBOX
    page = SignInAskedPage(ask_url=SIGN_IN, mailbox_url="/mailbox/" if in_development else "")
    return _page(request, "console/sign_in_asked.html", page)


async def link_page(request: Request) -> Response:
    """GET of the mailed link: whom it signs in, and one button."""
    token = request.path_params["token"]
    try:
        owner = await link_owner(token, keys=context(request).keys, now=clock.now())
    except (LinkExpired, LinkInvalid) as error:
        return _link_failed(request, error)
    page = SignInLinkPage(action=f"{SIGN_IN}/{token}", name=owner.name)
    return _page(request, "console/sign_in_link.html", page)


async def use_link(request: Request) -> Response:
    """POST of the button: a new session, and an end to the one this browser may have had."""
    here = context(request)
    browser, system = browser_and_system(request.headers.get("user-agent", ""))
    now = clock.now()
    try:
        opened = await sign_in(
            request.path_params["token"], browser=browser, system=system, keys=here.keys, now=now
        )
    except (LinkExpired, LinkInvalid) as error:
        return _link_failed(request, error)
    before = await who_is_signed_in(request)
    if before is not None:
        await end_session(before.session_id, of=before.account_id, now=now)
    response = see_other(HOME)
    give_session(response, opened.cookie, secure=here.settings.uses_https)
    return response


async def sign_out(request: Request) -> Response:
    """POST: this browser is signed in no more."""
    who = await who_is_signed_in(request)
    if who is not None:
        await end_session(who.session_id, of=who.account_id, now=clock.now())
    response = see_other(SIGN_IN)
    drop_session(response, secure=context(request).settings.uses_https)
    return response


def _link_failed(request: Request, error: ChorusError) -> Response:
    return _form(request, link_failed=True, status=error.status)


def _form(
    request: Request, form: AddressForm | None = None, *, link_failed: bool = False, status: int = 200
) -> Response:
    language = language_of_visitor(request)
    translate = context(request).templating.gettext(language)
    view = (form or AddressForm()).view(f"{SIGN_IN}?lang={language}", translate)
    return _page(
        request, "console/sign_in.html", SignInPage(form=view, link_failed=link_failed), status=status
    )


def _page(request: Request, template: str, page: object, *, status: int = 200) -> Response:
    language = language_of_visitor(request)
    text = context(request).templating.render(
        template, language=language, path="/", page=page, languages=language_links(language)
    )
    return send_page(request, text, status=status, headers=SECRET)
