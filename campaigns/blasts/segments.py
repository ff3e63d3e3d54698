"""A segment: typed filters that say who gets a blast, and how they are stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.countries import COUNTRIES
from campaigns.errors import ChorusError
from campaigns.languages import LANGUAGES

MOST_VALUES = 250  # of one filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Everybody who passes all of the filters; an empty one lets everybody pass.

    `organization` (None: the federation) is the one that writes. `signed` and `not_signed` are campaigns: any
    of the former, none of the latter. `signed_since` and `signed_before` say when: one of `signed`, or any
    campaign if that is empty. `did_not_act_on` is an earlier blast: its mail went out to them, and they have
    not signed its campaign.
    """

    organization: UUID | None
    signed: tuple[UUID, ...] = ()
    not_signed: tuple[UUID, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    signed_since: datetime | None = None
    signed_before: datetime | None = None
    did_not_act_on: UUID | None = None


class SegmentRefused(ChorusError):
    """The stored or sent form of a segment cannot be read: `problem` with `key`."""

    status = 400
    code = "segment-refused"

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{self.code}: {key or 'segment'} {problem}")
        self.key = key
        self.problem = problem


def as_json(segment: Segment) -> dict[str, Any]:
    """The segment as it is stored; filters that are empty are left out."""
    lists = {
        name: [str(each) for each in getattr(segment, name)]
        for name in ("signed", "not_signed", "countries", "languages")
        if getattr(segment, name)
    }
    moments = {
        name: getattr(segment, name).isoformat()
        for name in ("signed_since", "signed_before")
        if getattr(segment, name) is not None
    }
    earlier = {"did_not_act_on": str(segment.did_not_act_on)} if segment.did_not_act_on else {}
    return {
        "organization": str(segment.organization) if segment.organization else None,
        **lists,
        **moments,
        **earlier,
    }


def read_segment(stored: Any) -> Segment:
    """What `as_json` made, or somebody sent in its form. Raises SegmentRefused.

    `organization` must be there, if only as null: whom a mail goes to is never the default of something left
    out.
    """
    if not isinstance(stored, Mapping):
        raise SegmentRefused("", "not-an-object")
    unknown = [str(key)[:40] for key in stored if key not in _READERS]
    if unknown:
        raise SegmentRefused(unknown[0], "unknown-filter")
    if "organization" not in stored:
        raise SegmentRefused("organization", "missing")
    segment = Segment(**{key: _READERS[key](key, value) for key, value in stored.items()})
    since, before = segment.signed_since, segment.signed_before
    if since and before and since >= before:
        raise SegmentRefused("signed_before", "not-after-signed-since")
    return segment


def _id(key: str, value: Any) -> UUID:
    if isinstance(value, str) and len(value) == 36:
        try:
            return UUID(value)
        except ValueError:
            pass
    raise SegmentRefused(key, "not-an-id")


def _id_or_none(key: str, value: Any) -> UUID | None:
    return None if value is None else _id(key, value)


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise SegmentRefused(key, "not-a-list")
    if len(value) > MOST_VALUES:
        raise SegmentRefused(key, "too-many")
    return value


def _ids(key: str, value: Any) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(_id(key, each) for each in _list(key, value)))


def _one_of(known: Collection[str]) -> Callable[[str, Any], tuple[str, ...]]:
    def read(key: str, value: Any) -> tuple[str, ...]:
        chosen = _list(key, value)
        if not all(isinstance(each, str) and each in known for each in chosen):
            raise SegmentRefused(key, "unknown-value")
        return tuple(dict.fromkeys(chosen))

    return read


def _moment(key: str, value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise SegmentRefused(key, "not-a-moment") from None
    if moment.tzinfo is None:
        raise SegmentRefused(key, "without-a-time-zone")
    if not 2000 <= moment.year < 2200:  # far outside, adding an offset leaves the calendar
        raise SegmentRefused(key, "not-a-moment")
    return moment


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "organization": _id_or_none,
    "signed": _ids,
    "not_signed": _ids,
    "countries": _one_of(COUNTRIES),
    "languages": _one_of(LANGUAGES),
    "signed_since": _moment,
    "signed_before": _moment,
    "did_not_act_on": _id_or_none,
}
