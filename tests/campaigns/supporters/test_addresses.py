"""Addresses: what is taken, which two are one mailbox, and which look mistyped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.supporters.addresses import (
    COMMON_DOMAINS,
    LONGEST_ADDRESS,
    MAILBOX_RULES,
    AddressError,
    canonical,
    is_disposable,
    read_address,
    typo_hint,
)

# --- What is taken --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("amina@example.org", "amina@example.org"),
        ("  amina@example.org ", "amina@example.org"),
        ("Amina.Diallo@Example.ORG", "amina.diallo@example.org"),
        ("o'brien+news@example.org", "o'brien@example.org"),
        ("a@b.co", "a@b.co"),
        ("用户@例え.テスト.jp", "用户@xn--r8jz45g.xn--zckzah.jp"),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example"),
        ("zoë@xn--bcher-kva.example", "zoë@xn--bcher-kva.example"),
        ("ZOE\u0308@example.org", "zoë@example.org"),
        ("عائشة@مثال.com", "عائشة@xn--mgbh0fb.com"),
    ],
)
def test_an_address_is_known_by_one_spelling(typed: str, key: str) -> None:
    assert read_address(typed).key == key


def test_mail_goes_to_the_spelling_that_was_typed() -> None:
    assert read_address(" Amina.Diallo+petitions@GMail.com ").raw == "Amina.Diallo+petitions@gmail.com"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "amina",
        "@example.org",
        "amina@",
        "amina@example",
        "amina@@example.org",
        "amina @example.org",
        "amina@exam ple.org",
        "amina@-example.org",
        ".amina@example.org",
        "amina..diallo@example.org",
        "amina@example..org",
        "amina@[127.0.0.1]",
        '"amina diallo"@example.org',
        "Amina <amina@example.org>",
        "amina@example.org, bao@example.org",
        "amina@example.org\r\nBcc: all@example.org",
        "amina@example.org\x00",
        "a@" + "b" * 64 + ".org",
        "a@" + ".".join(["b" * 60] * 5) + ".org",
        "amina@\ud800.org",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(AddressError) as refused:
        read_address(typed)
    assert str(refused.value) == ""
    assert refused.value.__cause__ is None


@given(st.text(max_size=400) | st.from_regex(r"[^@]{1,40}@[^@]{1,40}\.[a-z]{1,6}", fullmatch=True))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        address = read_address(typed)
    except AddressError:
        return
    assert len(address.raw) <= LONGEST_ADDRESS
    assert address.key.count("@") == 1
    assert read_address(address.raw).key == address.key
    assert not any(letter.isspace() for letter in address.raw)


# --- Two spellings of one mailbox -----------------------------------------------------------------


@pytest.mark.parametrize(
    "spellings",
    [
        ("aminadiallo@gmail.com", "amina.diallo@gmail.com", "a.m.i.n.a.diallo+x@googlemail.com"),
        ("amina@outlook.com", "Amina+list@outlook.com"),
        ("amina@example.org", "amina+one@example.org", "amina+two@example.org"),
        ("amina@yahoo.gr", "amina-list@yahoo.gr"),
        ("amina@icloud.com", "amina@me.com", "amina+x@mac.com"),
        ("amina.d@proton.me", "aminad@protonmail.com", "amina_d+x@pm.me"),
        ("amina@yandex.ru", "amina@ya.ru"),
        ("amina@yahoo.com", "amina-list@yahoo.com"),
        ("amina@example.org", "AMINA@EXAMPLE.ORG"),
    ],
)
def test_spellings_a_provider_delivers_to_one_mailbox_are_one(spellings: tuple[str, ...]) -> None:
    assert len({read_address(each).key for each in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("amina.diallo@example.org", "aminadiallo@example.org"),
        ("amina-one@example.org", "amina-two@example.org"),
        ("amina.diallo@outlook.com", "aminadiallo@outlook.com"),
        ("amina@outlook.com", "amina@hotmail.com"),
        ("amina@yahoo.com", "amina@yahoo.fr"),
        ("amina+x@yahoo.com", "amina@yahoo.com"),
        ("amina-x@gmail.com", "amina@gmail.com"),
    ],
)
def test_spellings_of_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert read_address(one).key != read_address(other).key


@pytest.mark.parametrize("local", ["+", "+tag", "...", "._-"])
def test_a_name_of_nothing_but_what_is_ignored_is_left_as_it_is(local: str) -> None:
    assert canonical(local, "proton.me").partition("@")[0] != ""


domains = st.sampled_from([*sorted(MAILBOX_RULES), "yahoo.fr", "example.org"])


@given(st.from_regex(r"[a-z0-9.+_-]{1,30}", fullmatch=True), domains)
def test_one_spelling_of_a_mailbox_is_its_own_spelling(local: str, domain: str) -> None:
    once = canonical(local, domain)
    assert canonical(*once.rsplit("@", 1)) == once


# --- Throw-away mailboxes -------------------------------------------------------------------------


@pytest.mark.parametrize("domain", ["mailinator.com", "anything.mailinator.com", "MAILINATOR.com"])
def test_a_throw_away_mailbox_is_noticed(domain: str) -> None:
    assert is_disposable(read_address(f"amina@{domain}"))


@pytest.mark.parametrize(
    "domain", [*COMMON_DOMAINS, "example.org", "med.uni.example", "mailinator.example.org"]
)
def test_a_lasting_mailbox_is_none(domain: str) -> None:
    assert not is_disposable(read_address(f"amina@{domain}"))


# --- Slips of the finger --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("amina@gmial.com", "amina@gmail.com"),
        ("amina@gmai.com", "amina@gmail.com"),
        ("amina@gmaill.com", "amina@gmail.com"),
        ("amina@gmail.con", "amina@gmail.com"),
        ("Amina.D+x@GMIAL.com", "Amina.D+x@gmail.com"),
        ("amina@hotmial.com", "amina@hotmail.com"),
        ("amina@yaho.com", "amina@yahoo.com"),
        ("amina@outlok.fr", "amina@outlook.fr"),
        ("amina@lapsote.net", "amina@laposte.net"),
    ],
)
def test_a_provider_one_slip_away_is_suggested(typed: str, meant: str) -> None:
    assert typo_hint(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "amina",
        "@gmial.com",
        "amina@example.org",
        "amina@gmx.at",
        "amina@ymail.com",
        "amina@hotmail.se",
        "amina@yahoo.gr",
        "amina@g.co",
        *(f"amina@{domain}" for domain in COMMON_DOMAINS),
    ],
)
def test_who_meant_what_they_typed_is_not_corrected(typed: str) -> None:
    assert typo_hint(typed) == ""


@given(st.text(max_size=60))
def test_whatever_is_typed_a_hint_is_an_address_of_a_common_provider_or_nothing(typed: str) -> None:
    hint = typo_hint(typed)
    assert hint == "" or hint.rpartition("@")[2] in COMMON_DOMAINS


@given(st.sampled_from(COMMON_DOMAINS), st.data())
def test_two_letters_swapped_in_a_common_provider_are_always_noticed(
    domain: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(domain) - 2))
    swapped = domain[:place] + domain[place + 1] + domain[place] + domain[place + 2 :]
    if swapped not in {*COMMON_DOMAINS, "hotmail.se", "yahoo.se"}:
        assert typo_hint(f"amina@{swapped}").rpartition("@")[2] in COMMON_DOMAINS
