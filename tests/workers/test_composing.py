from __future__ import annotations

import email
import email.policy
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from babel import Locale
from starlette.routing import Match, Route

from campaigns.federation.queries import FederationView
from campaigns.languages import LANGUAGES
from campaigns.mail.claiming import ClaimedMessage
from campaigns.mail.contents import (
    ABOUT_A_SIGNATURE,
    TO_COORDINATORS,
    UNASKED,
    AboutAccount,
    AboutAddressChange,
    AboutBlast,
    AboutMailing,
    AboutPerson,
    AboutSignature,
    Content,
    OtherCampaign,
)
from campaigns.mail.links import Links
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane
from campaigns.mail.port import OutgoingMail
from campaigns.mail.variables import UnknownVariable
from campaigns.petitions.models import SignatureState
from campaigns.tokens import Keyring, Purpose
from email_templates import MESSAGES
from tests.settings import SETTINGS
from tests.web.site import code_in, links_of, own_links_of
from web.routes import routes
from web.static_files import StaticFiles
from workers.adapters.mime import content
from workers.composing import Composer

_ISOLATES = re.compile("[\u2066-\u2069]")
KEYS = Keyring(SETTINGS.secret_key)
COMPOSER = Composer(SETTINGS, Links(SETTINGS.site_url, KEYS))
TABLE = [route for route in routes(StaticFiles(), development=False) if isinstance(route, Route)]

FEDERATION = FederationView(
    names={code: f"Students for Health ({code})" for code in LANGUAGES},
    website="https://students.example",
    contact_email="hello@students.example",
    postal_address="1 Example Square, 1000 Sampletown",
    regions=(),
    focus_areas=(),
    organizations=(),
)
SIGNATURE = AboutSignature(
    signature_id=UUID(int=3),
    submission=1,
    state=SignatureState.PENDING,
    signed_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    name="Amina <b>Ben</b> Salah & co",
    country="TN",
    addressee="The mayor",
    campaign_slug="clean-air",
    campaign_title="Clean air",
    share_text="I signed & you?",
    organization_id=None,
    organization=None,
    closes_at=datetime(2026, 4, 1, 12, tzinfo=UTC),
    goal_steps=None,
    count=8412,
    brought=3,
    others=[OtherCampaign(slug="clean-water", titles={"en": "Clean water"}, default_language="en")],
)
MAILING = AboutMailing(
    mailing_id=UUID(int=4),
    source="m-street",
    organization_id=None,
    organization=None,
    campaign_slug="clean-air",
    campaign_title="Clean air",
    subject="The street, {name}",
    preview="It is nearly closed",
    heading="One more week",
    body="Hello {name} in {country},\n\n**{campaign}** needs *you*.",
    action_label="Share it",
    action_url="",
    name="Amina <b>Ben</b> Salah & co",
    country="TN",
    agreed_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    is_test=False,
)
CHANGE = AboutAddressChange(change_id=UUID(int=5), new_email="amina@example.net")
BLAST = AboutBlast(
    blast_id=UUID(int=6),
    name="One more week",
    stopped_for="complaints",
    sent=12_000,
    bounced=3,
    complained=13,
    audience=40_000,
)
CONTENTS: dict[MessageKind, Content | None] = {
    **dict.fromkeys(ABOUT_A_SIGNATURE, SIGNATURE),
    MessageKind.MAILING: MAILING,
    MessageKind.OWN_PAGE_LINK: AboutPerson(supporter_id=UUID(int=2)),
    MessageKind.ADDRESS_CHANGE_CONFIRM: CHANGE,
    MessageKind.ADDRESS_CHANGE_NOTICE: CHANGE,
    MessageKind.ADDRESS_CHANGED: CHANGE,
    MessageKind.ERASED: None,
    MessageKind.APPROVAL_WANTED: BLAST,
    MessageKind.BLAST_STOPPED: BLAST,
    MessageKind.SIGN_IN_LINK: AboutAccount(account_id=UUID(int=8)),
}
FACTS: dict[MessageKind, dict[str, object]] = {
    MessageKind.CONFIRM_REMINDER: {"last": True},
    MessageKind.MILESTONE: {"milestone": 5_000},
    MessageKind.APPROVAL_WANTED: {"author": "Jonas"},
}
MESSAGE = ClaimedMessage(
    id=7,
    claim=UUID(int=1),
    kind=MessageKind.CONFIRM_SIGNATURE,
    language="en",
    lane=Lane.AWAITED,
    attempts=1,
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    supporter_id=UUID(int=2),
    recipient="amina@example.org",
    content=SIGNATURE,
)
TO_NO_SUPPORTER = TO_COORDINATORS | {MessageKind.ERASED, MessageKind.SIGN_IN_LINK}
ASK_TO_CONFIRM = {MessageKind.CONFIRM_SIGNATURE, MessageKind.CONFIRM_REMINDER}
WITH_A_WAY_OUT = ABOUT_A_SIGNATURE | {MessageKind.MAILING}
every_mail = pytest.mark.parametrize(
    ("kind", "language"), [(kind, language) for kind in MessageKind for language in LANGUAGES]
)


