from __future__ import annotations

import pytest

from campaigns.mail.reports import ReportKind
from workers.feedback.verdicts import Verdict, verdict_of_fields, verdict_of_text

HARD, SOFT = ReportKind.HARD_BOUNCE, ReportKind.SOFT_BOUNCE


def failed(status: str, diagnostic: str = "", *, text: str = "") -> Verdict:
    return verdict_of_fields(action="failed", status=status, diagnostic=diagnostic, text=text)


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1"])
def test_a_code_that_speaks_of_the_mailbox_or_its_domain_is_final(status: str) -> None:
    assert failed(status) == Verdict(HARD, status)


@pytest.mark.parametrize(
    "status",
    [
        "5.2.2",
        "5.2.3",
        "5.3.4",
        "5.4.7",
        "5.6.1",
        "5.7.1",
        "5.7.26",
        "5.1.7",
        "5.1.8",
        "5.1.0",
        "5.0.0",
        "4.1.1",
        "4.7.0",
    ],
)
def test_a_code_that_speaks_of_us_of_the_way_or_of_the_moment_is_not(status: str) -> None:
    assert failed(status) == Verdict(SOFT, status)


@pytest.mark.parametrize(
    ("status", "diagnostic", "verdict"),
    [
        ("5.0.0", "smtp; 550 5.1.1 no such user", Verdict(HARD, "5.1.1")),
        ("", "smtp; 552 5.2.2 full", Verdict(SOFT, "5.2.2")),
        ("5.0.0", "smtp; 5.1.0 - Unknown address error 550-'5.7.1 Access denied'", Verdict(SOFT, "5.7.1")),
        (
            "5.5.0",
            "smtp; 550 Requested action not taken: mailbox unavailable",
            Verdict(HARD, "no-such-mailbox"),
        ),
        (
            "5.5.0",
            "smtp; 450 Requested action not taken: mailbox unavailable",
            Verdict(SOFT, "no-such-mailbox"),
        ),
        (
            "5.4.1",
            "smtp; 550 5.4.1 Recipient address rejected: Access denied",
            Verdict(HARD, "no-such-mailbox"),
        ),
        ("5.4.4", "X-Postfix; Host or domain name not found", Verdict(HARD, "no-such-domain")),
        ("5.4.4", "X-Postfix; Host not found, try again", Verdict(SOFT, "unreachable")),
        ("5.1.1", "smtp; 550 5.1.1 mailbox full", Verdict(SOFT, "mailbox-full")),
        ("5.1.1", "smtp; 550 5.1.1 your IP is on a blacklist", Verdict(SOFT, "blocked")),
        ("5.1.351", "smtp; 550 5.1.351 Remote server returned unknown recipient", Verdict(HARD, "5.1.351")),
        ("5.1.8", "smtp; 553 5.1.8 sender domain does not exist", Verdict(SOFT, "5.1.8")),
        ("5.7.1", "smtp; 550 5.7.1 user unknown or not allowed", Verdict(SOFT, "5.7.1")),
        ("5.1.1 (bad destination mailbox address)", "", Verdict(HARD, "5.1.1")),
        ("gibberish", "smtp; 192.5.1.1 said no", Verdict(SOFT, "undelivered")),
        ("", "", Verdict(SOFT, "undelivered")),
    ],
)
def test_the_servers_answer_decides_where_the_code_says_little(
    status: str, diagnostic: str, verdict: Verdict
) -> None:
    assert failed(status, diagnostic) == verdict


def test_the_text_is_asked_last() -> None:
    assert failed("5.0.0", text="no such user") == Verdict(HARD, "no-such-mailbox")
    assert failed("5.2.2", text="no such user") == Verdict(SOFT, "5.2.2")
    assert failed("5.1.1", text="it may be blocked by a filter") == Verdict(HARD, "5.1.1")


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("delayed", "4.4.1", ReportKind.DELAYED),
        ("Delayed (still trying)", "5.1.1", ReportKind.DELAYED),
        ("delivered", "2.1.5", ReportKind.DELIVERED),
        ("relayed", "2.0.0", ReportKind.DELIVERED),
        ("expanded", "2.0.0", ReportKind.DELIVERED),
        ("failed", "4.4.7", SOFT),
        ("error", "5.1.1", HARD),
        ("", "5.1.1", HARD),
        ("", "4.4.1", SOFT),
    ],
)
def test_the_action_says_whether_it_is_over(action: str, status: str, kind: ReportKind) -> None:
    assert verdict_of_fields(action=action, status=status, diagnostic="", text="").kind is kind


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("<amina@example.org>: 550 5.1.1 no", Verdict(HARD, "5.1.1")),
        ("Sorry, no mailbox here by that name. (#5.1.1)", Verdict(HARD, "5.1.1")),
        ("Internet Agent 5.1.1 is at work", None),
        ("The user doesn’t\n   exist: user unknown", Verdict(HARD, "no-such-mailbox")),
        ("user unknown; or blocked by policy restrictions", Verdict(SOFT, "blocked")),
        ("Utilisateur inconnu", Verdict(HARD, "no-such-mailbox")),
        ("صندوق البريد ممتلئ", Verdict(SOFT, "mailbox-full")),
        ("Delivery attempts will continue. User unknown.", Verdict(ReportKind.DELAYED, "delayed")),
        ("Please visit our page.", None),
        ("", None),
    ],
)
def test_words_alone_are_understood(text: str, verdict: Verdict | None) -> None:
    assert verdict_of_text(text) == verdict
