from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from campaigns.errors import PetitionClosed, SettingError
from campaigns.mail import __name__ as our_package
from campaigns.observability.logs import OUR_PACKAGES, QUIETED, configure_logs
from campaigns.settings import Settings

SETTINGS = Settings(database_url="", redis_url="")
NAME = "Zoe " + "Marker"


class Written(StringIO):
    """What the logs wrote."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        [line] = self.lines
        return line


@pytest.fixture
def written() -> Iterator[Written]:
    """Logs that write here, with Python's logging put back afterwards."""
    root = logging.getLogger()
    touched = [logging.getLogger(name) for name in (*QUIETED, "uvicorn", "uvicorn.error", *OUR_PACKAGES)]
    before = [(each, each.level, list(each.handlers), each.propagate) for each in (root, *touched)]
    root.handlers.clear()
    here = Written()
    configure_logs(SETTINGS, stream=here)
    yield here
    structlog.reset_defaults()
    for each, level, handlers, propagate in before:
        each.setLevel(level)
        each.handlers[:] = handlers
        each.propagate = propagate


def test_a_line_tells_when_where_and_what(written: Written) -> None:
    with bound_contextvars(request_id="a1b2c3d4e5f6"):
        structlog.get_logger(our_package).info("folded", rows=12)
    line = written.line
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "folded",
        "level": "info",
        "logger": our_package,
        "request_id": "a1b2c3d4e5f6",
        "rows": 12,
    }


def test_the_lines_of_libraries_look_the_same(written: Written) -> None:
    with bound_contextvars(job_id="42"):
        logging.getLogger("uvicorn.error").warning("could not bind %s", "203.0.113.7")
    line = written.line
    assert (line["event"], line["job_id"], line["logger"]) == ("could not bind [ip]", "42", "uvicorn.error")


def test_every_text_in_a_line_is_masked_however_deep(written: Written) -> None:
    structlog.get_logger(our_package).info(
        "sent to zoe@mail.example",
        to="zoe@mail.example",
        deep={"zoe@mail.example": [("203.0.113.7", {"a": "zoe@mail.example"})]},
    )
    line = written.line
    assert "zoe" not in json.dumps(line)
    assert "203" not in json.dumps(line["deep"])


def test_an_object_is_written_as_its_type(written: Written) -> None:
    class Supporter:
        def __repr__(self) -> str:
            return NAME

    structlog.get_logger(our_package).info(
        "x", who=Supporter(), id=UUID(int=7), at=datetime(2026, 1, 2, tzinfo=UTC), error=ValueError(NAME)
    )
    line = written.line
    assert line["who"] == "<Supporter>"
    assert line["id"] == str(UUID(int=7))
    assert line["at"] == "2026-01-02 00:00:00+00:00"
    assert line["error"] == "ValueError"


@pytest.mark.parametrize("logger_named", [structlog.get_logger, logging.getLogger])
def test_a_traceback_has_frames_but_not_the_words_of_a_foreign_error(
    written: Written, logger_named: Callable[[str], Any]
) -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        logger_named("web").exception("it failed")
    line = written.line
    assert NAME not in json.dumps(line)
    assert "ValueError" in line["exception"]
    assert "test_logs.py" in line["exception"]


def test_a_traceback_keeps_the_words_of_our_own_error(written: Written) -> None:
    try:
        raise PetitionClosed("petition 7 closed")
    except PetitionClosed:
        structlog.get_logger("web").exception("it failed")
    assert "petition 7 closed [petition-closed]" in written.line["exception"]


def test_a_library_that_writes_the_exception_into_its_line_is_corrected(written: Written) -> None:
    try:
        raise ValueError(NAME)
    except ValueError as error:
        logging.getLogger("arq.worker").exception("%s failed, %s: %s", "deliver", "ValueError", error)
    line = written.line
    assert NAME not in json.dumps(line)
    assert line["event"].startswith("deliver failed")


@pytest.mark.parametrize(
    ("logger", "level"),
    [
        ("arq.worker", logging.INFO),
        ("tortoise.db_client", logging.WARNING),
        ("httpx", logging.INFO),
        ("uvicorn.access", logging.ERROR),
        ("asyncpg", logging.INFO),
        ("some_library", logging.DEBUG),
    ],
)
@pytest.mark.parametrize("asked", ["debug", "info"])
def test_talkative_libraries_are_quiet_at_any_level(
    written: Written, logger: str, level: int, asked: str
) -> None:
    configure_logs(replace(SETTINGS, log_level=asked), stream=written)
    logging.getLogger(logger).log(level, "SELECT %s", NAME)
    assert written.lines == []


def test_our_own_packages_speak_at_the_level_asked_for(written: Written) -> None:
    structlog.get_logger("web").debug("quiet")
    configure_logs(replace(SETTINGS, log_level="debug"), stream=written)
    structlog.get_logger("web").debug("loud")
    assert [line["event"] for line in written.lines] == ["loud"]


def test_configuring_twice_writes_each_line_once(written: Written) -> None:
    configure_logs(SETTINGS, stream=written)
    structlog.get_logger("web").info("once")
    assert len(written.lines) == 1


def test_a_line_that_cannot_be_written_does_not_print_its_arguments(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if getattr(each, "stream", None) is written]
    logging.getLogger("web").info("%d", NAME)
    assert written.lines == []
    assert capsys.readouterr().err.startswith("a log line at test_logs:")


def test_a_console_line_is_text(written: Written) -> None:
    configure_logs(replace(SETTINGS, log_format="console"), stream=written)
    structlog.get_logger("web").info("folded", to="zoe@mail.example")
    assert "folded" in written.getvalue()
    assert "to=[email]" in written.getvalue()


def test_an_impossible_setting_is_named(written: Written) -> None:
    with pytest.raises(SettingError, match="LOG_LEVEL"):
        configure_logs(replace(SETTINGS, log_level="loud"), stream=written)
    with pytest.raises(SettingError, match="LOG_FORMAT"):
        configure_logs(replace(SETTINGS, log_format="xml"), stream=written)
