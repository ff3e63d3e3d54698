"""Sharing: plain links that carry the words, the address and where they were shared."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from campaigns.campaign.sharing import SERVICES, share_links

URL = "https://campaigns.example/ar/campaigns/clean-air?r=abcdefghijkl"
TEXT = "هواء نظيف & for “all” #now? 100%"
LINKS = {link.service: link for link in share_links(URL, TEXT)}


def shared_with(service: str) -> str:
    return unquote(LINKS[service].url)


def test_there_is_one_link_for_each_service() -> None:
    assert list(LINKS) == [service for service, _, _ in SERVICES]
    assert "mail" in LINKS


@pytest.mark.parametrize("service", [service for service, _, _ in SERVICES])
def test_a_link_carries_our_address_and_where_it_was_shared(service: str) -> None:
    assert f"{URL}&source={service}" in shared_with(service)


@pytest.mark.parametrize(
    "service", [service for service, _, _ in SERVICES if service not in ("facebook", "linkedin")]
)
def test_a_link_carries_our_words_as_they_are(service: str) -> None:
    assert TEXT in shared_with(service)


@pytest.mark.parametrize("service", [service for service, _, _ in SERVICES])
def test_neither_our_address_nor_our_words_break_out_of_their_place(service: str) -> None:
    parts = urlsplit(LINKS[service].url)
    assert parts.scheme in ("https", "mailto")
    assert parts.fragment == ""
    assert LINKS[service].url.isascii()
    assert set(parse_qs(parts.query)) <= {"text", "url", "u", "subject", "body"}


def test_an_address_without_a_question_gets_one() -> None:
    link = share_links("https://campaigns.example/en/campaigns/clean-air", "x")[0]
    assert unquote(link.url).endswith("/clean-air?source=whatsapp")


def test_a_service_keeps_its_own_name_and_mail_gets_the_readers_word() -> None:
    assert LINKS["whatsapp"].name == "WhatsApp"
    assert LINKS["mail"].name == ""
