from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.forms.sign_form import (
    AFFILIATION_UNKNOWN,
    COMMENT_TOO_LONG,
    COUNTRY_MISSING,
    EMAIL_MISSING,
    EMAIL_WRONG,
    FIELDS,
    NAME_MISSING,
    NAME_TOO_LONG,
    UNREADABLE,
    SignForm,
    empty_sign_form,
    read_sign_form,
    referral,
    source,
)

ORGANIZATIONS: Mapping[str, object] = {"medical-students-of-belgium": object()}
TEXT = UUID("0190d6a4-7f3c-7d1e-9b5a-3c2f1e0d4b6a")
COMPLETE = {
    "name": "Amina Ben Salah",
    "email": "amina@example.org",
    "country": "TN",
    "affiliation": "medical-students-of-belgium",
    "comment": "My son has asthma.",
    "show_name": "1",
    "newsletter": "1",
    "text": str(TEXT),
    "r": "abcdefghij23",
    "source": "whatsapp",
    "website": "",
}

anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=80)


def read(**changes: str) -> SignForm:
    return read_sign_form({**COMPLETE, **changes}, organizations=ORGANIZATIONS)


def test_a_complete_form_is_read_whole() -> None:
    form = read()
    assert form.errors == {}
    assert form.address is not None
    assert (form.name, form.address.raw, form.country) == ("Amina Ben Salah", "amina@example.org", "TN")
    assert (form.affiliation, form.comment) == ("medical-students-of-belgium", "My son has asthma.")
    assert (form.show_name, form.newsletter, form.looks_automatic) == (True, True, False)
    assert (form.text_id, form.referred_by, form.source) == (TEXT, "abcdefghij23", "whatsapp")


def test_the_smallest_form_is_a_name_an_address_and_a_country() -> None:
    form = read_sign_form(
        {"name": "Amina", "email": "amina@example.org", "country": "tn"}, organizations=ORGANIZATIONS
    )
    assert form.errors == {}
    assert (form.country, form.show_name, form.newsletter) == ("TN", False, False)


def test_an_empty_form_asks_for_all_three_in_the_order_of_the_page() -> None:
    form = read_sign_form({}, organizations=ORGANIZATIONS)
    assert list(form.errors.items()) == [
        ("name", NAME_MISSING),
        ("email", EMAIL_MISSING),
        ("country", COUNTRY_MISSING),
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, NAME_MISSING),
        ({"name": " \t\u00a0\u202e\u200b"}, NAME_MISSING),
        ({"name": "a" * 101}, NAME_TOO_LONG),
        ({"name": "Ami\x00na"}, UNREADABLE),
        ({"name": "Ami\x1bna"}, UNREADABLE),
        ({"name": "Ami\ufffdna"}, UNREADABLE),
        ({"email": "  "}, EMAIL_MISSING),
        ({"email": "amina"}, EMAIL_WRONG),
        ({"email": "amina@"}, EMAIL_WRONG),
        ({"email": "@example.org"}, EMAIL_WRONG),
        ({"email": "amina@example"}, EMAIL_WRONG),
        ({"email": "amina@exam ple.org"}, EMAIL_WRONG),
        ({"email": "a@example.org, b@example.org"}, EMAIL_WRONG),
        ({"email": "amina@example.org\r\nBcc: all@example.org"}, EMAIL_WRONG),
        ({"email": "Amina <amina@example.org>"}, EMAIL_WRONG),
        ({"email": "ami\x00na@example.org"}, EMAIL_WRONG),
        ({"email": "ami\ufffdna@example.org"}, EMAIL_WRONG),
        ({"email": "amina@[127.0.0.1]"}, EMAIL_WRONG),
        ({"email": "a" * 250 + "@example.org"}, EMAIL_WRONG),
        ({"country": ""}, COUNTRY_MISSING),
        ({"country": "XX"}, COUNTRY_MISSING),
        ({"country": "Tunisia"}, COUNTRY_MISSING),
        ({"country": "AQ"}, COUNTRY_MISSING),
        ({"country": "\ufffd"}, COUNTRY_MISSING),
        ({"affiliation": "students-of-nowhere"}, AFFILIATION_UNKNOWN),
        ({"affiliation": "'; DROP TABLE signature"}, AFFILIATION_UNKNOWN),
        ({"comment": "a" * 501}, COMMENT_TOO_LONG),
        ({"comment": "a\x00"}, UNREADABLE),
        ({"comment": "a\ufffd"}, UNREADABLE),
    ],
)
def test_one_wrong_field_is_one_error_at_that_field(changes: dict[str, str], error: str) -> None:
    (name,) = changes
    assert read(**changes).errors == {name: error}