def composed(
    kind: MessageKind, language: str, *, attempts: int = 1, number: int = 7, **changes: object
) -> OutgoingMail:
    """The mail of this kind; `changes` are fields of what it is about, where it has them."""
    content = CONTENTS[kind]
    if content is not None:
        known = {each.name for each in fields(content)}
        content = replace(content, **{key: value for key, value in changes.items() if key in known})  # type: ignore[arg-type]
    message = replace(
        MESSAGE,
        id=number,
        kind=kind,
        language=language,
        attempts=attempts,
        content=content,
        facts=FACTS.get(kind, {}),
        supporter_id=None if kind in TO_NO_SUPPORTER else MESSAGE.supporter_id,
    )
    return COMPOSER.compose(message, FEDERATION)


def answers(method: str, link: str) -> str | None:
    """The template of the route that would take it."""
    scope = {"type": "http", "method": method, "path": urlsplit(link).path, "headers": []}
    return next((route.path for route in TABLE if route.matches(scope)[0] is Match.FULL), None)


def test_there_is_a_template_for_every_kind_and_no_other() -> None:
    assert set(MESSAGES) == {kind.value for kind in MessageKind}


@every_mail
def test_every_link_in_every_mail_leads_to_a_page_that_is_there(kind: MessageKind, language: str) -> None:
    links = [link for link in own_links_of(composed(kind, language)) if "/console/" not in link]
    assert "/{lang:lang}/privacy" in {answers("GET", link) for link in links}
    for link in links:
        assert answers("GET", link) is not None, link
        assert urlsplit(link).path.split("/")[1] == language


@every_mail
def test_tokens_in_a_mail_stand_for_this_signature_and_this_person(kind: MessageKind, language: str) -> None:
    seen = set()
    for link in own_links_of(composed(kind, language, submission=3)):
        path = urlsplit(link).path.split("/")
        page, token = path[2] if len(path) > 2 else "", path[-1]
        match page:
            case "confirm":
                assert KEYS.read_submission(token) == (UUID(int=3), 3)
            case "withdraw":
                assert KEYS.read_link(Purpose.WITHDRAW, token) == UUID(int=3)
            case "preferences":
                assert KEYS.read_link(Purpose.PREFERENCES, token) == UUID(int=2)
            case "unsubscribe" if kind in UNASKED:
                assert KEYS.read_subscription(token) == (UUID(int=2), None)
                assert KEYS.read_message_reference(parse_qs(urlsplit(link).query)["m"][0]) == 7
            case "unsubscribe":
                assert KEYS.read_link(Purpose.UNSUBSCRIBE, token) == UUID(int=2)
        seen.add(page)
    assert ("confirm" in seen) == (kind in ASK_TO_CONFIRM)
    assert ("unsubscribe" in seen) == (kind in WITH_A_WAY_OUT)
    assert ("withdraw" in seen) == (kind in ABOUT_A_SIGNATURE - UNASKED)
    assert ("preferences" in seen) == (kind in UNASKED)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(WITH_A_WAY_OUT))
