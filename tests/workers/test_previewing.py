"""A preview is the mail a reader would get, and holds nothing that acts for them."""

from __future__ import annotations

import pytest

from campaigns.errors import NotFound
from campaigns.ids import new_id
from campaigns.mail.links import Links
from campaigns.tokens import Keyring
from tests.factories.blasts import draft_blast, reader, subscribers, words
from tests.factories.federation import small_federation
from tests.factories.petitions import open_petition
from tests.factories.rows import value
from tests.settings import SETTINGS
from tests.web.site import links_of, whole_database
from workers.composing import Composer
from workers.previewing import preview

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

COMPOSER = Composer(SETTINGS, Links(SETTINGS.site_url, Keyring(SETTINGS.secret_key)))
TEXTS = {
    "en": words("{name}, they vote", body="Here in {country}: **now**.", preview="Look", action_label="Sign"),
    "ar": words("التصويت", body="عزيزي {name}"),
}


async def test_a_preview_reads_as_the_reader_would_read_it_in_each_language() -> None:
    petition = await open_petition()
    await subscribers(3)
    await draft_blast(petition=petition, texts=TEXTS)
    mailing_id, source = await value("SELECT id FROM mailing"), await value("SELECT source FROM mailing")
    english = await preview(COMPOSER, mailing_id, "en", reader_id=reader(1))
    assert english.subject == "Reader 1, they vote"
    assert "Here in Senegal: " in english.text
    assert "<strong" in english.html
    assert f"https://chorus.example/en/campaigns/clean-air?source={source}" in links_of(english)
    assert english.sender_name == "Students for Health (en)"
    arabic = await preview(COMPOSER, mailing_id, "ar", reader_id=reader(2))
    assert "Reader 2" in arabic.text
    assert 'dir="rtl"' in arabic.html


async def test_a_preview_for_nobody_has_no_name_and_is_no_test() -> None:
    await small_federation()
    await draft_blast(texts={"en": words("They vote")})
    mail = await preview(COMPOSER, await value("SELECT id FROM mailing"), "en")
    assert mail.subject == "They vote"
    assert "Reader" not in mail.text


async def test_a_preview_writes_nothing_and_holds_none_of_the_readers_keys() -> None:
    await small_federation()
    await subscribers(1)
    await draft_blast(texts=TEXTS | {"en": words()})
    mailing_id = await value("SELECT id FROM mailing")
    before = await whole_database()
    mail = await preview(COMPOSER, mailing_id, "en", reader_id=reader(1))
    assert await whole_database() == before
    assert mail.recipient == ""
    assert "List-Unsubscribe" not in mail.headers
    pages = {link.removeprefix("https://chorus.example/en").partition("?")[0] for link in links_of(mail)}
    assert "/me" in pages
    assert not [page for page in pages if page.startswith(("/unsubscribe", "/preferences", "/me/"))]


async def test_there_is_no_preview_of_what_is_not_there() -> None:
    await subscribers(1)
    await draft_blast()
    mailing_id = await value("SELECT id FROM mailing")
    with pytest.raises(NotFound):  # no federation yet
        await preview(COMPOSER, mailing_id, "en")
    await small_federation()
    await preview(COMPOSER, mailing_id, "en", reader_id=reader(1))
    for arguments in ((new_id(), "en", None), (mailing_id, "fr", None), (mailing_id, "en", new_id())):
        with pytest.raises(NotFound):
            await preview(COMPOSER, arguments[0], arguments[1], reader_id=arguments[2])
