"""Every error of the product has a status to answer and a code of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

import campaigns
from campaigns.errors import ChorusError

PACKAGE = Path(campaigns.__file__).parent


def errors(base: type[ChorusError] = ChorusError) -> Iterator[type[ChorusError]]:
    for error in base.__subclasses__():
        yield error
        yield from errors(error)


def ours() -> list[type[ChorusError]]:
    """The errors of campaigns/, wherever they are raised."""
    for path in PACKAGE.rglob("*.py"):
        if "ChorusError)" in path.read_text(encoding="utf-8"):
            import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    found = {error for error in errors() if error.__module__.startswith("campaigns.")}
    return sorted(found, key=lambda error: error.__name__)


def needs_words(error: type[ChorusError]) -> bool:
    """Does it name a thing, which whoever raises it must tell?"""
    return any(
        parameter.default is parameter.empty
        for parameter in list(signature(error.__init__).parameters.values())[1:]
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    )


def test_there_are_errors_beside_those_of_the_tree() -> None:
    assert {"NotFound", "MailRefused", "FederationFileError"} <= {error.__name__ for error in ours()}


@pytest.mark.parametrize("error", ours(), ids=str)
def test_an_error_has_a_status_and_a_stable_code(error: type[ChorusError]) -> None:
    assert HTTPStatus(error.status).value >= 400
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    assert "code" in vars(error)


def test_no_two_errors_share_a_code() -> None:
    codes = [ChorusError.code, *(error.code for error in ours())]
    assert len(codes) == len(set(codes))


def test_the_tree_drawn_at_the_top_is_the_tree() -> None:
    drawn = re.findall(
        r"^[├└]── (\w+) +(\d{3})?", import_module("campaigns.errors").__doc__ or "", re.MULTILINE
    )
    there = {error for error in ours() if error.__module__ == "campaigns.errors"}
    assert dict(drawn) == {
        error.__name__: "" if error.status == 500 else str(error.status) for error in there
    }


def test_an_error_without_words_is_told_by_its_code() -> None:
    """Of those that may be raised without saying more."""
    for error in ours():
        if not needs_words(error):
            assert str(error()) == error.code
    assert str(ChorusError("the words")) == "the words"
