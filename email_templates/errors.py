"""What can go wrong when a mail is rendered.

MailTemplateError             anything this package says went wrong
├── UnknownMessage            no message of that name
├── UnknownLanguage           no catalogue for that language
├── MissingValue              the caller left out something the message says
└── MailTooLarge              mailbox providers would cut the mail off

An error names the message and the value, never what the value holds: it may stand in a log.
"""

from __future__ import annotations


class MailTemplateError(Exception):
    """Base of all errors of this package."""


class UnknownMessage(MailTemplateError):
    def __init__(self, message: str) -> None:
        super().__init__(f"there is no message {message!r}")
        self.message = message


class UnknownLanguage(MailTemplateError):
    def __init__(self, language: str) -> None:
        super().__init__(f"no mail is written in {language!r}")
        self.language = language


class MissingValue(MailTemplateError):
    def __init__(self, message: str, value: str) -> None:
        super().__init__(f"{message} needs {value!r}")
        self.message = message
        self.value = value


class MailTooLarge(MailTemplateError):
    """`size` and `most` are bytes of the HTML part."""

    def __init__(self, message: str, size: int, most: int) -> None:
        super().__init__(f"{message} has {size} bytes of HTML, and {most} is the most")
        self.message = message
        self.size = size
        self.most = most
