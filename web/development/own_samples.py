"""Sample pages about one's own data, in every state; `style_guide.py` shows them with the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from markupsafe import Markup, escape

from campaigns.languages import LANGUAGES
from campaigns.mail.models import MessageKind, MessageState
from web.development.sample_texts import SAMPLES
from web.me.views import (
    AddressLinkPage,
    AddressPage,
    AskedPage,
    AskPage,
    ConsentItem,
    ErasePage,
    Holder,
    LanguageChoice,
    MailItem,
    MyPage,
    NewsChoice,
    NewsItem,
    OpenPage,
    PreferencesPage,
    SignatureItem,
)
from web.public.pages import FieldView, FormView, UnsubscribePage
from web.templating import country_name

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
LONG_ADDRESS = "a.very.long.address.of.somebody@a-university-with-a-long-name.example"


def own_samples(language: str) -> list[tuple[str, str, object]]:
    """(name, template, page) of each."""
    page, address, erase = my_page(language), address_page(), erase_page(language)
    empty = replace(page, signatures=(), news=(), consents=(), mails=(), mails_in_all=0, holders=())
    ask = AskPage(form=_form("email"))
    preferences = preferences_page(language)
    unsubscribe = UnsubscribePage(
        action="/x",
        federation=SAMPLES[language].federation,
        done=False,
        writer=SAMPLES[language].organization,
        others=True,
        preferences_url="/x",
    )
    wrong = _form("email", value="zoe@gmial", error="Enter an email address like name@example.org")
    return [
        ("me-ask", "me_ask.html", ask),
        ("me-ask-wrong", "me_ask.html", replace(ask, form=wrong)),
        ("me-ask-closed", "me_ask.html", replace(ask, reason="closed")),
        ("me-ask-expired", "me_ask.html", replace(ask, reason="expired")),
        ("me-asked", "me_asked.html", AskedPage(ask_url="/x", mailbox_url="/mailbox/")),
        ("me-open", "me_open.html", OpenPage(action="/x")),
        ("me", "me.html", page),
        ("me-empty", "me.html", replace(empty, name="", country="")),
        *(
            (f"me-{reason}", "me.html", replace(page, on_hold=reason, on_hold_since=NOW))
            for reason in ("complaint", "soft_bounces", "by_hand", "unsubscribed")
        ),
        *(
            (f"me-done-{done}", "me.html", replace(page, done=done))
            for done in ("hidden", "shown", "unsubscribed", "erased", "moved")
        ),
        ("me-erase", "me_erase.html", erase),
        (
            "me-erase-one",
            "me_erase.html",
            replace(erase, holder=SAMPLES[language].organization, all_gone=False, uncounted=0),
        ),
        ("me-erased", "me_erased.html", None),
        ("me-address", "me_address.html", address),
        ("me-address-wrong", "me_address.html", replace(address, form=wrong)),
        ("me-address-waiting", "me_address.html", replace(address, waiting=LONG_ADDRESS, old_agreed=True)),
        (
            "me-address-wrong-code",
            "me_address.html",
            replace(address, waiting=LONG_ADDRESS, code_form=_form("code", value="12", error="Six digits")),
        ),
        ("me-address-agreed", "me_address.html", replace(address, waiting=LONG_ADDRESS, new_agreed=True)),
        *(
            (f"address-{end}-{state}", "address_link.html", address_link(end, state))
            for end, state in (
                ("confirm", "open"),
                ("approve", "open"),
                ("stop", "open"),
                ("approve", "done"),
                ("stop", "stopped"),
                ("approve", "expired"),
            )
        ),
        ("address-confirm-agreed", "address_link.html", address_link("confirm", "open", agreed=True)),
        ("preferences", "preferences.html", preferences),
        ("preferences-saved", "preferences.html", replace(preferences, saved=True)),
        ("preferences-none", "preferences.html", replace(preferences, choices=())),
        ("unsubscribe-one", "unsubscribe.html", unsubscribe),
        ("unsubscribe-one-done", "unsubscribe.html", replace(unsubscribe, done=True)),
        ("unsubscribe-all-done", "unsubscribe.html", replace(unsubscribe, done=True, others=False)),
    ]


def my_page(language: str) -> MyPage:
    texts = SAMPLES[language]
    signatures = [
        _signature(language, 0, "confirmed", show_name=True, comment_state="shown"),
        _signature(language, 1, "confirmed", comment_state="waiting"),
        _signature(language, 2, "pending"),
        _signature(language, 3, "withdrawn"),
        _signature(language, 4, "invalidated"),
    ]
    return MyPage(
        url=f"/{language}/me",
        email="zoe.okafor@example.org",
        name="Zoë Okafor",
        country=country_name("NG", language),
        language_name=LANGUAGES[language].name,
        known_since=NOW - timedelta(days=400),
        on_hold="",
        on_hold_since=None,
        signatures=signatures,
        news=[
            NewsItem(key="federation", writer=texts.federation, since=NOW - timedelta(days=40)),
            NewsItem(key="x", writer=texts.organization, since=None),
        ],
        consents=[
            _consent(language, "newsletter", texts.federation, texts.newsletter),
            _consent(language, "public_name", texts.title, texts.show_name, method="own-page"),
            replace(_consent(language, "newsletter", texts.organization, texts.newsletter), withdrawn_at=NOW),
            replace(_consent(language, "signature", texts.title, texts.newsletter), confirmed_at=None),
        ],
        mails=[
            *(
                MailItem(
                    kind=kind, state="delivered", reason="", about=texts.title, moment=NOW - timedelta(days=n)
                )
                for n, kind in enumerate(MessageKind)
            ),
            *(
                MailItem(kind="mailing", state=state, reason="", about=texts.news[0], moment=NOW)
                for state in MessageState
            ),
            *(
                MailItem(kind="mailing", state="suppressed", reason=reason, about="", moment=NOW)
                for reason in ("unsubscribed", "suppressed", "weekly-cap")
            ),
        ],
        mails_in_all=123,
        preferences_url="/x",
        holders=[
            Holder(name=texts.federation, erase_url="/x"),
            Holder(name=texts.organization, erase_url="/x"),
        ],
    )


def address_page() -> AddressPage:
    return AddressPage(
        me_url="/x",
        email=LONG_ADDRESS,
        form=_form("email"),
        code_form=_form("code"),
        stop_action="/x",
    )


def address_link(end: str, state: str, *, agreed: bool = False) -> AddressLinkPage:
    address = LONG_ADDRESS if end == "confirm" else "z•••@e•••.org"
    return AddressLinkPage(end=end, state=state, agreed=agreed, action="/x", address=address, ask_url="/x")


def erase_page(language: str) -> ErasePage:
    texts = SAMPLES[language]
    return ErasePage(
        me_url="/x",
        action="/x",
        of="everything",
        holder="",
        email=LONG_ADDRESS,
        taken_back=texts.other_titles[:2],
        kept_as_numbers=texts.other_titles[2:3],
        uncounted=3,
        newsletters=2,
        all_gone=True,
        gets_mail=True,
    )


def preferences_page(language: str) -> PreferencesPage:
    texts = SAMPLES[language]
    return PreferencesPage(
        action="/x",
        choices=[
            NewsChoice(name="news-federation", wording=texts.newsletter, checked=True),
            NewsChoice(name="news-x", wording=texts.newsletter, checked=False),
        ],
        shown="federation",
        languages=[
            LanguageChoice(
                code=each.code, name=each.name, direction=each.direction, checked=each.code == language
            )
            for each in LANGUAGES.values()
        ],
        saved=False,
        me_url="/x",
    )


def _signature(
    language: str, number: int, state: str, *, show_name: bool = False, comment_state: str = "none"
) -> SignatureItem:
    texts = SAMPLES[language]
    titles = (texts.title, *texts.other_titles)
    has_comment = comment_state != "none"
    return SignatureItem(
        id=f"{number:032x}",
        title=titles[number],
        url="/x" if number != 3 else "",
        state=state,
        signed_at=NOW - timedelta(days=10 * number),
        confirmed_at=NOW - timedelta(days=10 * number) if state != "pending" else None,
        withdrawn_at=NOW if state == "withdrawn" else None,
        name="Ngozi O’Brien <b>" if number else "Zoë Okafor",
        country=country_name("NG", language),
        affiliation=texts.organization if number == 0 else "",
        comment="الماء حق، لا هدية." if has_comment else "",
        comment_state=comment_state,
        show_name=show_name,
        can_show=state == "confirmed",
        show_wording=texts.show_name,
        withdraw_url="/x" if state in ("confirmed", "pending") else "",
        addressee=texts.addressee,
        demand=Markup("").join(Markup("<p>{}</p>").format(escape(each)) for each in texts.demand),
        text_lang=language,
        text_dir=LANGUAGES[language].direction,
        text_version=2,
        text_published_at=NOW - timedelta(days=17),
    )


def _consent(language: str, purpose: str, about: str, words: str, *, method: str = "web-form") -> ConsentItem:
    return ConsentItem(
        purpose=purpose,
        about=about,
        words=words,
        text_lang=language,
        text_dir=LANGUAGES[language].direction,
        method=method,
        given_at=NOW - timedelta(days=40),
        confirmed_at=NOW - timedelta(days=40),
        withdrawn_at=None,
    )


def _form(name: str, *, value: str = "", error: str = "") -> FormView:
    return FormView(action="/x", fields={name: FieldView(name=name, value=value, error=error)})