@pytest.mark.parametrize(
    "email",
    [
        "amina@exämple.org",
        "أمينة@مثال.إختبار",
        "δοκιμή@παράδειγμα.gr",
        "amina.o'brien+petition@mail.example.org",
        " amina@example.org ",
    ],
)
def test_addresses_of_every_script_are_taken(email: str) -> None:
    form = read(email=email)
    assert form.errors == {}
    assert form.address is not None


def test_an_address_pasted_with_marks_of_direction_around_it_is_taken() -> None:
    address = read(email="\u202aamina@example.org\u202c\u200b").address
    assert address is not None
    assert address.raw == "amina@example.org"


def test_two_spellings_of_one_international_domain_are_one_person() -> None:
    unicode, ascii_ = read(email="amina@exämple.org").address, read(email="amina@xn--exmple-cua.org").address
    assert unicode is not None
    assert ascii_ is not None
    assert unicode.key == ascii_.key


def test_what_hides_in_a_name_is_dropped_and_the_longest_name_fits() -> None:
    assert read(name="Ami\u202ena").name == "Amina"
    assert read(name="ء" * 100).errors == {}
    assert read(comment="é" * 500).errors == {}


@pytest.mark.parametrize("text", ["", "1", "x" * 36, str(TEXT)[:-1], "\ufffd", "\x00"])
def test_a_tampered_text_id_is_no_text(text: str) -> None:
    assert read(text=text).text_id is None


@pytest.mark.parametrize(
    "code", ["abcdefghij2", "ABCDEFGHIJ23", "abcdefghij21", "abcdefghij23\n", "abcdefghij2é", "%"]
)
def test_a_tampered_share_code_brings_nobody(code: str) -> None:
    assert referral(code) == ""
    assert read(r=code).referred_by == ""
    assert read(r=code).errors == {}


@pytest.mark.parametrize("text", ["WhatsApp", "a b", "x" * 41, "<script>", "a\n", "é"])
def test_a_tampered_source_is_no_source(text: str) -> None:
    assert source(text) == ""
    assert read(source=text).errors == {}


def test_the_trap_is_noticed_and_said_to_nobody() -> None:
    form = read(website="https://spam.example")
    assert form.looks_automatic
    assert form.errors == {}


def test_a_wrong_form_is_printed_again_as_typed_with_words_in_the_readers_language() -> None:
    typed = {**COMPLETE, "name": "<b>\x00", "email": "wrong", "newsletter": "1"}
    del typed["show_name"]
    view = read_sign_form(typed, organizations=ORGANIZATIONS).view("/sign", str.upper)
    assert view["name"].value == "<b>\ufffd"
    assert view["email"].value == "wrong"
    assert view["email"].error == EMAIL_WRONG.upper()
    assert view["country"].value == "TN"
    assert view["newsletter"].checked
    assert not view["show_name"].checked
    assert [field.name for field in view.errors] == ["name", "email"]


def test_the_first_form_knows_its_text_and_who_led_here() -> None:
    view = empty_sign_form(text_id=TEXT, referred_by="abcdefghij23", source="x").view("/sign", str)
    assert [view[name].value for name in ("text", "r", "source")] == [str(TEXT), "abcdefghij23", "x"]
    assert not view.errors


def test_no_repr_of_a_form_tells_who_filled_it() -> None:
    told = repr(read(name="Marker Name", email="marker@example.org", comment="Marker reason"))
    assert "arker" not in told


@given(st.dictionaries(st.sampled_from(FIELDS) | anything, anything, max_size=15))
def test_whatever_is_sent_reading_and_printing_it_never_fails(fields: dict[str, str]) -> None:
    form = read_sign_form(fields, organizations=ORGANIZATIONS)
    form.view("/sign", str)
    assert set(form.errors) <= set(FIELDS)
    if not form.errors:
        assert form.address is not None
        assert 0 < len(form.name) <= 100
        assert len(form.comment) <= 500


@given(email=anything | st.emails() | st.builds("{}@{}".format, anything, anything))
def test_no_address_makes_reading_fail(email: str) -> None:
    read(email=email)
