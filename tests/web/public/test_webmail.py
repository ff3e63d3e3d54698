from __future__ import annotations

import pytest

from web.public.webmail import BY_PROVIDER, webmail


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("amina@gmail.com", "Gmail"),
        ("Amina@GoogleMail.com", "Gmail"),
        ("amina@hotmail.com", "Outlook"),
        ("amina@yahoo.fr", "Yahoo Mail"),
        ("amina@me.com", "iCloud Mail"),
        ("amina@pm.me", "Proton Mail"),
    ],
)
def test_a_common_provider_is_one_tap_away(address: str, name: str) -> None:
    found = webmail(address)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("address", ["amina@example.org", "amina@gmail.com.example", "", "gmail", "@"])
def test_others_are_not_guessed(address: str) -> None:
    assert webmail(address) is None


def test_the_links_tell_a_provider_nothing_about_the_signer() -> None:
    assert all(each.url.startswith("https://") and "?" not in each.url for each in BY_PROVIDER.values())
