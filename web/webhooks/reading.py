"""Read what a source sent, strictly: what is not as documented is kept for a person, never guessed at."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from campaigns.errors import ChorusError
from campaigns.mail.reports import Report, ReportKind, ReportSource

LARGEST_RAW = 64 * 1024  # bytes of an unreadable report that are kept
LONGEST_ADDRESS = 320
LONGEST_REFERENCE = 64
LONGEST_REASON = 60

_UNCLEAN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_CODE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
# RFC 3463, 2; and not three parts of an IP address or of a version.
_STATUS = re.compile(r"(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?![\w]|\.\d)", re.ASCII)


class Malformed(ChorusError):
    """Not JSON in UTF-8, or nested deeper than any report."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"


class UnknownShape(Exception):
    """JSON, but not what the source's documentation promises."""


def json_value(body: bytes) -> Any:
    """Raises Malformed."""
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed from None


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259, 6)")


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object whose fields are of the kinds they should be. What is missing or null reads as empty."""

    values: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, value: Any) -> Fields:
        if not isinstance(value, dict):
            raise UnknownShape
        return cls(value)

    def part(self, name: str) -> Fields:
        value = self.values.get(name)
        return Fields({} if value is None else Fields.of(value).values)

    def parts(self, name: str, *, most: int = 50) -> list[Fields]:
        return [Fields.of(each) for each in self._list(name, most)]

    def texts(self, name: str, *, most: int = 50, longest: int = LONGEST_ADDRESS) -> list[str]:
        return [_clean(each, longest) for each in self._list(name, most)]

    def _list(self, name: str, most: int) -> list[Any]:
        value = self.values.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise UnknownShape
        return value

    def text(self, name: str, *, longest: int = LONGEST_ADDRESS) -> str:
        value = self.values.get(name)
        return "" if value is None else _clean(value, longest)

    def needed(self, name: str, *, longest: int = LONGEST_ADDRESS) -> str:
        """A text that cannot be left out."""
        return self.text(name, longest=longest) or _shapeless()

    def moment(self, name: str, *, now: datetime) -> datetime:
        """The moment it tells, as ISO 8601 or in seconds since 1970; `now` where it tells none that has been."""
        return min(moment_in(self.values.get(name)) or now, now)


def _clean(value: Any, longest: int) -> str:
    """Text that a database and a mail can hold."""
    if not isinstance(value, str) or len(value) > longest or _UNCLEAN.search(value):
        raise UnknownShape
    return value


def _shapeless() -> NoReturn:
    raise UnknownShape


def moment_in(value: Any) -> datetime | None:
    """The moment that a text (ISO 8601, in UTC if it does not say) or seconds since 1970 tell."""
    try:
        if isinstance(value, str):
            told = datetime.fromisoformat(value[:40])
            return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def code_of(words: str) -> str:
    """A short code from a provider's own: `MailboxFull` is `mailbox-full`. '' for anything that is no code."""
    code = _HUMP.sub("-", words[:LONGEST_REASON]).replace("_", "-").lower()[:LONGEST_REASON]
    return code if _CODE.fullmatch(code) else ""


def status_in(words: Any) -> str:
    """The enhanced status code in a server's words, such as 5.1.1 (RFC 3463); '' when there is none."""
    found = _STATUS.search(words[:2000]) if isinstance(words, str) else None
    return found[0] if found else ""


def digest_of(*parts: str | bytes) -> str:
    """An event id for a report whose source gives it none: the same parts, the same id."""
    state = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        state.update(len(raw).to_bytes(8, "big") + raw)
    return state.hexdigest()


def or_unreadable(
    source: ReportSource, raw: bytes, read: Callable[[], Sequence[Report]], *, now: datetime
) -> Sequence[Report]:
    """What `read` makes of a report whose sender is known, or that it is unreadable; the report as it came beside it,
    for when a person must read it.
    """
    try:
        reports = read()
    except UnknownShape:
        reports = [
            Report(
                source=source,
                event_id=f"unreadable:{digest_of(raw)}",
                kind=ReportKind.UNREADABLE,
                happened_at=now,
            )
        ]
    return [replace(report, raw=raw[:LARGEST_RAW]) for report in reports]
