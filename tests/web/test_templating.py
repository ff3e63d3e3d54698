"""Pages in every language: each template prints, in each state, with nothing missing and nothing unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from campaigns.languages import LANGUAGES
from web.development.sample_texts import SAMPLES
from web.development.style_guide import Sample, campaign, sample_pages, sign_page
from web.public.pages import FieldView
from web.templating import Templating, country_name, printed_date, printed_number, printed_percent

TEMPLATING = Templating(
    site_url="https://campaigns.example",
    federation_name={code: texts.federation for code, texts in SAMPLES.items()},
    contact="privacy@campaigns.example",
)
EVERY_PAGE = [
    pytest.param(language, sample, id=f"{language}-{sample.name}")
    for language in LANGUAGES
    for sample in sample_pages(language)
]


def printed(sample: Sample, language: str = "en") -> str:
    return TEMPLATING.render(sample.template, language=language, path=f"/{sample.name}", page=sample.page)


def sample(name: str, language: str = "en") -> Sample:
    return next(item for item in sample_pages(language) if item.name == name)


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize(("language", "item"), EVERY_PAGE)
def test_every_page_in_every_state_and_language_keeps_the_promises_of_a_page(
    language: str, item: Sample
) -> None:
    html = printed(item, language)
    page = Tags(html)

    assert page.named("html") == [{"lang": language, "dir": LANGUAGES[language].direction}]
    assert len(page.named("h1")) == 1
    assert len(page.named("main")) == 1
    assert not [
        tag
        for tag, attributes in page.tags
        if "style" in attributes or any(a.startswith("on") for a in attributes)
    ]
    assert not page.named("style")
    assert all(attributes.get("src", "").startswith("/static/") for attributes in page.named("script"))  # type: ignore[union-attr]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {
        name
        for _, attributes in page.tags
        for attribute in ("for", "aria-describedby", "aria-labelledby", "data-copy")
        for name in (attributes.get(attribute) or "").split()
    }
    assert wanted <= set(ids)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
@pytest.mark.parametrize(
    "item", [item for item in sample_pages() if not item.template.startswith("development/")]
)
def test_a_translated_page_says_nothing_the_english_one_says(language: str, item: Sample) -> None:
    # The same page, printed twice with the same values: headings are the page's own words, or the campaign's.
    def headings(html: str) -> set[str]:
        found = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", html, re.DOTALL)
        return {re.sub(r"<[^>]+>|\s+", " ", heading).strip() for heading in found}

    # Titles come with the sample page; French and Spanish have taken over the word for cookies.
    the_same = {texts.title for texts in SAMPLES.values()} | {"Cookies"}
    left_in_english = headings(printed(item)) & headings(printed(item, language)) - the_same
    assert not left_in_english


def test_what_people_typed_is_printed_escaped_and_each_in_its_own_direction() -> None:
    html = printed(sample("campaign-open"))

    assert "Ngozi O’Brien &lt;b&gt;" in html
    assert "O’Brien <b>" not in html
    assert "<bdi><strong>ليلى حداد</strong></bdi>" in html


def test_an_error_that_is_not_a_known_text_cannot_bring_html_along() -> None:
    page = sign_page("en")
    page.form.fields["name"] = FieldView(name="name", value='"><b>', error="<i>100%</i>")

    html = TEMPLATING.render("sign.html", language="fr", path="/x", page=page)

    assert "<i>100%" not in html
    assert "&lt;i&gt;100%&lt;/i&gt;" in html
    assert 'value="&#34;&gt;&lt;b&gt;"' in html


def test_a_wrong_form_names_its_errors_in_the_title_on_top_and_beside_the_fields() -> None:
    html = printed(sample("sign-wrong"))
    page = Tags(html)

    assert "<title>Error: Sign: " in html
    assert html.index('role="alert"') < html.index("<h1")
    assert '<a href="#email">' in html
    [email] = [attributes for attributes in page.named("input") if attributes.get("name") == "email"]
    assert email["aria-invalid"] == "true"
    assert email["aria-describedby"] == "email-hint email-error"
    assert email["value"] == "zoe@gmial"
    assert email["dir"] == "ltr"


def test_the_sign_form_ticks_nothing_for_anybody_and_hides_its_trap() -> None:
    page = Tags(printed(sample("sign")))

    assert all("checked" not in attributes for attributes in page.named("input"))
    [trap] = [attributes for _, attributes in page.tags if attributes.get("class") == "trap"]
    assert trap["aria-hidden"] == "true"
    fields = {attributes.get("name") for attributes in page.named("input", "select", "textarea")}
    shown = {"name", "email", "country", "affiliation", "comment", "show_name", "newsletter"}
    assert fields == shown | {"text", "r", "source", "website"}


def test_only_an_open_campaign_can_be_signed() -> None:
    for item in sample_pages():
        if item.template == "campaign.html":
            can_be_signed = "/sign" in printed(item)
            assert can_be_signed == (item.page.state == "open"), item.name  # type: ignore[attr-defined]


def test_an_ended_campaign_shows_its_answers_before_its_demand() -> None:
    won = printed(sample("campaign-won"))
    still_open = printed(sample("campaign-open"))

    assert won.index('id="updates-title"') < won.index('id="letter-title"')
    assert still_open.index('id="updates-title"') > still_open.index('id="letter-title"')


def test_a_public_page_names_itself_in_every_language_and_a_personal_one_stays_out_of_search() -> None:
    public = printed(sample("home"), "ar")
    personal = printed(sample("confirm"), "ar")

    assert '<link rel="canonical" href="https://campaigns.example/ar/home">' in public
    assert '<link rel="alternate" hreflang="fr" href="https://campaigns.example/fr/home">' in public
    assert re.search(r'property="og:image" content="https://campaigns.example/static/og\.\w+\.png"', public)
    assert 'name="robots" content="noindex"' in personal
    assert "canonical" not in personal
    assert "og:" not in personal


def test_the_language_switch_leads_to_the_same_page() -> None:
    page = Tags(printed(sample("privacy"), "es"))

    links = [attributes for attributes in page.named("a") if "hreflang" in attributes]
    assert [attributes["href"] for attributes in links] == [f"/{code}/privacy" for code in LANGUAGES]
    assert [attributes["hreflang"] for attributes in links if "aria-current" in attributes] == ["es"]


def test_a_name_nobody_gave_is_an_error() -> None:
    with pytest.raises(Exception, match="has no attribute"):
        TEMPLATING.render("campaign.html", language="en", path="/x", page=sign_page("en"))


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "موقّع"), (1, "موقّع"), (2, "موقّعان"), (3, "موقّعين"), (11, "موقّعًا"), (100, "موقّع"), (8412, "موقّعًا")],
)
def test_arabic_counts_with_all_its_plurals(count: int, said: str) -> None:
    page = campaign("ar")
    progress = type(page.progress)(count=count, goal=10_000, share=0.5)

    html = TEMPLATING.render(
        "campaign.html", language="ar", path="/x", page=_with(page, progress=progress, countries=[])
    )

    assert f'<span class="counter-label">{said}</span>' in html


def test_numbers_dates_and_countries_are_printed_as_each_language_does() -> None:
    assert [printed_number(8412, code) for code in LANGUAGES] == ["8,412", "8\u202f412", "8.412", "8,412"]
    assert printed_date(datetime(2026, 3, 1, 23, 59, tzinfo=UTC), "fr") == "1 mars 2026"
    assert country_name("CI", "fr") == "Côte d’Ivoire"
    assert country_name("??", "fr") == "??"


def test_a_goal_is_never_said_to_be_reached_before_it_is() -> None:
    assert printed_percent(0.999, "en") == "99%"
    assert printed_percent(1.0, "en") == "100%"


def test_markup_that_was_cleaned_before_is_printed_as_it_is() -> None:
    page = _with(campaign("en"), demand=Markup("<p>We <em>ask</em>.</p>"))

    assert "<p>We <em>ask</em>.</p>" in TEMPLATING.render(
        "campaign.html", language="en", path="/x", page=page
    )


def _with(page: object, **changes: object) -> object:
    return replace(page, **changes)  # type: ignore[type-var]
