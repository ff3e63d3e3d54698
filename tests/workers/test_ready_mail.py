"""Bytes made ahead: what arrives is what was written, for every reader, in lines every server takes."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.mail.port import OutgoingMail
from email_templates.catalogue import MESSAGES, render
from email_templates.gallery import sample_values
from email_templates.prepared import Blank, prepare
from email_templates.translations import DIRECTIONS
from workers.adapters.mime import content
from workers.ready_mail import ReadyMail

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENDER = '"Students, for Health" <campaigns@chorus.example>'
MAIL = OutgoingMail(
    message_id="<abc@chorus.example>",
    sender="campaigns@chorus.example",
    sender_name="Students, for Health",
    recipient="amina@example.org",
    subject="",
    text="",
    html="",
)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(lambda name: name.strip())


def ready(name: str, language: str, *own: str) -> ReadyMail:
    values = sample_values(name, language)
    prepared = prepare(name, language, {**values, **{key: Blank(key) for key in own}})
    return ReadyMail(prepared, sender=SENDER, headers={"Content-Language": language})


def lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize("name", MESSAGES)
def test_what_arrives_is_what_was_rendered(name: str, language: str) -> None:
    values = sample_values(name, language)
    own = {key: value for key, value in values.items() if key in ("name", "share_url", "count") and value}
    mail = ready(name, language, *own).fill(
        MAIL, own, headers={"List-Unsubscribe": "<https://c/u>"}, now=NOON
    )
    arrived = email.message_from_bytes(mail.content, policy=email.policy.default)
    wanted = render(name, language, values)
    text, html = arrived.iter_parts()
    assert lines(text.get_content()) == lines(wanted.text)
    assert lines(html.get_content()) == lines(wanted.html)
    assert (arrived["Subject"], mail.subject) == (wanted.subject, wanted.subject)
    assert (arrived["To"], arrived["Message-ID"]) == ("amina@example.org", "<abc@chorus.example>")
    assert (str(arrived["From"]), arrived["List-Unsubscribe"]) == (SENDER, "<https://c/u>")
    assert arrived["Date"].datetime == NOON
    assert (mail.text, mail.html) == (wanted.text, wanted.html)
    assert not arrived.defects


READY = {language: ready("thank_you", language, "name", "count") for language in DIRECTIONS}


@pytest.mark.parametrize("language", DIRECTIONS)
@given(name=names)
def test_every_line_is_short_and_plain_whatever_somebody_is_called(language: str, name: str) -> None:
    mail = READY[language].fill(MAIL, {"name": name, "count": "1"}, headers={}, now=NOON)
    assert mail.content.isascii()
    head, _, body = mail.content.partition(b"\r\n\r\n")
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    assert b"\n." not in mail.content
    assert mail.content.endswith(b"\r\n")
    assert {
        line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))
    } == {
        *(b"To", b"Message-ID", b"Date", b"Subject", b"From"),
        *(b"Content-Language", b"MIME-Version", b"Content-Type"),
    }
    arrived = email.message_from_bytes(mail.content, policy=email.policy.default)
    text, _ = arrived.iter_parts()
    assert lines(text.get_content()) == lines(mail.text)


@pytest.mark.parametrize(
    "name", [".", "...", "." * 200, ".a" * 100, "a" * 75 + ".", "\N{GREEK SMALL LETTER ALPHA}." * 60]
)
def test_no_line_begins_with_a_dot(name: str) -> None:
    mail = READY["en"].fill(MAIL, {"name": name, "count": "1"}, headers={}, now=NOON)
    assert b"\n." not in mail.content
    arrived = email.message_from_bytes(mail.content, policy=email.policy.default)
    text, _ = arrived.iter_parts()
    assert lines(text.get_content()) == lines(mail.text)


@pytest.mark.parametrize("recipient", ["زينب@example.org", "amina@exämple.org", '"a b"@example.org'])
def test_an_address_that_is_not_plain_is_left_to_who_knows_how_to_write_it(recipient: str) -> None:
    mail = READY["en"].fill(
        replace(MAIL, recipient=recipient), {"name": "Z", "count": "1"}, headers={}, now=NOON
    )
    assert not mail.content
    assert content(mail)


@pytest.mark.parametrize("value", ["<https://c/u>\r\nBcc: x@example.org", "<https://c/ü>"])
def test_a_header_that_is_no_single_plain_line_is_never_pasted(value: str) -> None:
    mail = READY["en"].fill(MAIL, {"name": "Z", "count": "1"}, headers={"List-Unsubscribe": value}, now=NOON)
    assert not mail.content
