"""What a coordinator writes is looked through before it is kept, and refused with a reason."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from campaigns.mail.mailings import (
    LARGEST_BODY,
    ActionIncomplete,
    ActionNotAbsolute,
    LanguageUnknown,
    TextMissing,
    TextNotPlain,
    TextRefused,
    TextTooLong,
    VariableUnknown,
    Words,
    check_texts,
    rewrite_mailing,
    write_mailing,
)
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows, value
from web.forms.sign_form import SOURCE

pytestmark = pytest.mark.anyio

LETTER = Words(
    subject="{name}, on Thursday they vote",
    preview="What happens in {country}",
    heading="They vote on Thursday",
    body="Dear {name},\n\nyou *signed*.\n\n- one\n- two\n",
    action_label="Follow the vote",
    action_url="https://students.example/vote?day=4#live",
)


async def written(texts: dict[str, Words], *, campaign_id: UUID | None = None) -> UUID:
    async with in_transaction() as connection:
        return await write_mailing(connection, texts, organization_id=None, campaign_id=campaign_id, now=NOW)


@pytest.mark.usefixtures("database")
async def test_a_mailing_is_kept_with_its_words_in_each_language() -> None:
    petition = await open_petition()
    french = replace(LETTER, subject="Jeudi, ils votent pour « {campaign} »")
    mailing_id = await written({"en": LETTER, "fr": french}, campaign_id=petition.campaign.id)
    found = await rows(
        "SELECT language, subject, preview, heading, body, action_label, action_url FROM mailing_text"
        " WHERE mailing_id = $1 ORDER BY language",
        mailing_id,
    )
    assert [row.pop("language") for row in found] == ["en", "fr"]
    assert [Words(**row) for row in found] == [LETTER, french]


@pytest.mark.usefixtures("database")
async def test_every_mailing_has_a_short_source_of_its_own_that_a_link_may_carry() -> None:
    for _ in range(20):
        await written({"en": LETTER})
    sources = [row["source"] for row in await rows("SELECT source FROM mailing")]
    assert len(set(sources)) == 20
    assert all(re.fullmatch(r"m-[2-9a-z]{8}", each) and SOURCE.fullmatch(each) for each in sources)


@pytest.mark.usefixtures("database")
async def test_a_source_that_is_taken_is_not_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["m-22222222", "m-22222222", "m-33333333"])
    monkeypatch.setattr("campaigns.mail.mailings._new_source", lambda: next(drawn))
    await written({"en": LETTER})
    await written({"en": LETTER})
    assert await value("SELECT count(DISTINCT source)::int FROM mailing") == 2


@pytest.mark.usefixtures("database")
async def test_words_that_are_refused_leave_the_old_ones_in_place() -> None:
    mailing_id = await written({"en": LETTER})
    async with in_transaction() as connection:
        with pytest.raises(TextMissing):
            await rewrite_mailing(connection, mailing_id, {"en": replace(LETTER, body=" \n ")})
    async with in_transaction() as connection:
        await rewrite_mailing(connection, mailing_id, {"es": replace(LETTER, subject="El jueves")})
    found = await rows("SELECT language, subject FROM mailing_text")
    assert found == [{"language": "es", "subject": "El jueves"}]


@pytest.mark.parametrize("part", ["subject", "preview", "heading", "body"])
def test_an_unknown_variable_is_named_wherever_it_stands(part: str) -> None:
    with pytest.raises(VariableUnknown) as caught:
        check_texts({"fr": replace(LETTER, **{part: "Dear {first_name}"})}, of_a_campaign=True)
    error = caught.value
    assert (error.code, error.language, error.part, error.name) == (
        *("text-variable-unknown", "fr", part, "first_name"),
    )


@pytest.mark.parametrize(
    ("changes", "refusal", "part"),
    [
        ({"subject": ""}, TextMissing, "subject"),
        ({"subject": " \u00a0"}, TextMissing, "subject"),
        ({"heading": ""}, TextMissing, "heading"),
        ({"body": "\n"}, TextMissing, "body"),
        ({"subject": "News\r\nBcc: everybody@example.org"}, TextNotPlain, "subject"),
        ({"subject": "News\nmore"}, TextNotPlain, "subject"),
        ({"preview": "one\u2028two"}, TextNotPlain, "preview"),
        ({"heading": "one\ttwo"}, TextNotPlain, "heading"),
        ({"heading": "one\x85two"}, TextNotPlain, "heading"),
        ({"action_label": "Sign\n"}, TextNotPlain, "action_label"),
        ({"body": "a\x00b"}, TextNotPlain, "body"),
        ({"body": "half a letter \ud83d"}, TextNotPlain, "body"),
        ({"subject": "half a letter \ud83d"}, TextNotPlain, "subject"),
        ({"subject": "x" * 151}, TextTooLong, "subject"),
        ({"preview": "x" * 201}, TextTooLong, "preview"),
        ({"heading": "x" * 151}, TextTooLong, "heading"),
        ({"body": "x" * (LARGEST_BODY + 1)}, TextTooLong, "body"),
        ({"body": "ح" * (LARGEST_BODY // 2 + 1)}, TextTooLong, "body"),
        ({"action_label": "x" * 61}, TextTooLong, "action_label"),
        ({"action_url": "https://e.example/" + "x" * 500}, TextTooLong, "action_url"),
        ({"action_label": ""}, ActionIncomplete, "action_label"),
        ({"action_url": ""}, ActionIncomplete, "action_url"),
        ({"action_label": "Go, {name}"}, VariableUnknown, "action_label"),
        ({"body": "About {campaign}"}, VariableUnknown, "body"),
        *(
            ({"action_url": url}, ActionNotAbsolute, "action_url")
            for url in (
                *(
                    "/en/campaigns/clean-air",
                    "students.example/vote",
                    "javascript:alert(1)",
                    "ftp://e.example",
                ),
                *(
                    "https://",
                    "https:///vote",
                    "https://good.example@evil.example/",
                    "https://e.example/{name}",
                ),
                *(
                    'https://e.example/" onclick="',
                    "https://e.example/a b",
                    "https://[1:2",
                    "https://e.example:x/",
                ),
                "data:text/html,hello",
            )
        ),
    ],
)
def test_what_cannot_go_out_is_refused_and_where_it_is_wrong_is_said(
    changes: dict[str, str], refusal: type[TextRefused], part: str
) -> None:
    with pytest.raises(refusal) as caught:
        check_texts({"en": LETTER, "fr": replace(LETTER, **changes)}, of_a_campaign=False)
    assert (caught.value.language, caught.value.part, caught.value.status) == ("fr", part, 400)
    assert "Bcc" not in str(caught.value)


def test_the_longest_texts_are_taken() -> None:
    check_texts(
        {"en": Words(subject="x" * 150, preview="x" * 200, heading="x" * 150, body="x" * LARGEST_BODY)},
        of_a_campaign=False,
    )


def test_the_button_of_a_campaigns_mail_may_lead_to_the_campaign_by_itself() -> None:
    label_alone = replace(LETTER, action_url="")
    check_texts({"en": label_alone}, of_a_campaign=True)
    with pytest.raises(ActionIncomplete):
        check_texts({"en": label_alone}, of_a_campaign=False)


def test_a_mailing_says_something_in_a_language_there_is() -> None:
    with pytest.raises(TextMissing):
        check_texts({}, of_a_campaign=False)
    with pytest.raises(LanguageUnknown):
        check_texts({"tlh": LETTER}, of_a_campaign=False)


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds: list[type[TextRefused]] = [TextRefused, *TextRefused.__subclasses__()]
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes)) == 8
