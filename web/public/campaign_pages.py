"""The campaign page: printed at most once every few seconds, sent as often as anybody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from campaigns import clock
from campaigns.campaign.queries import PublicCampaign, Update
from campaigns.languages import LANGUAGES, in_language
from campaigns.markdown import markdown
from web.public.cache import StaleCache
from web.public.home_pages import campaign_card, story
from web.public.pages import CampaignPage, CountryCount, RecentSigner, UpdateItem
from web.public.sharing import share_choices
from web.public.site import STALE, Crowd, Site, Snapshot
from web.public.world_map import shade_steps
from web.responses import PreparedPage, prepare, splice
from web.templating import Templating, country_name

Key = tuple[str, str]  # slug, language


class CampaignPages:
    """Campaign pages by campaign and language. The link that led there goes on into the sign form: it is put into the
    printed page, so that inventing links costs an attacker more than it costs us."""

    def __init__(self, site: Site, templating: Templating, *, site_url: str, fresh: float) -> None:
        self._site = site
        self._templating = templating
        self._site_url = site_url
        self._pages: StaleCache[Key, PreparedPage] = StaleCache(
            self._print, fresh=fresh, stale=STALE * fresh, largest=1_000
        )

    async def get(self, slug: str, language: str, *, referred_by: str, source: str) -> PreparedPage:
        """Raises NotFound when there is no such campaign."""
        (await self._site.snapshot()).campaign(slug)
        page = await self._pages.get((slug, language))
        query = urlencode([(name, each) for name, each in (("r", referred_by), ("source", source)) if each])
        if not query:
            return page
        sign_url = f'href="/{language}/campaigns/{slug}/sign'
        return splice(page, f'{sign_url}"', f'{sign_url}?{escape(query)}"')

    async def _print(self, key: Key) -> PreparedPage:
        slug, language = key
        snapshot = await self._site.snapshot()
        campaign = snapshot.campaign(slug)
        page = campaign_page(
            campaign,
            snapshot,
            await self._site.crowd(campaign.petition_id),
            language,
            site_url=self._site_url,
            translate=self._templating.gettext(language),
        )
        return prepare(
            self._templating.render("campaign.html", language=language, path=f"/campaigns/{slug}", page=page)
        )


def campaign_page(
    campaign: PublicCampaign,
    snapshot: Snapshot,
    crowd: Crowd,
    language: str,
    *,
    site_url: str,
    translate: Callable[[str], str],
) -> CampaignPage:
    spoken = story(campaign, language)
    text = campaign.stories[spoken]
    demand = campaign.demands.get(spoken) or campaign.demands[campaign.default_language]
    card = campaign_card(campaign, snapshot, language)
    url = f"/{language}/campaigns/{campaign.slug}"
    return CampaignPage(
        slug=campaign.slug,
        url=url,
        sign_url=f"{url}/sign",
        count_url=f"/campaigns/{campaign.slug}/count.json",
        title=text.title,
        summary=text.summary,
        story=markdown(text.story),
        addressee=demand.addressee,
        demand=markdown(demand.demand),
        text_lang=spoken,
        text_dir=LANGUAGES[spoken].direction,
        text_version=demand.version,
        text_published_at=demand.published_at,
        focus_area=card.focus_area,
        focus_area_code=card.focus_area_code,
        organization=campaign.organization,
        federation=in_language(snapshot.federation.names, language),
        state=campaign.shown_state(now=clock.now()).value,
        outcome=card.outcome,
        opened_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        ended_at=campaign.ended_at,
        progress=card.progress,
        countries=_countries(crowd.by_country, language),
        recent=[
            RecentSigner(
                name=each.name,
                country=country_name(each.country, language),
                comment=each.comment,
                confirmed_at=each.confirmed_at,
            )
            for each in crowd.recent
        ],
        updates=_updates(campaign.updates, language, campaign.default_language),
        share_links=share_choices(f"{site_url}{url}", text.share_text, translate),
    )


def _countries(by_country: Mapping[str, int], language: str) -> Sequence[CountryCount]:
    shades = shade_steps(by_country)
    return [
        CountryCount(code=code, name=country_name(code, language), count=count, shade=shades.get(code, 1))
        for code, count in by_country.items()
    ]


def _updates(updates: Sequence[Update], language: str, fallback: str) -> Sequence[UpdateItem]:
    """Each piece of news once: in the reader's language, else in the campaign's own."""
    best: dict[object, Update] = {}
    for update in updates:
        known = best.get(update.published_at)
        if (
            known is None
            or update.language == language
            or (update.language == fallback and known.language != language)
        ):
            best[update.published_at] = update
    return [
        UpdateItem(
            kind=update.kind.value,
            title=update.title,
            body=markdown(update.body),
            published_at=update.published_at,
        )
        for update in best.values()
    ]
