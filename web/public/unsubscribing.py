"""Unsubscribe: by page, or by the one click a mailbox provider makes for its user (RFC 8058).

A link is about the news of one organization, or, shorter, about all there are. `m` names the mail it stood in.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.errors import LinkInvalid
from campaigns.supporters.unsubscribing import hears_from, unsubscribe, unsubscribe_from
from campaigns.tokens import Purpose
from web.context import Context, context
from web.forms.body import read_form
from web.me.senders import name_of
from web.public.confirming import SECRET
from web.public.pages import UnsubscribePage
from web.responses import PRIVATE, see_other, send_page

LENGTH_OF_SUBSCRIPTION = 64
FORM = "application/x-www-form-urlencoded"
THIS, ALL = "this", "all"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a link is about, and whose news; `of_all` when it is about everybody's. None is the federation."""

    supporter_id: UUID
    organization_id: UUID | None
    of_all: bool


async def unsubscribe_page(request: Request) -> Response:
    """GET: the buttons, or, after them, that it is done."""
    here = context(request)
    subject = _subject(here, request.path_params["token"])
    return await _show(request, here, subject, done=request.query_params.get("done", ""))


async def unsubscribe_person(request: Request) -> Response:
    """POST, from the page or from a mailbox provider: both are the same act, honored at once.

    A provider's is answered without a redirect, as RFC 8058 wants it (section 3.1).
    """
    here = context(request)
    subject = _subject(here, request.path_params["token"])
    # Providers send what they like (multipart, as the RFC advises): only our own form is read.
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    choice = (await read_form(request)).get("choice", "") if is_form else ""
    through = _mail(here, request.query_params.get("m", ""))
    if subject.of_all or choice == ALL:
        await unsubscribe(subject.supporter_id, now=clock.now(), through=through)
    else:
        await unsubscribe_from(
            subject.supporter_id, subject.organization_id, now=clock.now(), through=through
        )
    if choice:
        return see_other(f"{request.url.path}?done={ALL if choice == ALL else THIS}")
    return Response(status_code=200, headers={**SECRET, "cache-control": PRIVATE})


def _subject(here: Context, token: str) -> Subject:
    """Raises LinkInvalid."""
    if len(token) == LENGTH_OF_SUBSCRIPTION:
        return Subject(*here.keys.read_subscription(token), of_all=False)
    return Subject(here.keys.read_link(Purpose.UNSUBSCRIBE, token), None, of_all=True)


def _mail(here: Context, reference: str) -> int | None:
    try:
        return here.keys.read_message_reference(reference)
    except LinkInvalid:
        return None


async def _show(request: Request, here: Context, subject: Subject, *, done: str) -> Response:
    language, token = request.path_params["lang"], request.path_params["token"]
    federation = (await here.site.snapshot()).federation
    hears = await hears_from(subject.supporter_id, subject.organization_id)
    # Said only when it is so: news may have been asked for again since.
    left = hears.this or (subject.of_all and hears.others)
    organization = next(
        (each.name for each in federation.organizations if each.id == subject.organization_id), None
    )
    reference = request.query_params.get("m", "")
    query = f"?m={reference}" if _mail(here, reference) is not None else ""
    preferences = here.keys.link_token(Purpose.PREFERENCES, subject.supporter_id)
    page = UnsubscribePage(
        action=f"{request.url.path}{query}",
        federation=name_of(None, federation, language),
        writer="" if subject.of_all else name_of(organization, federation, language),
        others=not subject.of_all and (hears.others or not done),
        done=bool(done) and not left,
        preferences_url="" if subject.of_all else f"/{language}/preferences/{preferences}",
    )
    text = here.templating.render(
        "unsubscribe.html", language=language, path=f"/unsubscribe/{token}{query}", page=page
    )
    return send_page(request, text, headers=SECRET)
