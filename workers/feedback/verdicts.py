"""From what a server says of a delivery to what it means for the address: gone for good, or not this time.

Only a code or words that speak of the mailbox itself make an address dead. What speaks of us (a reputation),
of the way there or of this one mail does not; it counts, and may end by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaigns.mail.reports import ReportKind
from workers.feedback.phrases import (
    BLOCKED,
    MAILBOX_DISABLED,
    MAILBOX_FULL,
    NO_SUCH_DOMAIN,
    NO_SUCH_MAILBOX,
    reason_in,
    still_trying,
)

UNDELIVERED = "undelivered"

_HARD_REASONS = frozenset({NO_SUCH_MAILBOX, NO_SUCH_DOMAIN, MAILBOX_DISABLED})
# Subject and detail of RFC 3463, 3.2 and 3.3, and of RFC 7505 (1.10): no mailbox, no domain, moved, disabled.
_HARD_CODES = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1"})
# Some servers say 5.1.1 to whatever they do not take, and in words what it was.
_SAID_BESIDE_HARD_CODES = frozenset({MAILBOX_FULL, BLOCKED})
# They say so little, or are used for so much, that the words beside them decide.
_VAGUE_SUBJECTS = frozenset({"0", "3", "4", "5"})
_OF_THE_SENDER = frozenset({"1.7", "1.8"})
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
# In a text, versions and dates look like codes: a code follows a reply or, with qmail, a number sign.
_STATUS_IN_TEXT = re.compile(r"(?:(?<!\d)[245]\d\d[ -]['#]?|\(#)([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.])([45])[0257]\d[ -](?=\D|[45]\.)")


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: ReportKind
    reason: str  # `5.1.1`, `mailbox-full`


def verdict_of_fields(*, action: str, status: str, diagnostic: str, text: str) -> Verdict:
    """What one block of RFC 3464 says (2.3.3 Action, 2.3.4 Status, 2.3.6 Diagnostic-Code).

    `text` is what the notice says to people; it is asked only where the fields say nothing.
    """
    code = _better(status, diagnostic)
    verb = action.strip().lower()
    if verb.startswith("delayed"):
        return Verdict(ReportKind.DELAYED, code or "delayed")
    if verb.startswith(("delivered", "relayed", "expanded")):
        return Verdict(ReportKind.DELIVERED, code)
    if not verb and not code.startswith("5") and still_trying(text):
        return Verdict(ReportKind.DELAYED, code or "delayed")
    return _failure(code, answer=diagnostic, text=text)


def verdict_of_text(text: str) -> Verdict | None:
    """What a notice in words alone says; None when it says nothing we know."""
    if still_trying(text):
        return Verdict(ReportKind.DELAYED, "delayed")
    found = _STATUS_IN_TEXT.search(text)
    return _failure(found[1], answer=text, text="") if found else _of_words(text)


def _failure(code: str, *, answer: str, text: str) -> Verdict:
    """A delivery that ended, with the server's answer to it and what the notice says besides."""
    permanent, detail = code.startswith("5"), code[2:]
    subject = detail.partition(".")[0]
    reason = reason_in(answer)
    if permanent and detail in _HARD_CODES and reason not in _SAID_BESIDE_HARD_CODES:
        return Verdict(ReportKind.HARD_BOUNCE, code)
    if permanent and subject == "1" and reason in _HARD_REASONS and detail not in _OF_THE_SENDER:
        return Verdict(ReportKind.HARD_BOUNCE, code)
    if not code or (permanent and (subject in _VAGUE_SUBJECTS or detail in _HARD_CODES)):
        return _of_words(answer) or _of_words(text) or Verdict(ReportKind.SOFT_BOUNCE, code or UNDELIVERED)
    return Verdict(ReportKind.SOFT_BOUNCE, code)


def _of_words(words: str) -> Verdict | None:
    reason = reason_in(words)
    if not reason:
        return None
    hard = reason in _HARD_REASONS and not _only_for_now(words)
    return Verdict(ReportKind.HARD_BOUNCE if hard else ReportKind.SOFT_BOUNCE, reason)


def _only_for_now(words: str) -> bool:
    """Were all replies temporary (RFC 5321, 4.2.1)? `450 mailbox unavailable` is a mailbox that is busy."""
    classes = {found[1] for found in _REPLY.finditer(words)}
    return classes == {"4"}


def _better(status: str, diagnostic: str) -> str:
    """The code of the status field, or the one in the server's own answer where the field says less."""
    given, told = _STATUS.search(status), _STATUS.search(diagnostic)
    answered = _STATUS_IN_TEXT.search(diagnostic)
    if given is None or (told is not None and given[2] + given[3] == "00"):
        return answered[1] if answered else told[0] if told else ""
    return given[0]
