"""The error tree.

ChorusError                   anything the product itself can say went wrong
├── SettingError              the installation is not set up
├── NotFound              404 no such thing, or not yours to see
├── LinkInvalid           400 a link that was cut, forged or made for something else
├── LinkExpired           410 a link or code that was good once
├── NewerWords            409 a newer form was sent since this link was mailed
├── PetitionClosed        409 signing or confirming after the end
├── LastAdministrator     409 nobody would be left to look after the federation
├── TermInvalid           422 a mandate that ends before it starts, or lasts too long
├── TooManyTries          429 far beyond what a person does
├── PausedByOperator      503 a switch was thrown during an incident
└── Busy                  503 more is waiting than can be written soon

`status` is the HTTP status the web layer answers; `code` is stable, for logs, metrics and message lookup.
No error text carries personal data: a message names things, never people.
"""

from __future__ import annotations

from typing import ClassVar


class ChorusError(Exception):
    """Base of all errors the product raises on purpose."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)


class SettingError(ChorusError):
    """A setting is missing or cannot be read; the message names it."""

    code = "setting"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


class NotFound(ChorusError):
    status = 404
    code = "not-found"


class LinkInvalid(ChorusError):
    status = 400
    code = "link-invalid"


class LinkExpired(ChorusError):
    status = 410
    code = "link-expired"


class NewerWords(ChorusError):
    status = 409
    code = "newer-words"


class PetitionClosed(ChorusError):
    status = 409
    code = "petition-closed"


class LastAdministrator(ChorusError):
    status = 409
    code = "last-administrator"


class TermInvalid(ChorusError):
    status = 422
    code = "term-invalid"


class TooManyTries(ChorusError):
    status = 429
    code = "too-many-tries"


class PausedByOperator(ChorusError):
    status = 503
    code = "paused"


class Busy(ChorusError):
    status = 503
    code = "busy"