def test_a_mailbox_provider_can_unsubscribe_with_one_click(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language)
    header = mail.headers["List-Unsubscribe"]
    assert header.startswith("<https://")
    assert header.endswith(">")
    assert answers("POST", header[1:-1]) == "/{lang:lang}/unsubscribe/{token}"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"\r\nList-Unsubscribe: {header}\r\n".encode() in content(mail)
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content(mail)


@pytest.mark.parametrize("kind", sorted(set(MessageKind) - WITH_A_WAY_OUT))
def test_an_answer_to_a_person_is_no_list_to_leave(kind: MessageKind) -> None:
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & composed(kind, "en").headers.keys()


@every_mail
def test_a_mail_says_who_writes_and_in_which_language_and_asks_for_no_automatic_answer(
    kind: MessageKind, language: str
) -> None:
    mail = composed(kind, language)
    assert (mail.sender, mail.sender_name) == (
        "campaigns@chorus.example",
        f"Students for Health ({language})",
    )
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.headers["Content-Language"] == language
    assert "1 Example Square" in mail.text
    assert f'lang="{language}"' in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(ABOUT_A_SIGNATURE))
def test_what_people_typed_is_text_in_both_parts(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language, campaign_title="Air <b>now</b> & here")
    assert "Air <b>now</b> & here" in mail.text
    assert "Air &lt;b&gt;now&lt;/b&gt; &amp; here" in mail.html
    assert "<b>" not in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(ABOUT_A_SIGNATURE))
def test_nothing_typed_into_the_form_reaches_a_mailbox_before_its_owner_has_confirmed(
    kind: MessageKind, language: str
) -> None:
    mail = composed(kind, language, name="Buy at evil example")
    assert ("Buy at" in mail.text + mail.html) == (kind not in ASK_TO_CONFIRM)


@every_mail
def test_a_mail_asks_no_host_for_anything_and_opens_nothing_of_others_but_share_links(
    kind: MessageKind, language: str
) -> None:
    mail = composed(kind, language)
    for forbidden in ("<img", "<script", "<iframe", "@import", "url("):
        assert forbidden not in mail.html.lower()
    foreign = {urlsplit(link).netloc for link in links_of(mail)} - {"chorus.example"}
    assert foreign <= {"wa.me", "t.me", "bsky.app", "www.facebook.com", "www.w3.org"}
    sharing = {
        MessageKind.THANK_YOU,
        MessageKind.CLOSING_SOON,
        MessageKind.MILESTONE,
        MessageKind.NEXT_ACTION,
    }
    assert ("wa.me" in foreign) == (kind in sharing)


@every_mail
def test_it_travels_whole_under_the_size_where_mailboxes_cut(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language)
    raw = content(mail)
    assert len(raw) < 102_000
    arrived = email.message_from_bytes(raw, policy=email.policy.default)
    assert arrived["Subject"] == mail.subject
    assert arrived["Message-ID"] == mail.message_id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_in_the_mail_is_that_of_the_newest_submission(language: str) -> None:
    for submission in (1, 2):
        mail = composed(MessageKind.CONFIRM_SIGNATURE, language, submission=submission)
        assert code_in(mail) == KEYS.six_digits(UUID(int=3), submission)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_mail_that_asks_to_confirm_can_confirm(language: str) -> None:
    for kind in ABOUT_A_SIGNATURE - ASK_TO_CONFIRM:
        mail = composed(kind, language)
        assert "/confirm/" not in mail.text + mail.html
        assert KEYS.six_digits(UUID(int=3), 1) not in mail.text + mail.html


def test_shared_links_carry_the_signers_code_and_say_where_they_were_shared() -> None:
    code = KEYS.share_code(UUID(int=3))
    text = composed(MessageKind.THANK_YOU, "en").text
    whatsapp = next(link for link in links_of(composed(MessageKind.THANK_YOU, "en")) if "wa.me" in link)
    assert f"https://chorus.example/en/campaigns/clean-air?r={code}" in text
    (said,) = parse_qs(urlsplit(whatsapp).query)["text"]
    assert said == f"I signed & you? https://chorus.example/en/campaigns/clean-air?r={code}&source=whatsapp"


