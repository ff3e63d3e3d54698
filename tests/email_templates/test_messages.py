"""What single mails say, and above all what they must not."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from email_templates import MESSAGES, MissingValue, Rendered, render
from email_templates.catalogue import Message
from email_templates.gallery import sample_values
from email_templates.messages.footer import Footer
from email_templates.prose import prose
from email_templates.translations import DIRECTIONS
from tests.email_templates.page import Page


def mail(message: str, language: str = "en", /, **changes: object) -> Rendered:
    return render(message, language, {**sample_values(message, language), **changes})


def both(message: str, /, **changes: object) -> tuple[str, str]:
    """What can be read in the HTML part, and the text part."""
    rendered = mail(message, "en", **changes)
    return Page(rendered.html).text, rendered.text


# --- To somebody who has not shown whose address this is ------------------------------------------


def test_a_reminder_repeats_no_more_of_what_was_typed_than_the_mail_it_repeats() -> None:
    assert MESSAGES["confirm_reminder"].needs - MESSAGES["confirm_signature"].needs == {"last"}
    assert "name" not in MESSAGES["confirm_reminder"].knows


@pytest.mark.parametrize("name", ["own_page_link", "address_change_confirm", "sign_in_link"])
def test_a_mail_a_stranger_may_have_caused_tells_nothing_about_anybody(name: str) -> None:
    told = MESSAGES[name].needs - Footer.__required_keys__
    may_tell = {
        "own_page_link": {"own_page_url"},
        "address_change_confirm": {"confirm_url", "code"},
        "sign_in_link": {"sign_in_url"},
    }
    assert told == may_tell[name]


def test_the_last_reminder_says_that_it_is_the_last() -> None:
    first, last = mail("confirm_reminder", last=False), mail("confirm_reminder", last=True)
    assert "We remind you once more at most." in first.text
    assert "We will not remind you again." in last.text
    assert "last reminder" not in first.subject + first.text + first.html
    assert last.subject.startswith("A last reminder about your signature: ")
    assert "This is our last reminder" in last.html


# --- News ---------------------------------------------------------------------------------------------


def test_a_goal_that_is_reached_is_not_named() -> None:
    for name in ("closing_soon", "milestone"):
        for part in both(name, goal=""):
            assert "goal" not in part.lower()
        for part in both(name, goal="15,000"):
            assert "15,000" in part


@pytest.mark.parametrize("language", DIRECTIONS)
def test_a_link_that_brought_nobody_is_met_with_kindness_and_no_zero(language: str) -> None:
    some = mail("next_action", language)
    none = mail("next_action", language, brought=0, brought_shown="0")
    for one, other in ((some.text, none.text), (Page(some.html).text, Page(none.html).text)):
        assert " 7" in one.replace("\u2068", "").replace("\u2069", "")
        assert " 0 " not in other
        assert one != other


def test_nothing_is_said_of_other_campaigns_where_there_are_none() -> None:
    for part in both("next_action", campaigns=[]):
        assert "Other campaigns" not in part
    for part in both("next_action"):
        assert "Teach consent in every medical school" in part


# --- What a coordinator writes ------------------------------------------------------------------------


def test_a_letter_comes_from_the_organization_and_says_when_the_reader_agreed() -> None:
    rendered = mail("mailing")
    reason = (
        "You get this mail because you agreed to hear from Junior Doctors of Ireland when you signed "
        "“A safe night shift for every doctor in training” on 12 November 2026."
    )
    assert reason in Page(rendered.html).text
    assert reason in rendered.text
    assert "Unsubscribe from Junior Doctors of Ireland" in Page(rendered.html).text
    assert Page(rendered.html).text.index("Junior Doctors of Ireland") < Page(rendered.html).text.index(
        "Hello"
    )


@pytest.mark.parametrize("unknown", ["campaign_title", "signed_on"])
def test_the_reason_says_nothing_of_a_signature_that_is_not_known(unknown: str) -> None:
    for part in both("mailing", **{unknown: ""}):
        assert "agreed to hear from Junior Doctors of Ireland." in part
        assert "when you signed" not in part


def test_a_test_is_seen_to_be_one_before_it_is_opened_and_after() -> None:
    test, real = mail("mailing", is_test=True), mail("mailing", is_test=False)
    assert (test.subject, real.subject) == (
        f"Test: {real.subject}",
        sample_values("mailing", "en")["subject"],
    )
    assert test.text.startswith("This is a test.")
    read = Page(test.html).text
    assert read.index("This is a test.") < read.index("Junior Doctors of Ireland")
    assert "This is a test." not in real.html + real.text


def test_a_letter_has_a_button_with_words_or_none() -> None:
    none = mail("mailing", action_url="", action_label="")
    assert "Follow the vote" not in none.html + none.text
    assert 'class="button"' not in none.html
    for half, missing in (("action_url", "action_label"), ("action_label", "action_url")):
        with pytest.raises(MissingValue) as raised:
            mail("mailing", "en", **{half: ""})
        assert raised.value.value == half
        with pytest.raises(MissingValue) as raised:
            mail("mailing", "en", **{missing: None})
        assert raised.value.value == missing


def test_a_reader_without_a_name_is_greeted_too() -> None:
    rendered = mail("mailing", name="")
    assert "\nHello,\n" in rendered.text
    assert ">Hello,</div>" in rendered.html


def test_what_is_not_marked_as_clean_goes_in_as_words() -> None:
    clean = Markup("<p>Dear <strong>all</strong></p>")
    assert 'Dear <strong style="font-weight:700">all</strong></p>' in mail("mailing", body_html=clean).html
    # The same letters, unmarked, after the marked ones were remembered.
    rendered = mail("mailing", body_html=str(clean))
    assert "&lt;p&gt;Dear &lt;strong&gt;all" in rendered.html


def test_the_written_letter_keeps_its_lines_in_the_text_part() -> None:
    rendered = mail("mailing", body_text="One\r\ntwo  \n\n\n\n- three\x00 {{ name }} <b>\u2028four")
    assert "\n\nOne\ntwo\n\n- three {{ name }} <b>\nfour\n\n" in rendered.text


def test_a_letter_to_many_is_dressed_once() -> None:
    mail("mailing", name="First")
    before = prose.cache_info().misses
    for number in range(5):
        mail("mailing", name=f"Reader {number}")
    assert prose.cache_info().misses == before


def test_a_name_in_the_mail_before_is_not_in_the_next() -> None:
    assert "Amina" in mail("mailing", name="Amina").html
    assert "Amina" not in mail("mailing", name="Zoë").html


# --- Answers to a request --------------------------------------------------------------------------


def test_the_old_address_can_approve_or_stop_and_each_says_which_it_is() -> None:
    page = mail("address_change_notice")
    approve, stop = (
        "https://chorus.example/en/new-address/approve/8fJx0aQ2",
        ("https://chorus.example/en/new-address/stop/8fJx0aQ2"),
    )
    assert f"Yes, change my address:\n{approve}\n" in page.text
    assert f"No, stop the change:\n{stop}\n" in page.text
    assert {approve, stop} <= set(Page(page.html).links())


def test_the_last_mail_says_whose_records_are_erased_and_leads_to_nothing_personal() -> None:
    everything, one = mail("erased", organization=""), mail("erased", organization="Doctors of Ireland")
    assert everything.subject == "We have erased what we held about you"
    assert one.subject == "Doctors of Ireland has erased what it held about you"
    assert "this is the last mail you get from us" in everything.text
    assert "What you agreed to with other organizations stays as it was." in one.text
    for rendered in (everything, one):
        assert set(Page(rendered.html).links()) == {
            "https://chorus.example/en/",
            "https://chorus.example/en/privacy",
        }


# --- To coordinators -------------------------------------------------------------------------------


def test_a_coordinator_reads_why_a_mailing_stopped() -> None:
    for part in both("blast_stopped", by_complaints=True, by_bounces=False):
        assert "reported it as spam" in part
        assert "52 (0.13%)" in part
        assert "could not be reached" not in part
        assert "Not delivered" not in part
    for part in both("blast_stopped", by_complaints=False, by_bounces=True):
        assert "could not be reached" in part
        assert "spam" not in part


def test_a_message_knows_what_it_needs_and_what_it_may_have() -> None:
    message = Message(frozenset({"a"}), (frozenset({"b", "c"}), frozenset({"d"})))
    assert message.knows == {"a", "b", "c", "d"}
