from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from web.public.sharing import qr_svg, share_choices

URL = "https://chorus.example/ar/campaigns/clean-air?r=abcdefghij23"
TEXT = "وقّعتُ & أنت؟ #air"


def test_every_link_carries_text_and_address_whole() -> None:
    for choice in share_choices(URL, TEXT, str):
        parts = urlsplit(choice.url)
        values = {each for all_of in parse_qs(parts.query).values() for each in all_of}
        said = " ".join(values)
        assert f"{URL}&source={choice.value}" in said, choice
        assert TEXT in said or choice.value in {"facebook", "linkedin"}


def test_the_readers_own_word_stands_for_mail() -> None:
    labels = {
        choice.value: choice.label for choice in share_choices(URL, TEXT, {"Email": "البريد"}.__getitem__)
    }
    assert labels["mail"] == "البريد"
    assert labels["whatsapp"] == "WhatsApp"


def test_an_address_without_a_query_gets_one() -> None:
    (whatsapp, *_) = share_choices("https://chorus.example/en/campaigns/clean-air", "", str)
    assert "clean-air%3Fsource%3Dwhatsapp" in whatsapp.url


def test_the_qr_code_is_drawn_inline_in_black_and_asks_nobody_for_anything() -> None:
    svg = qr_svg(URL)
    assert svg.startswith("<svg viewBox=")
    assert 'stroke="#000"' in svg
    for forbidden in ("style=", "href", "http", "<script"):
        assert forbidden not in svg


def test_two_links_have_two_codes() -> None:
    assert qr_svg(URL) != qr_svg(URL + "x")
