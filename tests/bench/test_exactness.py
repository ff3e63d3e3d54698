"""A benchmark that answers without writing would be the fastest of all, so every answer is looked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.exactness import NotExactError, Written, check_confirming, check_signing

NOTHING = Written(
    supporters=0,
    signatures=0,
    held=0,
    confirmed=0,
    consents=0,
    confirmation_mails=0,
    thanks=0,
    other_mails=0,
    counted=0,
)
SIGNED = replace(NOTHING, supporters=10, signatures=10, consents=10, confirmation_mails=10)
CONFIRMED = replace(SIGNED, confirmed=10, counted=10, thanks=10)


def test_signatures_with_everything_that_belongs_to_them_are_exact() -> None:
    check_signing(NOTHING, SIGNED, answers=10, in_flight=0)


def test_what_was_written_when_the_run_ended_may_lack_its_answer() -> None:
    check_signing(NOTHING, SIGNED, answers=7, in_flight=3)
    with pytest.raises(NotExactError, match="10 new rows for 6 answers"):
        check_signing(NOTHING, SIGNED, answers=6, in_flight=3)


@pytest.mark.parametrize("lost", ["supporters", "signatures", "consents", "confirmation_mails"])
def test_an_answer_without_its_row_is_noticed(lost: str) -> None:
    with pytest.raises(NotExactError, match=lost):
        check_signing(NOTHING, replace(SIGNED, **{lost: 9}), answers=10, in_flight=3)


@pytest.mark.parametrize("unwanted", ["held", "confirmed", "thanks", "other_mails", "counted"])
def test_signing_that_did_something_else_is_noticed(unwanted: str) -> None:
    with pytest.raises(NotExactError, match=unwanted):
        check_signing(NOTHING, replace(SIGNED, **{unwanted: 1}), answers=10, in_flight=3)


def test_confirmations_are_counted_and_thanked_once() -> None:
    check_confirming(SIGNED, CONFIRMED, answers=10, in_flight=0)


@pytest.mark.parametrize("changed", ["confirmed", "counted", "thanks"])
def test_a_confirmation_that_is_lost_or_doubled_is_noticed(changed: str) -> None:
    for count in (9, 11):
        with pytest.raises(NotExactError):
            check_confirming(SIGNED, replace(CONFIRMED, **{changed: count}), answers=10, in_flight=0)
