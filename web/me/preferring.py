"""`/preferences`: whose news one gets, and in which language mails are written."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.languages import LANGUAGES
from campaigns.supporters.preferring import language_of, save_preferences, subscriptions
from campaigns.tokens import Purpose
from web.context import Context, context
from web.forms.body import read_form
from web.me.senders import key_of, name_of
from web.me.views import LanguageChoice, NewsChoice, PreferencesPage
from web.public.confirming import SECRET
from web.responses import see_other, send_page

MOST_BOXES = 250  # more than there are organizations


async def preferences_page(request: Request) -> Response:
    """GET: the boxes."""
    here = context(request)
    supporter_id = _person(request, here)
    language = request.path_params["lang"]
    written_in = await language_of(supporter_id)
    federation = (await here.site.snapshot()).federation
    listed = await subscriptions(supporter_id)
    page = PreferencesPage(
        action=request.url.path,
        choices=[
            NewsChoice(
                name=_box(each.organization_id),
                wording=here.wordings.newsletter_later(
                    language, writer=name_of(each.organization, federation, language)
                ),
                checked=each.is_on,
            )
            for each in listed
        ],
        shown=",".join(key_of(each.organization_id) for each in listed if each.is_on),
        languages=[
            LanguageChoice(
                code=each.code, name=each.name, direction=each.direction, checked=each.code == written_in
            )
            for each in LANGUAGES.values()
        ],
        saved="saved" in request.query_params,
        me_url=f"/{language}/me",
    )
    path = request.url.path.removeprefix(f"/{language}")
    text = here.templating.render("preferences.html", language=language, path=path, page=page)
    return send_page(request, text, headers=SECRET)


async def save(request: Request) -> Response:
    """POST: what was changed on the page is done. What changed elsewhere since it was printed stays."""
    here = context(request)
    supporter_id = _person(request, here)
    language = request.path_params["lang"]
    fields = await read_form(request, most=MOST_BOXES)
    ticked_before = set(fields.get("shown", "").split(","))
    federation = (await here.site.snapshot()).federation
    stop: list[UUID | None] = []
    start: list[tuple[UUID | None, UUID]] = []
    for each in await subscriptions(supporter_id):
        was = key_of(each.organization_id) in ticked_before
        now_ticked = bool(fields.get(_box(each.organization_id)))
        if was and not now_ticked:
            stop.append(each.organization_id)
        elif now_ticked and not was:
            writer = name_of(each.organization, federation, language)
            wording_id = await here.wordings.id_of_newsletter_later(language, writer=writer)
            start.append((each.organization_id, wording_id))
    chosen = fields.get("language", "")
    await save_preferences(
        supporter_id,
        language=chosen if chosen in LANGUAGES else await language_of(supporter_id),
        stop=stop,
        start=start,
        now=clock.now(),
    )
    return see_other(f"{request.url.path}?saved")


def _person(request: Request, here: Context) -> UUID:
    return here.keys.read_link(Purpose.PREFERENCES, request.path_params["token"])


def _box(organization_id: UUID | None) -> str:
    return f"news-{key_of(organization_id)}"
