"""Links, codes and sealed cookies: made from a key, worth one thing, and noise to everybody else."""

from __future__ import annotations

import base64
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from campaigns.errors import LinkInvalid
from campaigns.ids import new_id
from campaigns.tokens import LONGEST_SEALED, SHARE_CODE_LENGTH, Keyring, Purpose

TOKEN_LENGTH, SUBMISSION_LENGTH = 43, 46
OLD, NEW = "the key that was used until last week", "the key that is used from this week on"
KEYS = Keyring(NEW)
ROTATED = Keyring(NEW, (OLD,))
RETIRED = Keyring(OLD)
SOMEBODY = UUID("0195f3a0-0000-7000-8000-000000000001")
URL_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

purposes = st.sampled_from(Purpose)


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "==")


# --- Links ----------------------------------------------------------------------------------------


@given(purposes, st.uuids())
def test_a_link_token_stands_for_its_id_and_is_always_as_long(purpose: Purpose, subject: UUID) -> None:
    token = KEYS.link_token(purpose, subject)
    assert len(token) == TOKEN_LENGTH
    assert set(token) <= URL_SAFE
    assert KEYS.read_link(purpose, token) == subject


@given(purposes, purposes, st.uuids())
def test_a_token_of_one_purpose_is_worth_nothing_for_another(
    one: Purpose, other: Purpose, subject: UUID
) -> None:
    assume(one is not other)
    with pytest.raises(LinkInvalid):
        KEYS.read_link(other, KEYS.link_token(one, subject))


@given(st.uuids(), st.integers(0, TOKEN_LENGTH - 1), st.sampled_from(sorted(URL_SAFE)))
def test_a_token_changed_anywhere_is_refused(subject: UUID, place: int, letter: str) -> None:
    token = KEYS.link_token(Purpose.CONFIRM, subject)
    changed = token[:place] + letter + token[place + 1 :]
    assume(raw(changed) != raw(token))  # the last letter carries two bits that nobody reads
    with pytest.raises(LinkInvalid):
        KEYS.read_link(Purpose.CONFIRM, changed)


@given(st.integers(0, TOKEN_LENGTH - 1))
def test_a_token_cut_short_is_refused(length: int) -> None:
    with pytest.raises(LinkInvalid):
        KEYS.read_link(Purpose.CONFIRM, KEYS.link_token(Purpose.CONFIRM, SOMEBODY)[:length])


@pytest.mark.parametrize("tail", ["A", "AAAA", " ", "\n", "é"])
def test_a_token_with_something_after_it_is_refused(tail: str) -> None:
    with pytest.raises(LinkInvalid):
        KEYS.read_link(Purpose.CONFIRM, KEYS.link_token(Purpose.CONFIRM, SOMEBODY) + tail)


@given(st.text(min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH) | st.text())
def test_whatever_stands_in_a_link_is_refused_calmly(token: str) -> None:
    with pytest.raises(LinkInvalid):
        KEYS.read_link(Purpose.CONFIRM, token)


def test_the_digest_of_one_person_does_not_open_the_link_of_another() -> None:
    mine, theirs = new_id(), new_id()
    digest = raw(KEYS.link_token(Purpose.CONFIRM, mine))[16:]
    forged = base64.urlsafe_b64encode(theirs.bytes + digest).rstrip(b"=").decode()
    with pytest.raises(LinkInvalid):
        KEYS.read_link(Purpose.CONFIRM, forged)


def test_a_token_of_another_installation_is_refused() -> None:
    with pytest.raises(LinkInvalid):
        KEYS.read_link(Purpose.CONFIRM, RETIRED.link_token(Purpose.CONFIRM, SOMEBODY))


# --- Links that confirm ---------------------------------------------------------------------------

submissions = st.integers(1, 32_767)


@given(st.uuids(), submissions)
def test_a_link_that_confirms_names_the_words_it_confirms(subject: UUID, number: int) -> None:
    token = KEYS.submission_token(subject, number)
    assert len(token) == SUBMISSION_LENGTH
    assert set(token) <= URL_SAFE
    assert KEYS.read_submission(token) == (subject, number)


@given(st.uuids(), submissions, submissions)
def test_it_cannot_be_made_into_one_for_other_words(subject: UUID, number: int, other: int) -> None:
    assume(number != other)
    mailed = raw(KEYS.submission_token(subject, number))
    forged = subject.bytes + other.to_bytes(2, "big") + mailed[18:]
    with pytest.raises(LinkInvalid):
        KEYS.read_submission(base64.urlsafe_b64encode(forged).rstrip(b"=").decode())


@given(st.uuids(), submissions, st.data())
def test_it_is_refused_when_it_is_changed_or_cut(subject: UUID, number: int, data: st.DataObject) -> None:
    token = KEYS.submission_token(subject, number)
    place = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + data.draw(st.sampled_from(sorted(URL_SAFE))) + token[place + 1 :]
    for forged in (token[:place], changed):
        if len(forged) < len(token) or raw(forged) != raw(token):
            with pytest.raises(LinkInvalid):
                KEYS.read_submission(forged)


@pytest.mark.parametrize("purpose", Purpose)
def test_links_that_confirm_and_other_links_do_not_open_each_other(purpose: Purpose) -> None:
    with pytest.raises(LinkInvalid):
        KEYS.read_submission(KEYS.link_token(purpose, SOMEBODY))
    with pytest.raises(LinkInvalid):
        KEYS.read_link(purpose, KEYS.submission_token(SOMEBODY, 1))


