"""Sample pages: every template in every state, for the style guide, for screenshots and for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import segno
from babel import Locale
from markupsafe import Markup, escape

from campaigns.languages import LANGUAGES
from web.development.console_samples import console_samples
from web.development.mail_gallery import gallery_mail_page, mail_gallery_page
from web.development.own_samples import my_page, own_samples
from web.development.pages import MailboxPage, MailItem, MailPage
from web.development.sample_texts import SAMPLES, SampleTexts
from web.me.views import ConsentItem
from web.public.pages import (
    Brought,
    CampaignCard,
    CampaignPage,
    Choice,
    ConfirmPage,
    CountryCount,
    ErrorPage,
    FieldView,
    FormView,
    HomePage,
    InboxPage,
    Progress,
    RecentSigner,
    SignPage,
    ThankYouPage,
    UnsubscribePage,
    UpdateItem,
    WithdrawPage,
)
from web.public.world_map import shade_steps
from web.templating import country_name

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SITE_CSS = Path(__file__).parent.parent / "static" / "site.css"
ERROR_CODES = {
    "not-found": 404,
    "link-invalid": 400,
    "link-expired": 410,
    "petition-closed": 409,
    "too-many-tries": 429,
    "too-large": 413,
    "bad-request": 400,
    "refused": 403,
    "paused": 503,
    "error": 500,
}
COUNTS = {
    "KE": 1902, "BR": 1210, "EG": 880, "FR": 702, "IN": 655, "NG": 610, "MX": 402, "DE": 350, "TN": 288,
    "ES": 240, "CA": 190, "AU": 122, "JP": 90, "PE": 71, "LB": 64, "RW": 58, "GB": 51, "ZA": 44, "CN": 30,
    "US": 28, "SE": 19, "MT": 9, "SG": 6, "RU": 5, "KZ": 3, "FJ": 1,
}  # fmt: skip
NETWORKS = ("WhatsApp", "Telegram", "Bluesky", "X", "Facebook", "LinkedIn")


class Sample(NamedTuple):
    """A page to print. `name` says the state; it is unique and good for a file name."""

    name: str
    template: str
    page: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A custom property of `site.css`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleGuidePage:
    """Every token and, for each component, the sample values to show it with."""

    colors: list[Token]
    sizes: list[Token]
    campaign: CampaignPage
    cards: list[CampaignCard]
    form: FormView
    wrong_form: FormView
    choices: list[Choice]
    share_url: str
    consent: ConsentItem
    samples: list[Choice]  # a link to each sample page


def sample_pages(language: str = "en") -> list[Sample]:
    """Every template in every state, with texts in `language`."""
    return [
        Sample("home", "home.html", home(language)),
        Sample("home-filtered", "home.html", replace(home(language), filtered=True)),
        Sample("home-none-found", "home.html", replace(home(language), filtered=True, open_campaigns=[])),
        Sample("home-empty", "home.html", replace(home(language), open_campaigns=[], past_campaigns=[])),
        *_campaigns(language),
        *_signing(language),
        *_after_signing(language),
        *(Sample(*each) for each in own_samples(language)),
        *(Sample(*each) for each in console_samples(language)),
        Sample("privacy", "privacy.html", None),
        *(
            Sample(f"error-{code}", "error.html", error_page(code, status))
            for code, status in ERROR_CODES.items()
        ),
        Sample("style-guide", "development/style_guide.html", style_guide(language)),
        Sample("mailbox", "development/mailbox.html", MailboxPage(mails=_mails(language))),
        Sample("mailbox-empty", "development/mailbox.html", MailboxPage(mails=[])),
        Sample("mail", "development/mail.html", _mail(language)),
        Sample("mail-gallery", "development/mail_gallery.html", mail_gallery_page(["thank_you"])),
        Sample(
            "mail-gallery-mail",
            "development/mail_gallery_mail.html",
            gallery_mail_page("thank_you", language, "light"),
        ),
    ]


def _campaigns(language: str) -> list[Sample]:
    open_page = campaign(language)
    ended = NOW - timedelta(days=2)
    bare = replace(
        open_page, countries=[], recent=[], updates=[], share_links=[], organization="", closes_at=None
    )
    return [
        Sample("campaign-open", "campaign.html", open_page),
        Sample(
            "campaign-new", "campaign.html", replace(bare, progress=Progress(count=0, goal=100, share=0.0))
        ),
        Sample(
            "campaign-first", "campaign.html", replace(bare, progress=Progress(count=1, goal=100, share=0.01))
        ),
        Sample(
            "campaign-untranslated",
            "campaign.html",
            _untranslated(open_page, "ar" if language != "ar" else "en"),
        ),
        Sample("campaign-paused", "campaign.html", replace(open_page, state="paused")),
        Sample("campaign-closed", "campaign.html", replace(open_page, state="closed", closes_at=ended)),
        *(
            Sample(
                f"campaign-{outcome}",
                "campaign.html",
                replace(open_page, state="ended", outcome=outcome, ended_at=ended),
            )
            for outcome in ("won", "delivered", "answered", "lost")
        ),
        Sample(
            "campaign-ended-closed",
            "campaign.html",
            replace(open_page, state="ended", outcome="closed", ended_at=ended),
        ),
    ]


def _signing(language: str) -> list[Sample]:
    page = sign_page(language)
    return [
        Sample("sign", "sign.html", page),
        Sample("sign-wrong", "sign.html", replace(page, form=wrong_sign_form(), typo_hint="zoe@gmail.com")),
        Sample("sign-text-changed", "sign.html", replace(page, text_changed=True, affiliations=[])),
    ]


def _after_signing(language: str) -> list[Sample]:
    inbox, confirm, thanks = inbox_page(language), confirm_page(language), thank_you_page(language)
    withdraw = WithdrawPage(
        action="/x", campaign_title=SAMPLES[language].title, campaign_url="/x", name="Zoë Okafor", done=False
    )
    unsubscribe = UnsubscribePage(action="/x", federation=SAMPLES[language].federation, done=False)
    wrong_code = form("/x", code=FieldView(name="code", value="12 34", error="The code has six digits"))
    return [
        Sample("inbox", "check_inbox.html", inbox),
        Sample("inbox-typo", "check_inbox.html", replace(inbox, typo_hint="zoe@gmail.com", webmail_url="")),
        Sample("inbox-wrong-code", "check_inbox.html", replace(inbox, form=wrong_code)),
        Sample(
            "inbox-stranger",
            "check_inbox.html",
            replace(inbox, address="", webmail_name="", webmail_url="", mailbox_url="/development/mailbox"),
        ),
        Sample("confirm", "confirm.html", confirm),
        Sample(
            "confirm-public", "confirm.html", replace(confirm, show_name=True, newsletter=True, comment="")
        ),
        Sample("confirm-already", "confirm.html", replace(confirm, already=True)),
        Sample("thank-you", "thank_you.html", thanks),
        Sample("thank-you-first", "thank_you.html", replace(thanks, brought=None, next_campaigns=())),
        Sample("withdraw", "withdraw.html", withdraw),
        Sample("withdraw-done", "withdraw.html", replace(withdraw, done=True)),
        Sample("unsubscribe", "unsubscribe.html", unsubscribe),
        Sample("unsubscribe-done", "unsubscribe.html", replace(unsubscribe, done=True)),
    ]


def home(language: str) -> HomePage:
    texts = SAMPLES[language]
    cards = campaign_cards(language)
    return HomePage(
        open_campaigns=cards[:4],
        past_campaigns=[
            replace(cards[4], state="ended", outcome="won"),
            replace(cards[3], state="ended", outcome="answered"),
            replace(cards[2], state="ended", outcome="lost"),
            replace(cards[1], state="closed"),
        ],
        focus_areas=_links(texts.everywhere, *texts.topics),
        regions=_links(texts.everywhere, texts.region),
        text_languages=[
            *_links(texts.everywhere),
            *(
                Choice(value=item.code, label=item.name, url=f"?language={item.code}", lang=item.code)
                for item in LANGUAGES.values()
            ),
        ],
        filtered=False,
        clear_url=f"/{language}/",
        federation=texts.federation,
        organizations=124,
        countries=116,
        signatures=84_213,
    )


def campaign_cards(language: str) -> list[CampaignCard]:
    """Six cards: the first is the campaign of the sample page."""
    texts = SAMPLES[language]
    figures = ((8412, 10_000), (312, 500), (1, 100), (49_990, 50_000), (12_047, 20_000), (733, 1000))
    return [
        CampaignCard(
            slug=f"sample-{index}",
            url=f"/{language}/campaigns/sample-{index}",
            title=title,
            summary=texts.summary if index == 0 else texts.other_summary,
            focus_area=texts.topics[index % 3],
            focus_area_code=f"topic-{index % 3}",
            region=texts.region if index % 2 == 0 else "",
            state="open",
            outcome="",
            progress=Progress(count=count, goal=goal, share=count / goal),
            closes_at=NOW + timedelta(days=20 + index) if index % 2 == 0 else None,
        )
        for index, (title, (count, goal)) in enumerate(
            zip((texts.title, *texts.other_titles), figures, strict=True)
        )
    ]


def campaign(language: str) -> CampaignPage:
    texts = SAMPLES[language]
    shades = shade_steps(COUNTS)
    return CampaignPage(
        slug="sample-0",
        url=f"/{language}/campaigns/sample-0",
        sign_url=f"/{language}/campaigns/sample-0/sign",
        count_url="/campaigns/sample-0/count.json",
        title=texts.title,
        summary=texts.summary,
        story=paragraphs(texts.story),
        addressee=texts.addressee,
        demand=paragraphs(texts.demand),
        text_lang=language,
        text_dir=LANGUAGES[language].direction,
        text_version=2,
        text_published_at=NOW - timedelta(days=17),
        focus_area=texts.topics[0],
        focus_area_code="topic-0",
        organization=texts.organization,
        federation=texts.federation,
        state="open",
        outcome="",
        opened_at=NOW - timedelta(days=30),
        closes_at=NOW + timedelta(days=20),
        ended_at=None,
        progress=Progress(count=8412, goal=10_000, share=0.8412),
        countries=[
            CountryCount(code=code, name=country_name(code, language), count=count, shade=shades[code])
            for code, count in COUNTS.items()
        ],
        recent=recent_signers(language),
        updates=_updates(texts),
        share_links=share_links(texts),
    )


def recent_signers(language: str) -> list[RecentSigner]:
    people = (
        (
            "Zoë Okafor",
            "NG",
            "I have delivered babies by the light of my phone. Water should not be a luxury.",
        ),
        ("ليلى حداد", "LB", "الماء حق، لا هدية."),
        ("Tomás Ferreira da Silva", "BR", ""),
        ("Aïcha Ben Salah", "TN", "Pour ma mère, sage-femme depuis trente ans."),
        ("山田 花子", "JP", ""),
        ("Ngozi O’Brien <b>", "IE", "= clean hands & more"),
    )
    return [
        RecentSigner(
            name=name,
            country=country_name(code, language),
            comment=comment,
            confirmed_at=NOW - timedelta(hours=hours),
        )
        for hours, (name, code, comment) in enumerate(people)
    ]


def sign_page(language: str) -> SignPage:
    texts = SAMPLES[language]
    territories = Locale.parse(language).territories
    return SignPage(
        campaign_title=texts.title,
        campaign_url=f"/{language}/campaigns/sample-0",
        addressee=texts.addressee,
        demand=paragraphs(texts.demand),
        text_lang=language,
        text_dir=LANGUAGES[language].direction,
        text_version=2,
        text_published_at=NOW - timedelta(days=17),
        progress=Progress(count=8412, goal=10_000, share=0.8412),
        form=empty_sign_form(),
        countries=[
            Choice(value=code, label=name)
            for code, name in sorted(territories.items(), key=lambda item: item[1])
            if re.fullmatch("[A-Z]{2}", code) and code not in {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}
        ],
        affiliations=[
            Choice(value="1", label=texts.organization),
            Choice(value="2", label="Étudiants du Bénin"),
        ],
        federation=texts.federation,
        newsletter_wording=texts.newsletter,
        show_name_wording=texts.show_name,
    )


def empty_sign_form() -> FormView:
    return form("/en/campaigns/sample-0/sign")


def wrong_sign_form() -> FormView:
    return form(
        "/en/campaigns/sample-0/sign",
        name=FieldView(name="name", value="", error="Enter your name"),
        email=FieldView(
            name="email", value="zoe@gmial", error="Enter an email address like name@example.org"
        ),
        country=FieldView(name="country", value="", error="Choose your country"),
        comment=FieldView(name="comment", value="Because it is right.\nAnd late."),
        newsletter=FieldView(name="newsletter", checked=True),
    )


def form(action: str, **fields: FieldView) -> FormView:
    """A form with every field of the sign form and of the code form; those given replace empty ones."""
    names = [
        "name",
        "email",
        "country",
        "affiliation",
        "comment",
        "show_name",
        "newsletter",
        "text",
        "r",
        "source",
        "website",
        "code",
    ]
    return FormView(fields={name: fields.get(name, FieldView(name=name)) for name in names}, action=action)


def inbox_page(language: str) -> InboxPage:
    return InboxPage(
        campaign_title=SAMPLES[language].title,
        campaign_url=f"/{language}/campaigns/sample-0",
        sign_url=f"/{language}/campaigns/sample-0/sign",
        address="zoe.okafor@gmail.com",
        typo_hint="",
        webmail_name="Gmail",
        webmail_url="https://mail.google.com/",
        form=form("/x"),
    )


def confirm_page(language: str) -> ConfirmPage:
    texts = SAMPLES[language]
    return ConfirmPage(
        action="/x",
        campaign_title=texts.title,
        campaign_url=f"/{language}/campaigns/sample-0",
        addressee=texts.addressee,
        demand=paragraphs(texts.demand),
        text_lang=language,
        text_dir=LANGUAGES[language].direction,
        name="Zoë Okafor",
        country=country_name("NG", language),
        show_name=False,
        comment="I have delivered babies by the light of my phone.",
        newsletter=False,
        already=False,
    )


def thank_you_page(language: str) -> ThankYouPage:
    texts = SAMPLES[language]
    share_url = f"https://campaigns.example/{language}/campaigns/sample-0?r=k3v9q2"
    return ThankYouPage(
        campaign_title=texts.title,
        campaign_url=f"/{language}/campaigns/sample-0",
        progress=Progress(count=8413, goal=10_000, share=0.8413),
        count_url="/campaigns/sample-0/count.json",
        share_url=share_url,
        share_text=texts.share_text,
        share_links=share_links(texts),
        qr_svg=Markup(segno.make(share_url).svg_inline(omitsize=True)),  # noqa: S704, our own drawing
        brought=Brought(signatures=7, countries=3),
        next_campaigns=campaign_cards(language)[1:4],
    )


def error_page(code: str, status: int) -> ErrorPage:
    back = "" if code in {"not-found", "paused", "error"} else "/en/campaigns/sample-0"
    return ErrorPage(status=status, code=code, request_id="01JQ6V3E9G4T", back_url=back)


def style_guide(language: str) -> StyleGuidePage:
    tokens = read_tokens(SITE_CSS.read_text(encoding="utf-8"))
    return StyleGuidePage(
        colors=[token for token in tokens if token.value.startswith("#")],
        sizes=[token for token in tokens if re.match(r"(text|s\d|radius|touch)", token.name)],
        campaign=campaign(language),
        cards=campaign_cards(language),
        form=empty_sign_form(),
        wrong_form=wrong_sign_form(),
        choices=_links(SAMPLES[language].everywhere, *SAMPLES[language].topics),
        share_url="https://campaigns.example/en/campaigns/sample-0?r=k3v9q2",
        consent=my_page(language).consents[0],
        samples=[],
    )


def read_tokens(css: str) -> list[Token]:
    """The custom properties of the first `:root` rule, in their order."""
    found = re.search(r":root\s*\{(.*?)\}", css, re.DOTALL)
    rules = found.group(1) if found else ""
    return [
        Token(name=name, value=value.strip()) for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", rules)
    ]


def paragraphs(texts: tuple[str, ...]) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(escape(text)) for text in texts)


def share_links(texts: SampleTexts) -> list[Choice]:
    return [
        *(
            Choice(value=name.lower(), label=name, url=f"https://{name.lower()}.example/share")
            for name in NETWORKS
        ),
        Choice(value="mail", label=texts.by_mail, url="mailto:?subject=x"),
    ]


def _untranslated(page: CampaignPage, language: str) -> CampaignPage:
    texts = SAMPLES[language]
    return replace(
        page,
        title=texts.title,
        summary=texts.summary,
        story=paragraphs(texts.story),
        demand=paragraphs(texts.demand),
        addressee=texts.addressee,
        text_lang=language,
        text_dir=LANGUAGES[language].direction,
    )


def _updates(texts: SampleTexts) -> list[UpdateItem]:
    items = (("answer", texts.answer, 1), ("delivery", texts.delivery, 6), ("news", texts.news, 20))
    return [
        UpdateItem(kind=kind, title=title, body=paragraphs((body,)), published_at=NOW - timedelta(days=days))
        for kind, (title, body), days in items
    ]


def _links(*labels: str) -> list[Choice]:
    return [
        Choice(value=str(index), label=label, selected=index == 0, url=f"?choice={index}")
        for index, label in enumerate(labels)
    ]


def _mails(language: str) -> list[MailItem]:
    return [
        MailItem(
            id=str(index),
            url=f"/development/mailbox/{index}",
            to="zoe.okafor@example.org",
            subject=SAMPLES[language].title,
            received_at=NOW - timedelta(minutes=index),
        )
        for index in range(3)
    ]


def _mail(language: str) -> MailPage:
    return MailPage(
        mailbox_url="/development/mailbox",
        to="zoe.okafor@example.org",
        subject=SAMPLES[language].title,
        received_at=NOW,
        text="\n\n".join(SAMPLES[language].demand),
        html_url="",
        headers=[
            ("Message-ID", "<1@campaigns.example>"),
            ("List-Unsubscribe", "<https://campaigns.example/u>"),
        ],
    )
