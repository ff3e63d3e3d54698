"""The words in braces that a coordinator may write into a mailing, and that every reader sees filled: `{name}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from campaigns.errors import ChorusError


class Variable(StrEnum):
    NAME = "name"
    COUNTRY = "country"
    CAMPAIGN = "campaign"


class UnknownVariable(ChorusError):
    """The text has something in braces that is no variable; `name` is what stands there."""

    status = 400
    code = "unknown-variable"

    def __init__(self, name: str) -> None:
        super().__init__(self.code)
        self.name = name


_BRACES = re.compile(r"\{([^{}\n]{0,40})\}")


def check_variables(text: str) -> None:
    """Raise UnknownVariable for the first thing in braces that is no variable."""
    for name in _BRACES.findall(text):
        if name not in set(Variable):
            raise UnknownVariable(name)


def filled(text: str, value: Callable[[Variable], str]) -> str:
    """`text` with each variable replaced by what `value` says. Raises UnknownVariable."""
    check_variables(text)
    return _BRACES.sub(lambda found: value(Variable(found[1])), text)