def test_a_link_that_confirms_opens_under_a_retired_key_and_is_never_written_with_it() -> None:
    assert ROTATED.read_submission(RETIRED.submission_token(SOMEBODY, 3)) == (SOMEBODY, 3)
    with pytest.raises(LinkInvalid):
        RETIRED.read_submission(ROTATED.submission_token(SOMEBODY, 3))


@given(st.text())
def test_whatever_stands_in_a_link_that_confirms_is_refused_calmly(token: str) -> None:
    with pytest.raises(LinkInvalid):
        KEYS.read_submission(token)


# --- A new key ------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", Purpose)
def test_links_mailed_under_a_retired_key_still_open(purpose: Purpose) -> None:
    assert ROTATED.read_link(purpose, RETIRED.link_token(purpose, SOMEBODY)) == SOMEBODY


@pytest.mark.parametrize("purpose", Purpose)
def test_nothing_new_is_written_with_a_retired_key(purpose: Purpose) -> None:
    assert ROTATED.link_token(purpose, SOMEBODY) == KEYS.link_token(purpose, SOMEBODY)
    with pytest.raises(LinkInvalid):
        RETIRED.read_link(purpose, ROTATED.link_token(purpose, SOMEBODY))


def test_cookies_sealed_with_a_retired_key_still_open_and_new_ones_are_not_sealed_with_it() -> None:
    assert ROTATED.unseal(RETIRED.seal({"slug": "clean-air"})) == {"slug": "clean-air"}
    with pytest.raises(LinkInvalid):
        RETIRED.unseal(ROTATED.seal({"slug": "clean-air"}))


# --- Codes ----------------------------------------------------------------------------------------


@given(st.uuids(), st.integers(1, 32_767))
def test_a_code_is_six_digits_the_same_each_time_and_new_for_each_submission(
    subject: UUID, number: int
) -> None:
    code = KEYS.six_digits(subject, number)
    assert len(code) == 6
    assert code.isascii()
    assert code.isdecimal()
    assert code == KEYS.six_digits(subject, number)


def test_codes_of_people_and_submissions_are_unlike() -> None:
    codes = {KEYS.six_digits(new_id(), number) for number in range(1, 101)}
    codes |= {KEYS.six_digits(SOMEBODY, number) for number in range(1, 101)}
    assert len(codes) > 195


def test_every_digit_is_as_likely_at_every_place() -> None:
    codes = [KEYS.six_digits(UUID(int=number), 1) for number in range(5_000)]
    for place in range(6):
        counted = Counter(code[place] for code in codes)
        assert len(counted) == 10
        assert max(counted.values()) < 1.25 * min(counted.values())


# --- What strangers may read ----------------------------------------------------------------------


@given(st.uuids())
def test_a_share_code_is_twelve_small_letters_and_no_way_back(subject: UUID) -> None:
    code = KEYS.share_code(subject)
    assert len(code) == SHARE_CODE_LENGTH
    assert set(code) <= frozenset("abcdefghijklmnopqrstuvwxyz234567")
    assert code not in base64.b32encode(subject.bytes).decode().lower()


@given(st.text(), st.text())
def test_a_network_key_tells_two_networks_apart_and_tells_neither(one: str, other: str) -> None:
    assume(one != other and len(one) > 3)
    assert KEYS.network_key(one) == KEYS.network_key(one) != KEYS.network_key(other)
    assert len(KEYS.network_key(one)) == 22
    assert one not in KEYS.network_key(one)
    assert KEYS.network_key(one) != RETIRED.network_key(one)


# --- Sealed cookies -------------------------------------------------------------------------------

values = st.dictionaries(st.text(max_size=20), st.text(max_size=100), max_size=5)


@given(values)
def test_what_was_sealed_is_unsealed(given_values: dict[str, str]) -> None:
    sealed = KEYS.seal(given_values)
    assert KEYS.unseal(sealed) == given_values
    assert set(sealed) <= URL_SAFE


def test_equal_cookies_never_look_equal_and_show_nothing() -> None:
    seen = {KEYS.seal({"email": "amina@example.org"}) for _ in range(50)}
    assert len(seen) == 50
    assert not any(b"amina" in base64.urlsafe_b64decode(each + "==") for each in seen)


@given(values, st.data())
def test_a_cookie_changed_anywhere_is_refused(given_values: dict[str, str], data: st.DataObject) -> None:
    sealed = bytearray(base64.urlsafe_b64decode(KEYS.seal(given_values) + "=="))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LinkInvalid):
        KEYS.unseal(base64.urlsafe_b64encode(sealed).rstrip(b"=").decode())


@given(
    st.text(max_size=100) | st.binary(max_size=60).map(lambda each: base64.urlsafe_b64encode(each).decode())
)
def test_whatever_stands_in_a_cookie_is_refused_calmly(sealed: str) -> None:
    with pytest.raises(LinkInvalid):
        KEYS.unseal(sealed)


def test_a_cookie_too_long_for_a_browser_is_not_looked_at() -> None:
    with pytest.raises(LinkInvalid):
        KEYS.unseal(KEYS.seal({"name": "a" * LONGEST_SEALED}))
