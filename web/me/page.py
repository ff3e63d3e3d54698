"""`/me`, for those whose page is open: everything we hold about them, and what they can do at once."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.campaign.queries import PublicCampaign
from campaigns.errors import NotFound
from campaigns.languages import LANGUAGES
from campaigns.markdown import markdown
from campaigns.petitions.models import SignatureState
from campaigns.petitions.showing import hide_name, show_name
from campaigns.rights.own_page import OwnConsent, OwnMail, OwnPage, OwnSignature, own_page
from campaigns.supporters.models import ConsentPurpose
from campaigns.supporters.unsubscribing import unsubscribe, unsubscribe_from
from campaigns.tokens import Purpose
from web.context import Context, context
from web.forms.body import read_form
from web.me.asking import CLOSED, show_ask_form
from web.me.cookie import COOKIE, drop_open_page, who_is_here
from web.me.senders import key_of, name_of, read_key
from web.me.views import ConsentItem, Holder, MailItem, MyPage, NewsItem, SignatureItem
from web.public.confirming import SECRET
from web.public.site import Snapshot
from web.responses import see_other, send_page
from web.templating import country_name

DONE = frozenset({"hidden", "shown", "unsubscribed", "erased", "moved"})
EVERYBODY = "all"


async def me(request: Request) -> Response:
    """GET: the page itself, or the form that asks for the link to it."""
    here = context(request)
    supporter_id = await who_is_here(request, keys=here.keys)
    found = await own_page(supporter_id, language=request.path_params["lang"]) if supporter_id else None
    if found is None:
        was_open = COOKIE in request.cookies
        response = show_ask_form(request, here, reason=CLOSED if was_open else "")
        if was_open:
            drop_open_page(response, secure=here.settings.uses_https)
        return response
    done = request.query_params.get("done", "")
    snapshot = await here.site.snapshot()
    page = _view(here, snapshot, found, request.path_params["lang"], done=done if done in DONE else "")
    text = here.templating.render("me.html", language=request.path_params["lang"], path="/me", page=page)
    return send_page(request, text, headers=SECRET)


async def show_or_hide_name(request: Request) -> Response:
    """POST: the name under one signature is shown, or shown no more."""
    here = context(request)
    language = request.path_params["lang"]
    supporter_id = await who_is_here(request, keys=here.keys)
    if supporter_id is None:
        return see_other(f"/{language}/me")
    fields = await read_form(request)
    signature_id = _uuid(fields.get("signature", ""))
    now = clock.now()
    if fields.get("show") == "yes":
        wording_id = await here.wordings.id_of_public_name_later(language)
        await show_name(signature_id, of=supporter_id, wording_id=wording_id, now=now)
        return see_other(f"/{language}/me?done=shown")
    await hide_name(signature_id, of=supporter_id, now=now)
    return see_other(f"/{language}/me?done=hidden")


async def stop_news(request: Request) -> Response:
    """POST: no more news of one sender, or of anybody."""
    here = context(request)
    language = request.path_params["lang"]
    supporter_id = await who_is_here(request, keys=here.keys)
    if supporter_id is None:
        return see_other(f"/{language}/me")
    of = (await read_form(request)).get("of", "")
    if of == EVERYBODY:
        await unsubscribe(supporter_id, now=clock.now())
    else:
        await unsubscribe_from(supporter_id, read_key(of), now=clock.now())
    return see_other(f"/{language}/me?done=unsubscribed")


def _view(here: Context, snapshot: Snapshot, found: OwnPage, language: str, *, done: str) -> MyPage:
    person = found.person
    titles = {each.id: each.campaign_title for each in found.signatures}
    wording = here.wordings.public_name_later(language)
    me_url = f"/{language}/me"
    return MyPage(
        url=me_url,
        email=person.email,
        name=person.name,
        country=country_name(person.country, language) if person.country else "",
        language_name=LANGUAGES[person.language].name if person.language in LANGUAGES else person.language,
        known_since=person.created_at,
        on_hold=person.on_hold or "",
        on_hold_since=person.on_hold_since,
        signatures=[
            _signature(here, each, snapshot.campaigns.get(each.slug), language, wording)
            for each in found.signatures
        ],
        news=[
            NewsItem(
                key=key_of(each.organization_id),
                writer=name_of(each.organization, snapshot.federation, language),
                since=each.since,
            )
            for each in found.subscriptions
            if each.is_on
        ],
        consents=[_consent(each, titles, snapshot, language) for each in found.consents],
        mails=[_mail(each) for each in found.mails],
        mails_in_all=found.mails_in_all,
        preferences_url=f"/{language}/preferences/{here.keys.link_token(Purpose.PREFERENCES, person.id)}",
        holders=[
            Holder(
                name=name_of(name, snapshot.federation, language),
                erase_url=f"{me_url}/erase?of={key_of(organization_id)}",
            )
            for organization_id, name in found.organizations
        ],
        done=done,
    )


def _signature(
    here: Context, each: OwnSignature, campaign: PublicCampaign | None, language: str, wording: str
) -> SignatureItem:
    withdraw = f"/{language}/withdraw/{here.keys.link_token(Purpose.WITHDRAW, each.id)}"
    can_withdraw = campaign is not None and each.state in (SignatureState.PENDING, SignatureState.CONFIRMED)
    return SignatureItem(
        id=each.id.hex,
        title=each.campaign_title,
        url=f"/{language}/campaigns/{each.slug}" if campaign else "",
        state=each.state,
        signed_at=each.signed_at,
        confirmed_at=each.confirmed_at,
        withdrawn_at=each.withdrawn_at,
        name=each.name,
        country=country_name(each.country, language),
        affiliation=each.affiliation or "",
        comment=each.comment,
        comment_state=each.comment_state,
        show_name=each.show_name,
        can_show=each.is_confirmed,
        show_wording=wording,
        withdraw_url=withdraw if can_withdraw else "",
        addressee=each.addressee,
        demand=markdown(each.demand),
        text_lang=each.demand_language,
        text_dir=_direction(each.demand_language),
        text_version=each.demand_version,
        text_published_at=each.demand_published_at,
    )


def _consent(each: OwnConsent, titles: dict[UUID, str], snapshot: Snapshot, language: str) -> ConsentItem:
    if each.purpose is ConsentPurpose.NEWSLETTER:
        about = name_of(each.organization, snapshot.federation, language)
    else:
        about = titles.get(each.signature_id, "") if each.signature_id else ""
    return ConsentItem(
        purpose=each.purpose,
        about=about,
        words=each.words,
        text_lang=each.language,
        text_dir=_direction(each.language),
        method=each.method,
        given_at=each.given_at,
        confirmed_at=each.confirmed_at,
        withdrawn_at=each.withdrawn_at,
    )


def _mail(each: OwnMail) -> MailItem:
    return MailItem(
        kind=each.kind,
        state=each.state,
        reason=each.reason,
        about=each.subject or each.campaign_title,
        moment=each.moment,
    )


def _direction(language: str) -> str:
    return LANGUAGES[language].direction if language in LANGUAGES else "auto"


def _uuid(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise NotFound from None
