"""The home page: open campaigns, filtered by plain links, and what became of earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from campaigns import clock
from campaigns.campaign.models import CampaignState
from campaigns.campaign.queries import PublicCampaign
from campaigns.federation.queries import Named
from campaigns.languages import LANGUAGES, in_language
from web.public.cache import StaleCache
from web.public.pages import CampaignCard, Choice, HomePage
from web.public.site import STALE, Site, Snapshot
from web.responses import PreparedPage, prepare
from web.templating import Templating

Filters = tuple[str, str, str]  # focus area code, region code, text language; '' is no filter


def story(campaign: PublicCampaign, language: str) -> str:
    """The language a campaign can be read in: the reader's, else the campaign's own."""
    return language if language in campaign.stories else campaign.default_language


def campaign_card(campaign: PublicCampaign, snapshot: Snapshot, language: str) -> CampaignCard:
    text = campaign.stories[story(campaign, language)]
    now = clock.now()
    return CampaignCard(
        slug=campaign.slug,
        url=f"/{language}/campaigns/{campaign.slug}",
        title=text.title,
        summary=text.summary,
        focus_area=_name(snapshot.federation.focus_areas, campaign.focus_area, language),
        focus_area_code=campaign.focus_area,
        region=_name(snapshot.federation.regions, campaign.region, language),
        state=campaign.shown_state(now=now).value,
        outcome=campaign.outcome.value if campaign.outcome else "",
        progress=snapshot.progress(campaign),
        closes_at=campaign.closes_at,
    )


class HomePages:
    """The home page in every language and filter, each printed at most once every few seconds."""

    def __init__(self, site: Site, templating: Templating, *, fresh: float) -> None:
        self._site = site
        self._templating = templating
        self._pages: StaleCache[tuple[str, Filters], PreparedPage] = StaleCache(
            self._print, fresh=fresh, stale=STALE * fresh, largest=500
        )

    async def get(self, language: str, filters: Filters) -> PreparedPage:
        """Filters nobody could have chosen count as none."""
        snapshot = await self._site.snapshot()
        area, region, text_language = filters
        known = (
            area if any(each.code == area for each in snapshot.federation.focus_areas) else "",
            region if any(each.code == region for each in snapshot.federation.regions) else "",
            text_language if text_language in LANGUAGES else "",
        )
        return await self._pages.get((language, known))

    async def _print(self, key: tuple[str, Filters]) -> PreparedPage:
        language, filters = key
        page = home_page(await self._site.snapshot(), language, filters)
        return prepare(self._templating.render("home.html", language=language, path="/", page=page))


def home_page(snapshot: Snapshot, language: str, filters: Filters) -> HomePage:
    area, region, text_language = filters
    chosen = [
        campaign
        for campaign in snapshot.campaigns.values()
        if (not area or campaign.focus_area == area)
        and (not region or campaign.region in ("", region))
        and (not text_language or text_language in campaign.stories)
    ]
    cards = [campaign_card(campaign, snapshot, language) for campaign in chosen]
    is_open = {CampaignState.OPEN.value, CampaignState.PAUSED.value}
    return HomePage(
        open_campaigns=[card for card in cards if card.state in is_open],
        past_campaigns=[card for card in cards if card.state not in is_open],
        focus_areas=_choices(
            ((each.code, in_language(each.names, language)) for each in snapshot.federation.focus_areas),
            filters,
            0,
            language,
        ),
        regions=_choices(
            ((each.code, in_language(each.names, language)) for each in snapshot.federation.regions),
            filters,
            1,
            language,
        ),
        text_languages=_choices(
            ((each.code, each.name) for each in LANGUAGES.values()), filters, 2, language, names_own=True
        ),
        filtered=any(filters),
        clear_url=f"/{language}/",
        federation=in_language(snapshot.federation.names, language),
        organizations=len(snapshot.federation.organizations),
        countries=snapshot.federation.countries,
        signatures=sum(snapshot.counts.values()),
    )


def _choices(
    options: Iterable[tuple[str, str]],
    filters: Filters,
    position: int,
    language: str,
    *,
    names_own: bool = False,
) -> Sequence[Choice]:
    """Each option is a link that keeps the other filters; the one that is chosen takes itself back."""
    choices = []
    for value, label in options:
        selected = filters[position] == value
        wanted = list(filters)
        wanted[position] = "" if selected else value
        query = urlencode(
            [(name, each) for name, each in zip(("area", "region", "language"), wanted, strict=True) if each]
        )
        url = f"/{language}/{'?' if query else ''}{query}"
        choices.append(
            Choice(value=value, label=label, selected=selected, url=url, lang=value if names_own else "")
        )
    return choices


def _name(named: Sequence[Named], code: str, language: str) -> str:
    return next((in_language(each.names, language) for each in named if each.code == code), "")
