"""What a mail that came back means: a verdict on a delivery, a complaint, nothing, or work for a person."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from campaigns.mail.reports import ReportKind
from campaigns.tokens import Keyring
from workers.feedback.auto_replies import (
    begins_like_an_auto_reply,
    is_challenge,
    is_held,
    is_marked_as_auto_reply,
)
from workers.feedback.notices import Notice
from workers.feedback.references import references_in
from workers.feedback.verdicts import UNDELIVERED, Verdict, verdict_of_fields, verdict_of_text

_DAEMONS = frozenset(
    {"mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "mdaemon", "postmaster", "post_master"}
)
_FAILURE_SUBJECTS = (
    "undeliver",
    "undelivered",
    "mail delivery fail",
    "mail delivery system",
    "mail delivery problem",
    "mail delivery warning",
    "delivery fail",
    "delivery status notification",
    "delivery has failed",
    "delivery notification",
    "delivery error",
    "delivery report",
    "message delivery failure",
    "message could not be delivered",
    "message undeliverable",
    "message status - undeliverable",
    "nondeliverable",
    "non-deliverable",
    "returned mail",
    "returned to sender",
    "failure notice",
    "failure delivery",
    "failed delivery",
    "failed mail",
    "mail system error",
    "mail could not be delivered",
    "could not send message",
    "warning: could not send",
    "warning: message",
    "unzustellbar",
    "non remis",
    "message non distribué",
    "échec de la remise",
    "no se puede entregar",
    "no se pudo entregar",
    "correo no entregado",
    "não entregue",
    "mancato recapito",
    "退信",
    "系统退信",
    "недоставлено",
    "تعذر تسليم",
)
_ANSWERS = ("re:", "fw:", "fwd:", "aw:", "wg:", "tr:", "rv:", "sv:", "رد:")
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "miscategorized"})
_GENTLE_FIRST = (ReportKind.DELIVERED, ReportKind.DELAYED, ReportKind.SOFT_BOUNCE, ReportKind.HARD_BOUNCE)


@dataclass(frozen=True, slots=True)
class NoReport:
    """A mail that says nothing of a delivery, and is not kept: a vacation notice, a receipt."""

    reason: str


def finding_of(found: Notice, keys: Keyring) -> Verdict | NoReport:
    """The most certain sign first: fields for machines, then who writes and how it begins, then words."""
    if references_in(found.headers, keys, "message-id", "x-chorus-reference"):
        return NoReport("our-own-mail")
    if found.feedback or "x-hmxmroriginalrecipient" in found.original:
        return _complaint(found.feedback.get("feedback-type", "abuse").lower())
    if found.deliveries and (not found.flattened or _comes_from_a_mail_server(found)):
        return _of_deliveries(found, keys)
    if found.disposition:
        return _of_disposition(found)
    words = f"{found.subject}\n{found.text}"
    if begins_like_an_auto_reply(found.subject):
        return NoReport("auto-reply")
    if _comes_from_a_mail_server(found):
        return _of_words(found, words, keys)
    if is_held(words):
        return _a_person("held-by-a-list")
    if is_challenge(found.headers, words):
        return _a_person("challenge")
    if is_marked_as_auto_reply(found.headers) and verdict_of_text(words) is None:
        return NoReport("auto-reply")
    return _a_person("not-understood")


def _complaint(kind: str) -> Verdict | NoReport:
    """What the reader reports (RFC 5965, 7.3); some send `opt-out` for their unsubscribe button."""
    if kind == "not-spam":
        return NoReport("not-spam")
    if kind.startswith("opt-out"):
        return Verdict(ReportKind.UNSUBSCRIBED, "opt-out")
    return (
        Verdict(ReportKind.COMPLAINT, kind) if kind in _COMPLAINTS else _a_person("complaint-of-another-kind")
    )


def _of_deliveries(found: Notice, keys: Keyring) -> Verdict:
    """The gentlest of all: where our one recipient stands for several mailboxes, one that works is enough."""
    if _returns_a_report(found, keys):
        return _a_person("bounce-of-a-bounce")
    verdicts = [
        verdict_of_fields(
            action=block.get("action", ""),
            status=block.get("status", ""),
            diagnostic=block.get("diagnostic-code", ""),
            text=found.text,
        )
        for block in found.deliveries
    ]
    return min(verdicts, key=lambda verdict: _GENTLE_FIRST.index(verdict.kind))


def _of_disposition(found: Notice) -> Verdict | NoReport:
    """RFC 8098: a receipt, unless a filter or a full mailbox answers in its form (RFC 5429, Dovecot)."""
    said = found.disposition.get("disposition", "").lower()
    if "displayed" in said or not said:
        return NoReport("receipt")
    words = f"{found.subject}\n{found.text}"
    verdict = verdict_of_text(words)
    if verdict is not None:
        return verdict
    rejected = "reject" in said or "automatically rejected" in words.lower()
    return Verdict(ReportKind.SOFT_BOUNCE, "rejected") if rejected else NoReport("receipt")


def _of_words(found: Notice, words: str, keys: Keyring) -> Verdict:
    """A mail server's own words; flufl.bounce knows many forms of them, though not what they mean."""
    if _returns_a_report(found, keys):
        return _a_person("bounce-of-a-bounce")
    verdict = verdict_of_text(words)
    if verdict is not None:
        return verdict
    if found.delayed:
        return Verdict(ReportKind.DELAYED, "delayed")
    if found.failing or found.subject.lower().startswith(_FAILURE_SUBJECTS):
        return Verdict(ReportKind.SOFT_BOUNCE, UNDELIVERED)
    return _a_person("not-understood")


def _comes_from_a_mail_server(found: Notice) -> bool:
    """By its sender or subject. A person who forwards a bounce keeps the subject, with a word before it."""
    if "x-failed-recipients" in found.headers or found.sender.partition("@")[0] in _DAEMONS:
        return True
    subject = found.subject.lower()
    return not subject.startswith(_ANSWERS) and any(each in subject for each in _FAILURE_SUBJECTS)


def _returns_a_report(found: Notice, keys: Keyring) -> bool:
    """Is what came back a report itself? Then it is not our mail that failed."""
    original = found.original
    if references_in(original, keys, "message-id", "x-chorus-reference"):
        return False
    return (
        "multipart/report" in original.get("content-type", "").lower()
        or original.get("return-path", "").replace(" ", "") == "<>"
        or parseaddr(original.get("from", ""))[1].lower().startswith("mailer-daemon")
    )


def _a_person(reason: str) -> Verdict:
    return Verdict(ReportKind.UNREADABLE, reason)
