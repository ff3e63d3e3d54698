"""Links in mails: absolute, in the reader's language, and each good for one thing."""

from __future__ import annotations

from uuid import UUID

import pytest

from campaigns.errors import LinkInvalid
from campaigns.mail.links import Links
from campaigns.tokens import Keyring, Purpose

KEYS = Keyring("a key for tests, longer than thirty-two characters")
LINKS = Links("https://campaigns.example", KEYS)
SOMEBODY = UUID("0195f3a0-0000-7000-8000-000000000001")


def token(link: str) -> str:
    return link.rpartition("/")[2]


@pytest.mark.parametrize(
    ("purpose", "link"),
    [
        (Purpose.WITHDRAW, LINKS.withdraw("ar", SOMEBODY)),
        (Purpose.UNSUBSCRIBE, LINKS.unsubscribe("ar", SOMEBODY)),
    ],
)
def test_a_personal_link_opens_one_page_in_the_language_of_its_mail(purpose: Purpose, link: str) -> None:
    assert link == f"https://campaigns.example/ar/{purpose}/{token(link)}"
    assert KEYS.read_link(purpose, token(link)) == SOMEBODY
    for other in set(Purpose) - {purpose}:
        with pytest.raises(LinkInvalid):
            KEYS.read_link(other, token(link))


def test_the_link_that_confirms_names_the_submission_it_was_mailed_for() -> None:
    link = LINKS.confirm("ar", SOMEBODY, 2)
    assert link == f"https://campaigns.example/ar/confirm/{token(link)}"
    assert KEYS.read_submission(token(link)) == (SOMEBODY, 2)
    assert link != LINKS.confirm("ar", SOMEBODY, 3)


def test_public_links_say_nothing_about_their_reader() -> None:
    assert LINKS.campaign("fr", "clean-air") == "https://campaigns.example/fr/campaigns/clean-air"
    assert LINKS.privacy("fr") == "https://campaigns.example/fr/privacy"


def test_a_share_link_is_the_campaign_and_a_code_that_leads_nowhere_else() -> None:
    link = LINKS.share("en", "clean-air", SOMEBODY)
    assert link == f"{LINKS.campaign('en', 'clean-air')}?r={KEYS.share_code(SOMEBODY)}"
    assert str(SOMEBODY) not in link
    assert SOMEBODY.hex not in link
