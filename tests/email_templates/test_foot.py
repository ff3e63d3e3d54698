"""What the foot of each mail owes its reader, which law and mailbox providers decide."""

from __future__ import annotations

import pytest

from email_templates import MESSAGES, render
from email_templates.gallery import sample_values
from email_templates.translations import DIRECTIONS
from tests.email_templates.page import Page

EVERY_MAIL = [(name, language) for name in MESSAGES for language in DIRECTIONS]
# Why each mail comes. A new message is not sent until somebody has decided what it is.
ABOUT_A_SIGNATURE = {"confirm_signature", "confirm_reminder", "already_signed", "thank_you"}
NOBODY_ASKED_FOR = {"next_action", "milestone", "closing_soon", "mailing"}
ASKED_FOR = {
    *("own_page_link", "address_change_confirm", "address_change_notice", "address_changed", "erased"),
    "sign_in_link",
}
TO_COORDINATORS = {"approval_wanted", "blast_stopped"}
SHOWS_OWN_PAGE = {"thank_you", *NOBODY_ASKED_FOR}

WAYS_OUT = ("withdraw_url", "unsubscribe_url", "preferences_url", "my_page_url")


def ways_owed(name: str) -> set[str]:
    owed = {"withdraw_url"} if name in ABOUT_A_SIGNATURE else set()
    owed |= {"unsubscribe_url", "preferences_url"} if name in NOBODY_ASKED_FOR else set()
    return owed | ({"my_page_url"} if name in SHOWS_OWN_PAGE else set())


def test_every_message_is_of_one_kind() -> None:
    kinds = (ABOUT_A_SIGNATURE, NOBODY_ASKED_FOR, ASKED_FOR, TO_COORDINATORS)
    assert sorted(name for kind in kinds for name in kind) == sorted(MESSAGES)


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_both_parts_say_who_sends_from_where_and_what_becomes_of_data(name: str, language: str) -> None:
    values = sample_values(name, language)
    mail = render(name, language, values)
    for key in ("sender_name", "sender_address"):
        assert str(values[key]) in mail.html
        assert str(values[key]) in mail.text
    assert values["privacy_url"] in Page(mail.html).links()
    assert values["privacy_url"] in mail.text.splitlines()


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_both_parts_lead_out_exactly_where_it_is_due(name: str, language: str) -> None:
    values = sample_values(name, language)
    mail = render(name, language, values)
    links, lines = Page(mail.html).links(), mail.text.splitlines()
    assert {key for key in WAYS_OUT if values[key] in links} == ways_owed(name)
    # Alone on its line: a program that makes links of addresses takes nothing else in.
    assert {key for key in WAYS_OUT if values[key] in lines} == ways_owed(name)
    assert {key for key in WAYS_OUT if str(values[key]) in mail.text} == ways_owed(name)


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_both_parts_give_the_same_reason(name: str, language: str) -> None:
    begins = {
        "en": "You get this mail because",
        "fr": "Vous recevez ce message parce que",
        "es": "Recibes este mensaje porque",
        "ar": "وصلتك هذه الرسالة",
    }
    mail = render(name, language, sample_values(name, language))
    (reason,) = [line for line in mail.text.splitlines() if line.startswith(begins[language])]
    for isolate in "\u2068\u2069":
        reason = reason.replace(isolate, "")
    assert " ".join(reason.split()) in Page(mail.html).text


@pytest.mark.parametrize("name", sorted(SHOWS_OWN_PAGE))
def test_the_way_to_ones_own_page_is_left_out_where_it_is_not_known(name: str) -> None:
    values = sample_values(name, "en")
    for unknown in ({**values, "my_page_url": ""}, {k: v for k, v in values.items() if k != "my_page_url"}):
        mail = render(name, "en", unknown)
        assert "Everything we hold about you" not in mail.html + mail.text
        assert "\n\n\n" not in mail.text
