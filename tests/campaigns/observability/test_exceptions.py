from __future__ import annotations

import pytest
from asyncpg.exceptions import UniqueViolationError
from tortoise.exceptions import IntegrityError

from campaigns.errors import LinkExpired, SettingError
from campaigns.observability.exceptions import chain, told, told_with_frames, without_messages

NAME = "Zoe " + "Marker"


def raised(error: Exception, *, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as caught:
        return caught


def test_a_foreign_error_tells_its_type_and_code_only() -> None:
    violation = UniqueViolationError(f"Key (name)=({NAME}) already exists")
    assert told(violation) == "UniqueViolationError [sqlstate 23505]"
    assert told(IntegrityError(violation)) == "IntegrityError [sqlstate 23505]"
    assert told(ValueError(NAME)) == "ValueError"
    assert told(FileNotFoundError(2, NAME)) == "FileNotFoundError [errno 2]"


def test_our_own_errors_keep_their_words() -> None:
    assert (
        told(SettingError("PORT", "must be a whole number"))
        == "SettingError: PORT must be a whole number [setting]"
    )
    assert told(LinkExpired()) == "LinkExpired: link-expired [link-expired]"


def test_an_exit_code_that_is_a_text_is_no_code() -> None:
    assert told(SystemExit(NAME)) == "SystemExit"


def test_a_traceback_names_frames_and_causes_but_repeats_no_message() -> None:
    text = told_with_frames(raised(RuntimeError(NAME), cause=KeyError(NAME)))
    assert NAME not in text
    assert "in raised" in text
    assert text.index("KeyError") < text.index("RuntimeError")


def test_a_traceback_does_not_tell_where_the_installation_lies() -> None:
    assert "\n  /" not in "\n" + told_with_frames(raised(ValueError()))


def test_members_of_a_group_are_told_as_well() -> None:
    group = ExceptionGroup(NAME, [ValueError(NAME), LinkExpired()])
    assert {type(each) for each in chain(group)} == {ExceptionGroup, ValueError, LinkExpired}
    assert NAME not in told_with_frames(group)


def test_a_ring_of_causes_ends() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert len(list(chain(first))) == 2


@pytest.mark.parametrize("form", ["failed: {error}", "failed: {error!r}", "exception=<{error!r}>"])
def test_a_log_line_loses_the_words_of_its_exception(form: str) -> None:
    error = ValueError(NAME)
    text = without_messages(form.format(error=error), error)
    assert NAME not in text
    assert "[ValueError]" in text
