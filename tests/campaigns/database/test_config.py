"""DATABASE_URL: every part of it reaches the driver, and what cannot be one is named."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.database.config import database_address, tortoise_config
from campaigns.errors import SettingError


def credentials(url: str) -> dict[str, Any]:
    read: dict[str, Any] = database_address(url, pool=7)["credentials"]
    return read


def test_every_part_of_the_address_is_read() -> None:
    read = credentials("postgres://chorus:p%40ss%2Fword@db.example:6432/campaigns?sslmode=require")
    assert (read["host"], read["port"], read["database"]) == ("db.example", 6432, "campaigns")
    assert (read["user"], read["password"], read["ssl"]) == ("chorus", "p@ss/word", "require")
    assert (read["minsize"], read["maxsize"]) == (1, 7)


def test_what_is_left_out_is_the_usual() -> None:
    read = credentials("postgresql://")
    assert (read["host"], read["port"], read["user"], read["database"]) == (
        "127.0.0.1",
        5432,
        "postgres",
        "postgres",
    )
    assert read["password"] is None
    assert "ssl" not in read


def test_a_socket_and_a_pooler_may_be_named() -> None:
    read = credentials("postgres://postgres@/chorus?host=/run/postgresql&statement_cache_size=0")
    assert (read["host"], read["statement_cache_size"]) == ("/run/postgresql", 0)


@pytest.mark.parametrize("url", ["sqlite://chorus.db", "mysql://db/chorus", "", "db.example/chorus"])
def test_what_is_no_postgresql_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL"):
        credentials(url)


def test_times_are_kept_in_utc() -> None:
    config = tortoise_config("postgres://", pool=1)
    assert config["use_tz"] is True
    assert config["timezone"] == "UTC"
