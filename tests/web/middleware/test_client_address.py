from __future__ import annotations

import pytest

from web.middleware.client_address import client_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", "unknown"),
        ("203.0.113.7, 198.51.100.1", "unknown"),
        ("203.0.113.256", "unknown"),
        ("/run/site.sock", "unknown"),
    ],
)
def test_an_address_becomes_the_network_one_household_shares(address: str, network: str) -> None:
    assert client_network({"type": "http", "client": (address, 4711)}) == network


@pytest.mark.parametrize("scope", [{}, {"client": None}])
def test_a_request_without_an_address_comes_from_nowhere_known(scope: dict[str, object]) -> None:
    assert client_network(scope) == "unknown"
