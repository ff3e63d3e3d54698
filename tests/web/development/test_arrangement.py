from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.settings import Environment, MailAdapter, read_settings
from web.development import arrangement
from web.development.arrangement import Address, addresses, development_environment


def environment(**caller: str) -> dict[str, str]:
    return development_environment(
        caller, database_url="postgres://db", redis_url="redis://queue", port=8001, state=Path("/state")
    )


def test_the_processes_are_told_everything_the_settings_require() -> None:
    settings = read_settings(environment())
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.mail_adapter is MailAdapter.MAILBOX
    assert settings.mailbox_dir == Path("/state/mailbox")
    assert settings.database_url == "postgres://db"
    assert settings.redis_url == "redis://queue"
    assert (settings.port, settings.site_url) == (8001, "http://127.0.0.1:8001")


def test_the_callers_settings_win() -> None:
    given = environment(SITE_URL="https://campaigns.test", MAIL_ADAPTER="smtp", LOG_FORMAT="json")
    assert (given["SITE_URL"], given["MAIL_ADAPTER"], given["LOG_FORMAT"]) == (
        "https://campaigns.test",
        "smtp",
        "json",
    )


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert environment(MAIL_ADAPTER="")["MAIL_ADAPTER"] == "mailbox"


def test_the_free_port_wins_over_the_wanted_one() -> None:
    assert environment(PORT="8000")["PORT"] == "8001"


def test_the_processes_know_nothing_of_make() -> None:
    assert "MAKEFLAGS" not in environment(MAKEFLAGS="-j2")


def test_only_pages_that_exist_are_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Address(name="Site", path="/")
    not_yet = Address(name="Moon", path="/moon/", module="web.moon")
    monkeypatch.setattr(arrangement, "ADDRESSES", (there, not_yet))
    assert addresses("http://127.0.0.1:8000") == [("Site", "http://127.0.0.1:8000/")]
