from __future__ import annotations

import re
import traceback

import pytest
from markupsafe import Markup

from email_templates import MESSAGES, MailTooLarge, MissingValue, UnknownLanguage, UnknownMessage, render
from email_templates.catalogue import LARGEST_MAIL
from email_templates.compile import compiled
from email_templates.gallery import sample_values
from email_templates.translations import DIRECTIONS
from tests.email_templates.page import Page

EVERY_MAIL = [(name, language) for name in MESSAGES for language in DIRECTIONS]


def test_a_name_with_markup_is_escaped_in_html_and_left_as_typed_in_text() -> None:
    values = {**sample_values("thank_you", "en"), "name": '<b onclick="x">Zoë</b> & {{ code }}'}
    mail = render("thank_you", "en", values)
    assert "<b onclick" not in mail.html
    assert "&lt;b onclick=&#34;x&#34;&gt;Zoë&lt;/b&gt; &amp; {{ code }}" in mail.html
    assert 'Thank you, <b onclick="x">Zoë</b> & {{ code }}. Your signature counts.' in mail.text


def test_an_address_cannot_leave_its_attribute() -> None:
    values = {**sample_values("thank_you", "en"), "share_url": 'https://chorus.example/"><h1>x'}
    assert Page(render("thank_you", "en", values).html).links().count('https://chorus.example/"><h1>x') == 1


@pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\u2029"])
def test_a_title_cannot_add_a_header_or_a_line(separator: str) -> None:
    values = {
        **sample_values("thank_you", "en"),
        "campaign_title": f"Nights{separator}Bcc: all@chorus.example",
    }
    mail = render("thank_you", "en", values)
    assert mail.subject == "Your signature counts: Nights Bcc: all@chorus.example"
    assert not re.search(r"^Bcc", mail.text, re.MULTILINE)


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_a_subject_is_one_line(name: str, language: str) -> None:
    subject = render(name, language, sample_values(name, language)).subject
    assert subject == subject.strip()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]|  ", subject)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_mail_without_one_of_its_values_is_not_sent(name: str) -> None:
    values = sample_values(name, "en")
    for key in MESSAGES[name].needs:
        for wrong in ({k: v for k, v in values.items() if k != key}, {**values, key: None}):
            with pytest.raises(MissingValue) as raised:
                render(name, "en", wrong)
            assert (raised.value.message, raised.value.value) == (name, key)


def test_a_mail_is_not_sent_with_an_empty_link() -> None:
    with pytest.raises(MissingValue, match="confirm_url"):
        render("confirm_signature", "en", {**sample_values("confirm_signature", "en"), "confirm_url": ""})


def test_a_share_link_without_address_is_missing_and_no_error_tells_what_the_others_hold() -> None:
    values = {**sample_values("thank_you", "en"), "name": "Zoë", "share_links": [{"label": "WhatsApp"}]}
    with pytest.raises(MissingValue) as raised:
        render("thank_you", "en", values)
    assert "Zoë" not in "".join(traceback.format_exception(raised.value))


def test_an_unknown_message_or_language_is_refused() -> None:
    with pytest.raises(UnknownMessage, match="welcome"):
        render("welcome", "en", {})
    with pytest.raises(UnknownLanguage, match="de"):
        render("thank_you", "de", {})


def test_the_code_is_shown_in_two_halves_and_copied_in_one() -> None:
    mail = render("confirm_signature", "en", sample_values("confirm_signature", "en"))
    assert "    123 456\n" in mail.text
    shown = re.search(r'<span dir="ltr"[^>]*>(123<span style="padding-left:14px;">456</span>)', mail.html)
    assert shown
    assert re.sub("<[^>]*>", "", shown[1]) == "123456"


def test_the_halves_of_the_code_keep_their_order_in_a_right_to_left_text() -> None:
    # A no-break space is a common separator (UAX #9, W4): between digits it becomes part of the number.
    assert "123\u00a0456" in render("confirm_signature", "ar", sample_values("confirm_signature", "ar")).text


@pytest.mark.parametrize(("empty", "label"), [("addressee", "Addressed to"), ("country_name", "Country")])
def test_what_is_not_known_is_left_out_with_its_label(empty: str, label: str) -> None:
    values = {**sample_values("confirm_signature", "en"), empty: ""}
    mail = render("confirm_signature", "en", values)
    assert label not in mail.html
    assert label not in mail.text


def test_a_mail_without_share_links_has_none() -> None:
    mail = render("thank_you", "en", {**sample_values("thank_you", "en"), "share_links": []})
    assert "WhatsApp" not in mail.html + mail.text
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_a_mail_says_its_language_and_runs_in_its_direction(name: str, language: str) -> None:
    page = Page(render(name, language, sample_values(name, language)).html)
    wanted = DIRECTIONS[language]
    assert [
        (tag, attributes["dir"]) for tag, attributes in page.tags if attributes.get("lang") == language
    ] == [("html", wanted), ("div", wanted)]
    styles = " ".join(attributes.get("style") or "" for _tag, attributes in page.tags)
    assert set(re.findall(r"[^-]direction:(\w+)", styles)) == {wanted}
    start = "right" if wanted == "rtl" else "left"
    assert f"text-align:{start}" in styles
    aligned = {attributes.get("align") for _tag, attributes in page.tags} - {None, "center"}
    assert aligned == {start}


@pytest.mark.parametrize(("name", "language"), EVERY_MAIL)
def test_a_mail_is_small_has_one_heading_and_asks_no_other_host(name: str, language: str) -> None:
    mail = render(name, language, sample_values(name, language))
    tags = [tag for tag, _attributes in Page(mail.html).tags]
    assert len(mail.html.encode()) < 20_000
    assert tags.count("h1") == 1
    assert not {"img", "link", "script", "iframe"} & set(tags)
    assert not re.search(r"url\(|@import", mail.html)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_mail_has_one_button_unless_there_is_nothing_to_do(name: str) -> None:
    page = Page(render(name, "en", sample_values(name, "en")).html)
    buttons = [attributes.get("class") for _tag, attributes in page.tags].count("button")
    assert buttons == (0 if name in ("address_changed", "erased") else 1)


def test_a_letter_of_forty_thousand_bytes_is_shown_whole_and_a_longer_one_refused() -> None:
    def mailing(bytes_of_letter: int) -> dict[str, object]:
        paragraph = f"<p>{'words ' * 30}</p>"
        letter = Markup(paragraph * (bytes_of_letter // len(paragraph)))
        return {**sample_values("mailing", "en"), "body_html": letter}

    assert len(render("mailing", "en", mailing(40_000)).html.encode()) <= LARGEST_MAIL == 102_000
    with pytest.raises(
        MailTooLarge, match=r"mailing has \d+ bytes of HTML, and 102000 is the most"
    ) as raised:
        render("mailing", "en", mailing(90_000))
    assert raised.value.size > raised.value.most == LARGEST_MAIL
    assert "words" not in "".join(traceback.format_exception(raised.value))


def test_bytes_are_counted_and_not_letters() -> None:
    values = {**sample_values("mailing", "ar"), "body_html": Markup(f"<p>{'ص' * 45_000}</p>")}
    with pytest.raises(MailTooLarge):
        render("mailing", "ar", values)


def test_a_message_is_compiled_once_per_language() -> None:
    values = sample_values("thank_you", "fr")
    render("thank_you", "fr", values)
    before = compiled.cache_info().misses
    render("thank_you", "fr", values)
    assert compiled.cache_info().misses == before
