"""What may be said about an exception in a log or an error report: its type, its code and its frames.

The message of a foreign exception may hold anything: a unique violation quotes the row, a decoder quotes the
input, a mail server quotes the address. So it is never repeated. Our own errors name things, never people
(`campaigns/errors.py`), and keep their words.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from campaigns.errors import ChorusError
from campaigns.observability.masking import mask

# Codes that say what happened without saying to whom: PostgreSQL's SQLSTATE, the system's errno, the reply
# code of a mail server (RFC 5321 section 4.2), an HTTP status. None is longer than five characters.
_CODES = ("sqlstate", "errno", "code", "status_code")
_LONGEST_CODE = 5
_DEEPEST_CHAIN = 10
_MOST_FRAMES = 60


def told(error: BaseException) -> str:
    """One line: `UniqueViolationError [sqlstate 23505]`; ours keep words: `SettingError: … [setting]`."""
    kind = type(error).__name__
    if isinstance(error, ChorusError):
        return f"{kind}: {mask(str(error))} [{error.code}]"
    code = _code(error)
    return f"{kind} [{code}]" if code else kind


def told_with_frames(error: BaseException) -> str:
    """A traceback without messages, causes first: `file:line in function` for each frame, then `told`."""
    return "\n".join(_lines(error))


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what caused it, and the members of groups; each once, the outermost first."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _DEEPEST_CHAIN:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += (current.__cause__, None if current.__suppress_context__ else current.__context__)
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def without_messages(text: str, error: BaseException) -> str:
    """`text` with the words of `error` and its causes replaced: libraries put them into their log lines."""
    for current in chain(error):
        if isinstance(current, ChorusError):
            continue
        for words in {repr(current), str(current), *(str(each) for each in current.args)}:
            if words and words in text and len(words) > 2:
                text = text.replace(words, f"[{told(current)}]")
    return text


def _lines(error: BaseException) -> Iterator[str]:
    for current in reversed(list(chain(error))):
        frames = traceback.extract_tb(current.__traceback__)
        skipped = max(0, len(frames) - _MOST_FRAMES)
        if skipped:
            yield f"  … {skipped} frames"
        for frame in frames[skipped:]:
            yield f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}"
        yield told(current)


def _short(filename: str) -> str:
    """The path from its package on: where an installation lies is nobody's business."""
    for marker in ("/site-packages/", "/lib/python"):
        if marker in filename:
            return filename.rpartition(marker)[2]
    parts = filename.rsplit("/", 4)
    return "/".join(parts[1:]) if len(parts) > 4 else filename


def _code(error: BaseException) -> str:
    """The first code the exception, or the database error it wraps, carries."""
    wrapped = [each for each in error.args if isinstance(each, BaseException)]
    for current in (error, *wrapped, error.__cause__):
        for name in _CODES:
            value = getattr(current, name, None)
            if _is_code(value):
                return f"{name} {value}"
    return ""


def _is_code(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    return str(value).isalnum() and len(str(value)) <= _LONGEST_CODE
