"""Pages behind the links in a mail: confirm, thank you, withdraw.

A GET only shows, because mail scanners open every link; the button posts. The token is the last part of the path,
and no page that holds one tells its address to another site. (Not `no-referrer`: under it browsers send
`Origin: null` with the button's POST, and old ones could not confirm.)
"""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.campaign.queries import PublicCampaign
from campaigns.errors import LinkExpired, NewerWords, PetitionClosed
from campaigns.languages import LANGUAGES
from campaigns.markdown import markdown
from campaigns.petitions.confirming import Confirmation, can_confirm
from campaigns.petitions.models import SignatureState
from campaigns.petitions.queries import OneSignature, brought_by, signature_by_id
from campaigns.petitions.withdrawing import withdraw
from campaigns.tokens import Purpose
from web.context import Context, context
from web.public.home_pages import campaign_card, story
from web.public.pages import Brought, ConfirmPage, ThankYouPage, WithdrawPage
from web.public.receipt import drop_receipt
from web.public.sharing import qr_svg, share_choices
from web.responses import see_other, send_page
from web.templating import country_name

SECRET = {"referrer-policy": "same-origin", "x-robots-tag": "noindex"}
NEXT_CAMPAIGNS = 3
FEWEST_TOLD = 5  # fewer could tell a signer whether one certain person signed


async def confirm_page(request: Request) -> Response:
    """GET: what will be recorded, and the one button."""
    here = context(request)
    signature_id, submission = here.keys.read_submission(request.path_params["token"])
    signature, campaign = await _signature(here, signature_id)
    if signature.state is SignatureState.WITHDRAWN:
        raise LinkExpired
    language = request.path_params["lang"]
    pending = signature.state is SignatureState.PENDING
    if pending and not await can_confirm(signature.id, now=clock.now()):
        raise PetitionClosed
    page = ConfirmPage(
        action=f"/{language}/confirm/{here.keys.submission_token(signature.id, signature.submission)}",
        newer_words=submission < signature.submission,
        campaign_title=campaign.stories[story(campaign, language)].title,
        campaign_url=_campaign_url(here, language, campaign, signature, pending=pending),
        addressee=signature.addressee,
        demand=markdown(signature.demand),
        text_lang=signature.text_language,
        text_dir=LANGUAGES[signature.text_language].direction,
        name=signature.name,
        country=country_name(signature.country, language),
        show_name=signature.show_name,
        comment=signature.comment,
        newsletter=signature.newsletter,
        already=not pending,
    )
    return _secret_page(request, here, "confirm.html", page)


async def confirm(request: Request) -> Response:
    """POST: from now on it counts."""
    here = context(request)
    signature_id, submission = here.keys.read_submission(request.path_params["token"])
    try:
        confirmed = await here.confirming.submit(Confirmation(signature_id, submission, clock.now()))
    except NewerWords:
        return see_other(request.url.path)
    campaign = (await here.site.snapshot()).by_petition.get(confirmed.petition_id)
    if campaign is None:
        raise LinkExpired
    response = see_other(own_thank_you(here, request.path_params["lang"], campaign.slug, signature_id))
    drop_receipt(response)
    return response


async def thank_you(request: Request) -> Response:
    """GET: share it. `link` is the signer's own token: with it the page knows their share link and what it brought."""
    here = context(request)
    language, slug = request.path_params["lang"], request.path_params["slug"]
    snapshot = await here.site.snapshot()
    campaign = snapshot.campaign(slug)
    text = campaign.stories[story(campaign, language)]
    token = request.query_params.get("link", "")
    code = here.keys.share_code(here.keys.read_link(Purpose.OWN_PAGE, token)) if token else ""
    path = f"/{language}/campaigns/{slug}"
    share_url = f"{here.settings.site_url}{path}{f'?r={code}' if code else ''}"
    page = ThankYouPage(
        campaign_title=text.title,
        campaign_url=path,
        progress=snapshot.progress(campaign),
        count_url=f"/campaigns/{slug}/count.json",
        share_url=share_url,
        share_text=text.share_text,
        share_links=share_choices(share_url, text.share_text, here.templating.gettext(language)),
        qr_svg=qr_svg(share_url),
        brought=await _brought(campaign, code),
        next_campaigns=[
            card
            for card in (campaign_card(each, snapshot, language) for each in snapshot.campaigns.values())
            if card.slug != slug and card.state == "open"
        ][:NEXT_CAMPAIGNS],
    )
    rendered = here.templating.render(
        "thank_you.html", language=language, path=f"/campaigns/{slug}/thank-you", page=page
    )
    return send_page(request, rendered, headers={"x-robots-tag": "noindex"})


async def withdraw_page(request: Request) -> Response:
    """GET: are you sure?"""
    here = context(request)
    signature_id = here.keys.read_link(Purpose.WITHDRAW, request.path_params["token"])
    signature, campaign = await _signature(here, signature_id)
    language = request.path_params["lang"]
    page = WithdrawPage(
        action=request.url.path,
        campaign_title=campaign.stories[story(campaign, language)].title,
        campaign_url=f"/{language}/campaigns/{campaign.slug}",
        name=signature.name,
        done=signature.state is SignatureState.WITHDRAWN,
    )
    return _secret_page(request, here, "withdraw.html", page)


async def withdraw_signature(request: Request) -> Response:
    """POST: it counts no more."""
    here = context(request)
    signature_id = here.keys.read_link(Purpose.WITHDRAW, request.path_params["token"])
    await withdraw(signature_id, now=clock.now())
    return see_other(request.url.path)


async def _brought(campaign: PublicCampaign, code: str) -> Brought | None:
    """What the signer's link brought, once it is enough people that none of them can be told."""
    if not code:
        return None
    signatures, countries = await brought_by(campaign.petition_id, code)
    return Brought(signatures=signatures, countries=countries) if signatures >= FEWEST_TOLD else Brought()


def own_thank_you(here: Context, language: str, slug: str, signature_id: UUID) -> str:
    """The path of a signer's own thank-you page."""
    return (
        f"/{language}/campaigns/{slug}/thank-you?link={here.keys.link_token(Purpose.OWN_PAGE, signature_id)}"
    )


async def _signature(here: Context, signature_id: UUID) -> tuple[OneSignature, PublicCampaign]:
    signature = await signature_by_id(signature_id)
    snapshot = await here.site.snapshot()
    campaign = snapshot.by_petition.get(signature.petition_id) if signature else None
    if signature is None or campaign is None:
        raise LinkExpired
    return signature, campaign


def _campaign_url(
    here: Context, language: str, campaign: PublicCampaign, signature: OneSignature, *, pending: bool
) -> str:
    """Who has confirmed already goes on to their own share page."""
    url = f"/{language}/campaigns/{campaign.slug}"
    return url if pending else own_thank_you(here, language, campaign.slug, signature.id)


def _secret_page(request: Request, here: Context, template: str, page: object) -> Response:
    language = request.path_params["lang"]
    # The language switch keeps the token: it is the reader's own page.
    path = request.url.path.removeprefix(f"/{language}")
    text = here.templating.render(template, language=language, path=path, page=page)
    return send_page(request, text, headers=SECRET)
