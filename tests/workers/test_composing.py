from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from starlette.routing import Match, Route

from campaigns.federation.queries import FederationView
from campaigns.languages import LANGUAGES
from campaigns.mail.delivery import ClaimedMessage
from campaigns.mail.links import Links
from campaigns.mail.models import MessageKind
from campaigns.mail.port import OutgoingMail
from campaigns.petitions.models import SignatureState
from campaigns.tokens import Keyring, Purpose
from email_templates import MESSAGES
from tests.web.site import SETTINGS, code_in, links_of, own_links_of
from web.routes import routes
from web.static_files import StaticFiles
from workers.adapters.mime import mime
from workers.composing import Composer

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
MESSAGE = ClaimedMessage(
    id=7,
    claim=UUID(int=1),
    kind=MessageKind.CONFIRM_SIGNATURE,
    language="en",
    attempts=1,
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    supporter_id=UUID(int=2),
    signature_id=UUID(int=3),
    submission=1,
    signature_state=SignatureState.PENDING,
    signed_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    recipient="amina@example.org",
    name="Amina <b>Ben</b> Salah & co",
    country="TN",
    addressee="The mayor",
    campaign_slug="clean-air",
    campaign_title="Clean air",
    share_text="I signed & you?",
    count=8412,
)
every_mail = pytest.mark.parametrize(
    ("kind", "language"), [(kind, language) for kind in MessageKind for language in LANGUAGES]
)


def composed(kind: MessageKind, language: str, **changes: object) -> OutgoingMail:
    return COMPOSER.compose(replace(MESSAGE, kind=kind, language=language, **changes), FEDERATION)  # type: ignore[arg-type]


def answers(method: str, link: str) -> str | None:
    """The template of the route that would take it."""
    scope = {"type": "http", "method": method, "path": urlsplit(link).path, "headers": []}
    return next((route.path for route in TABLE if route.matches(scope)[0] is Match.FULL), None)


def test_there_is_a_template_for_every_kind_and_no_other() -> None:
    assert set(MESSAGES) == {kind.value for kind in MessageKind}


@every_mail
def test_every_link_in_every_mail_leads_to_a_page_that_is_there(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language)
    links = own_links_of(mail)
    assert {answers("GET", link) for link in links} >= {
        "/{lang:lang}/withdraw/{token}",
        "/{lang:lang}/privacy",
    }
    for link in links:
        assert answers("GET", link) is not None, link
        assert urlsplit(link).path.split("/")[1] == language


@every_mail
def test_tokens_in_a_mail_stand_for_this_signature_and_this_person(kind: MessageKind, language: str) -> None:
    subjects = {
        Purpose.WITHDRAW: MESSAGE.signature_id,
        Purpose.UNSUBSCRIBE: MESSAGE.supporter_id,
    }
    seen = {}
    for link in own_links_of(composed(kind, language, submission=3)):
        _, _, page, *rest = urlsplit(link).path.split("/")
        if page == "confirm":
            assert KEYS.read_submission(rest[0]) == (MESSAGE.signature_id, 3)
        elif page in subjects:
            assert KEYS.read_link(Purpose(page), rest[0]) == subjects[Purpose(page)]
        seen[page] = link
    assert ("confirm" in seen) == (kind is MessageKind.CONFIRM_SIGNATURE)
    assert {"withdraw", "unsubscribe"} <= seen.keys()


@every_mail
def test_a_mailbox_provider_can_unsubscribe_with_one_click(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language)
    header = mail.headers["List-Unsubscribe"]
    assert header.startswith("<https://")
    assert header.endswith(">")
    assert answers("POST", header[1:-1]) == "/{lang:lang}/unsubscribe/{token}"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: {header}\r\n".encode() in mime(mail).as_bytes()


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


@every_mail
def test_what_people_typed_is_text_in_both_parts(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language, campaign_title="Air <b>now</b> & here")
    assert "Air <b>now</b> & here" in mail.text
    assert "Air &lt;b&gt;now&lt;/b&gt; &amp; here" in mail.html
    assert "<b>" not in mail.html


@every_mail
def test_nothing_typed_into_the_form_reaches_a_mailbox_before_its_owner_has_confirmed(
    kind: MessageKind, language: str
) -> None:
    mail = composed(kind, language, name="Buy at evil example")
    assert ("Buy at" in mail.text + mail.html) == (kind is not MessageKind.CONFIRM_SIGNATURE)


@every_mail
def test_a_mail_asks_no_host_for_anything_and_opens_nothing_of_others_but_share_links(
    kind: MessageKind, language: str
) -> None:
    mail = composed(kind, language)
    for forbidden in ("<img", "<script", "<iframe", "@import", "url("):
        assert forbidden not in mail.html.lower()
    foreign = {urlsplit(link).netloc for link in links_of(mail)} - {"chorus.example"}
    assert foreign <= {"wa.me", "t.me", "bsky.app", "www.facebook.com", "www.w3.org"}
    assert ("wa.me" in foreign) == (kind is MessageKind.THANK_YOU)


@every_mail
def test_it_travels_whole_under_the_size_where_mailboxes_cut(kind: MessageKind, language: str) -> None:
    mail = composed(kind, language)
    raw = mime(mail).as_bytes()
    assert len(raw) < 102_000
    arrived = email.message_from_bytes(raw, policy=email.policy.default)
    assert arrived["Subject"] == mail.subject
    assert arrived["Message-ID"] == mail.message_id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_in_the_mail_is_that_of_the_newest_submission(language: str) -> None:
    for submission in (1, 2):
        mail = composed(MessageKind.CONFIRM_SIGNATURE, language, submission=submission)
        assert code_in(mail) == KEYS.six_digits(MESSAGE.signature_id, submission)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_mail_that_asks_to_confirm_can_confirm(language: str) -> None:
    for kind in set(MessageKind) - {MessageKind.CONFIRM_SIGNATURE}:
        mail = composed(kind, language)
        assert "/confirm/" not in mail.text + mail.html
        assert KEYS.six_digits(MESSAGE.signature_id, 1) not in mail.text + mail.html


def test_shared_links_carry_the_signers_code_and_say_where_they_were_shared() -> None:
    code = KEYS.share_code(MESSAGE.signature_id)
    text = composed(MessageKind.THANK_YOU, "en").text
    whatsapp = next(link for link in links_of(composed(MessageKind.THANK_YOU, "en")) if "wa.me" in link)
    assert f"https://chorus.example/en/campaigns/clean-air?r={code}" in text
    (said,) = parse_qs(urlsplit(whatsapp).query)["text"]
    assert said == f"I signed & you? https://chorus.example/en/campaigns/clean-air?r={code}&source=whatsapp"


def test_the_message_id_is_the_same_at_every_attempt_and_of_this_message_alone() -> None:
    first = composed(MessageKind.THANK_YOU, "en")
    again = composed(MessageKind.THANK_YOU, "en", attempts=4, claim=UUID(int=9))
    other = composed(MessageKind.THANK_YOU, "en", id=8)
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id.endswith("@chorus.example>")
    assert str(MESSAGE.signature_id.hex) not in first.message_id


def test_no_repr_tells_who_it_is_for() -> None:
    assert "amina" not in repr(composed(MessageKind.THANK_YOU, "en")).lower()
    assert "amina" not in repr(MESSAGE).lower()