def test_the_message_id_is_the_same_at_every_attempt_and_of_this_message_alone() -> None:
    first = composed(MessageKind.THANK_YOU, "en")
    again = composed(MessageKind.THANK_YOU, "en", attempts=4)
    other = composed(MessageKind.THANK_YOU, "en", number=8)
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id == f"<{first.reference}@chorus.example>"
    assert KEYS.read_message_reference(first.reference) == 7


def test_a_bounce_comes_back_to_an_address_that_names_the_message() -> None:
    settings = replace(SETTINGS, return_path_domain="bounces.chorus.example")
    composer = Composer(settings, Links(SETTINGS.site_url, KEYS))
    mail = composer.compose(MESSAGE, FEDERATION)
    assert mail.return_path == f"bounces+{mail.reference}@bounces.chorus.example"
    assert not composed(MessageKind.THANK_YOU, "en").return_path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mailing_says_what_was_written_with_its_readers_name_and_country(language: str) -> None:
    mail = composed(MessageKind.MAILING, language, name="Amina")
    assert "The street, Amina" in _ISOLATES.sub("", mail.subject)
    assert "<bdi>Amina</bdi>" in mail.html
    assert str(Locale.parse(language).territories["TN"]) in mail.text
    assert ">Clean air</strong>" in mail.html
    assert "https://chorus.example/" + language + "/campaigns/clean-air?source=m-street" in mail.text


def test_a_mailing_to_somebody_without_a_name_greets_nobody() -> None:
    mail = composed(MessageKind.MAILING, "en", name="", body="We write to you.")
    assert "{name}" not in mail.text + mail.html + mail.subject


def test_a_name_cannot_add_a_header_or_a_line() -> None:
    mail = composed(MessageKind.MAILING, "en", name="Amina\r\nBcc: everybody@example.org\r\n\r\n<b>")
    arrived = email.message_from_bytes(content(mail), policy=email.policy.default)
    assert arrived["Bcc"] is None
    assert "Bcc" in arrived["Subject"]


def test_a_link_elsewhere_stays_as_it_was_written() -> None:
    mail = composed(MessageKind.MAILING, "en", action_url="https://who.example/report#page=2")
    assert "https://who.example/report#page=2" in mail.text


@pytest.mark.parametrize("wrong", ["Hello {nmae}", "Hello {}", "Hello {name.upper}"])
def test_a_word_in_braces_that_nobody_knows_is_refused(wrong: str) -> None:
    with pytest.raises(UnknownVariable):
        composed(MessageKind.MAILING, "en", body=wrong)


def test_what_was_prepared_for_one_reader_serves_the_next_and_no_other_words() -> None:
    composer = Composer(SETTINGS, Links(SETTINGS.site_url, KEYS))
    one = replace(MESSAGE, kind=MessageKind.MAILING, content=MAILING)
    composer.compose(one, FEDERATION)
    composer.compose(replace(one, content=replace(MAILING, name="Jonas")), FEDERATION)
    assert len(composer._ready) == 1
    mended = replace(one, content=replace(MAILING, body="Other words"))
    assert "Other words" in composer.compose(mended, FEDERATION).text
    assert len(composer._ready) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_link_to_sign_in_stands_for_the_account_and_the_moment_it_was_asked_for(language: str) -> None:
    mail = composed(MessageKind.SIGN_IN_LINK, language)
    (link,) = [link for link in own_links_of(mail) if "/console/" in link]
    assert answers("GET", link) == answers("POST", link) == "/console/sign-in/{token}"
    token = urlsplit(link).path.rsplit("/", 1)[1]
    assert KEYS.read_moment(Purpose.SIGN_IN, token) == (UUID(int=8), MESSAGE.created_at)


def test_no_repr_tells_who_it_is_for() -> None:
    assert "amina" not in repr(composed(MessageKind.THANK_YOU, "en")).lower()
    assert "amina" not in repr(MESSAGE).lower()
