from __future__ import annotations

import pytest

from campaigns.mail.return_paths import genuine, is_return_path, reference_in, return_path
from campaigns.tokens import Keyring

KEYS = Keyring("a key for tests alone, as long as it must be")
REFERENCE = KEYS.message_reference(4711)
DOMAIN = "returns.chorus.example"


def test_a_return_path_names_the_message_and_fits_into_an_address() -> None:
    address = return_path(REFERENCE, DOMAIN)
    assert address == f"bounces+{REFERENCE}@{DOMAIN}"
    assert reference_in(address, KEYS) == REFERENCE
    assert len(address.partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1


def test_a_server_that_changes_the_case_changes_nothing() -> None:
    address = return_path(REFERENCE, DOMAIN).upper()
    assert reference_in(address, KEYS) == REFERENCE
    assert is_return_path(address, DOMAIN)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bounces+",
        "@",
        f"bounces+@{DOMAIN}",
        f"bounces+{'a' * 32}@{DOMAIN}",
        f"bounces+{REFERENCE[:-1]}@{DOMAIN}",
        f"bounces+{REFERENCE}a@{DOMAIN}",
        f"bounces+{'é' * 32}@{DOMAIN}",
        f"bounces+{'ß' * 16}@{DOMAIN}",
        f"{REFERENCE}@{DOMAIN}",
        f"other+{REFERENCE}@{DOMAIN}",
    ],
)
def test_what_was_not_made_here_names_no_message(address: str) -> None:
    assert reference_in(address, KEYS) == ""


def test_a_return_path_of_a_retired_key_is_still_read() -> None:
    newer = Keyring(
        "another key for tests alone, as long as it must be",
        ("a key for tests alone, as long as it must be",),
    )
    assert genuine(REFERENCE, newer) == REFERENCE
    assert genuine(REFERENCE, Keyring("another key for tests alone, as long as it must be")) == ""


@pytest.mark.parametrize(
    "address", [f"campaigns@{DOMAIN}", f"bounces@{DOMAIN}", "bounces+a@other.example", "bounces+a"]
)
def test_other_addresses_are_no_return_paths(address: str) -> None:
    assert not is_return_path(address, DOMAIN)
