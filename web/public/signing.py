"""The sign form, and the page that asks to look into the inbox."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.campaign.models import CampaignState
from campaigns.campaign.queries import DemandText, PublicCampaign
from campaigns.countries import country_names
from campaigns.errors import NewerWords, PetitionClosed
from campaigns.ids import new_id
from campaigns.languages import LANGUAGES, in_language
from campaigns.markdown import markdown
from campaigns.petitions.confirming import CodeVerdict, Confirmation, try_code
from campaigns.petitions.names import looks_like_a_name
from campaigns.petitions.signing import ROBOT, Submission
from campaigns.settings import MailAdapter
from campaigns.supporters.addresses import is_disposable, typo_hint
from campaigns.supporters.models import ConsentPurpose
from web.context import Context, context
from web.forms.body import read_form
from web.forms.sign_form import SignForm, empty_sign_form, read_sign_form, referral, source
from web.forms.text import one_line, six_digits
from web.messages import N_
from web.middleware.client_address import client_network, neighborhood_of
from web.public.confirming import own_thank_you
from web.public.home_pages import story
from web.public.pages import Choice, FieldView, FormView, InboxPage, SignPage
from web.public.receipt import Receipt, drop_receipt, give_receipt, read_receipt
from web.public.site import Snapshot
from web.public.webmail import webmail
from web.responses import see_other, send_page

CODE_MISSING = N_("Enter the six digits from the mail")
# One answer for a wrong code, a used-up one, and one for an address that has long confirmed: three answers would tell
# a stranger who signs with your address whether you had.
CODE_WRONG = N_(
    "This code did not work. Take the one from the newest mail, or use the link in it: after five tries only the "
    "link works"
)


async def sign_form(request: Request) -> Response:
    """GET: the empty form."""
    here = context(request)
    language, slug = request.path_params["lang"], request.path_params["slug"]
    snapshot = await here.site.snapshot()
    campaign = _open_campaign(snapshot, slug)
    demand = _demand(campaign, language)
    query = request.query_params
    form = empty_sign_form(
        text_id=demand.id,
        referred_by=referral(query.get("r", "")),
        source=source(query.get("source", "")),
    )
    return _show_form(request, here, snapshot, campaign, form)


async def sign(request: Request) -> Response:
    """POST: everybody whose form is complete is sent to the same page, whoever they are."""
    here = context(request)
    language, slug = request.path_params["lang"], request.path_params["slug"]
    snapshot = await here.site.snapshot()
    campaign = _open_campaign(snapshot, slug)
    form = read_sign_form(await read_form(request), organizations=snapshot.organizations)
    text = next((each for each in campaign.demands.values() if each.id == form.text_id), None)
    if form.errors or form.address is None or text is None:
        return _show_form(request, here, snapshot, campaign, form, status=422, text_changed=text is None)
    submission = await _submission(request, here, snapshot, campaign, form, text.id)
    signed = await here.signing.submit(submission)
    response = see_other(f"/{language}/campaigns/{slug}/check-your-inbox")
    receipt = Receipt(slug, signed.signature_id, signed.submission, form.address.raw)
    give_receipt(response, receipt, keys=here.keys, secure=here.settings.uses_https)
    return response


async def check_your_inbox(request: Request) -> Response:
    return _show_inbox(request, await context(request).site.snapshot())


async def confirm_by_code(request: Request) -> Response:
    """POST of the six-digit code, for mail programs that block links."""
    here = context(request)
    language, slug = request.path_params["lang"], request.path_params["slug"]
    snapshot = await here.site.snapshot()
    snapshot.campaign(slug)
    typed = one_line((await read_form(request)).get("code", ""))[:40]
    digits = six_digits(typed)
    receipt = read_receipt(request, slug=slug, keys=here.keys)
    if not digits:
        return _show_inbox(request, snapshot, typed=typed, error=CODE_MISSING)
    now = clock.now()
    if receipt is None or CodeVerdict.RIGHT is not await try_code(
        receipt.signature_id, receipt.submission, digits, keys=here.keys, now=now
    ):
        return _show_inbox(request, snapshot, typed=typed, error=CODE_WRONG)
    try:
        confirmed = await here.confirming.submit(Confirmation(receipt.signature_id, receipt.submission, now))
    except NewerWords:
        return _show_inbox(request, snapshot, typed=typed, error=CODE_WRONG)
    response = see_other(own_thank_you(here, language, slug, confirmed.signature_id))
    drop_receipt(response)
    return response


def _open_campaign(snapshot: Snapshot, slug: str) -> PublicCampaign:
    campaign = snapshot.campaign(slug)
    if campaign.shown_state(now=clock.now()) is not CampaignState.OPEN:
        raise PetitionClosed
    return campaign


def _demand(campaign: PublicCampaign, language: str) -> DemandText:
    return campaign.demands.get(language) or campaign.demands[campaign.default_language]


async def _submission(
    request: Request,
    here: Context,
    snapshot: Snapshot,
    campaign: PublicCampaign,
    form: SignForm,
    text_id: UUID,
) -> Submission:
    language = request.path_params["lang"]
    assert form.address is not None  # noqa: S101 - a form without errors has one
    writer = campaign.organization or in_language(snapshot.federation.names, language)
    agreed = {
        ConsentPurpose.SIGNATURE: True,
        ConsentPurpose.PUBLIC_NAME: form.show_name,
        ConsentPurpose.NEWSLETTER: form.newsletter,
    }
    organization = snapshot.organizations.get(form.affiliation)
    network = client_network(request.scope)
    neighborhood = neighborhood_of(network)
    return Submission(
        signature_id=new_id(),
        supporter_id=new_id(),
        petition_id=campaign.petition_id,
        text_id=text_id,
        address=form.address,
        name=form.name,
        country=form.country,
        language=language,
        comment=form.comment,
        show_name=form.show_name,
        affiliation_id=organization.id if organization else None,
        consents=[
            (purpose, await here.wordings.id_of(purpose, language, writer=writer))
            for purpose, given in agreed.items()
            if given
        ],
        newsletter_of=campaign.organization_id,
        source=form.source,
        referred_by=form.referred_by,
        network=here.keys.network_key(network),
        neighborhood=here.keys.network_key(neighborhood) if neighborhood else "",
        provider="" if form.address.is_at_common_provider else here.keys.network_key(form.address.domain),
        disposable=is_disposable(form.address),
        held=_held(form),
        now=clock.now(),
    )


def _held(form: SignForm) -> str | None:
    """Why a moderator should look before this counts: a robot's trap was filled, or a name is a message."""
    if form.looks_automatic:
        return ROBOT
    return None if looks_like_a_name(form.name) else "name"


def _show_form(
    request: Request,
    here: Context,
    snapshot: Snapshot,
    campaign: PublicCampaign,
    form: SignForm,
    *,
    status: int = 200,
    text_changed: bool = False,
) -> Response:
    language = request.path_params["lang"]
    demand = _demand(campaign, language)
    spoken = story(campaign, language)
    federation = in_language(snapshot.federation.names, language)
    writer = campaign.organization or federation
    url = f"/{language}/campaigns/{campaign.slug}"
    if text_changed:
        form = _with_text(form, demand)
    page = SignPage(
        campaign_title=campaign.stories[spoken].title,
        campaign_url=url,
        addressee=demand.addressee,
        demand=markdown(demand.demand),
        text_lang=demand.language,
        text_dir=LANGUAGES[demand.language].direction,
        text_version=demand.version,
        text_published_at=demand.published_at,
        progress=snapshot.progress(campaign),
        form=form.view(f"{url}/sign", here.templating.gettext(language)),
        countries=[
            Choice(value=code, label=name, selected=code == form.typed.get("country"))
            for code, name in country_names(language)
        ],
        affiliations=[
            Choice(value=each.slug, label=each.name, selected=each.slug == form.typed.get("affiliation"))
            for each in snapshot.federation.organizations
        ],
        federation=federation,
        signature_wording=here.wordings.text(ConsentPurpose.SIGNATURE, language, writer=writer),
        newsletter_wording=here.wordings.text(ConsentPurpose.NEWSLETTER, language, writer=writer),
        show_name_wording=here.wordings.text(ConsentPurpose.PUBLIC_NAME, language, writer=writer),
        text_changed=text_changed,
    )
    path = f"/campaigns/{campaign.slug}/sign"
    return send_page(
        request, here.templating.render("sign.html", language=language, path=path, page=page), status=status
    )


def _with_text(form: SignForm, demand: DemandText) -> SignForm:
    """The same form, about the newest version of the text."""
    return SignForm(typed={**form.typed, "text": str(demand.id)}, errors=form.errors)


def _show_inbox(request: Request, snapshot: Snapshot, *, typed: str = "", error: str = "") -> Response:
    here = context(request)
    language, slug = request.path_params["lang"], request.path_params["slug"]
    campaign = snapshot.campaign(slug)
    receipt = read_receipt(request, slug=slug, keys=here.keys)
    address = receipt.address if receipt else ""
    url = f"/{language}/campaigns/{slug}"
    mail = webmail(address)
    page = InboxPage(
        campaign_title=campaign.stories[story(campaign, language)].title,
        campaign_url=url,
        sign_url=f"{url}/sign",
        address=address,
        typo_hint=typo_hint(address),
        webmail_name=mail.name if mail else "",
        webmail_url=mail.url if mail else "",
        form=FormView(
            action=f"{url}/code",
            fields={
                "code": FieldView(
                    name="code",
                    value=typed,
                    error=here.templating.gettext(language)(error) if error else "",
                )
            },
        ),
        mailbox_url="/mailbox/" if here.settings.mail_adapter is MailAdapter.MAILBOX else "",
    )
    path = f"/campaigns/{slug}/check-your-inbox"
    return send_page(
        request,
        here.templating.render("check_inbox.html", language=language, path=path, page=page),
        status=422 if error else 200,
    )
