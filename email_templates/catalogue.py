"""The messages Chorus sends: what each needs to know, and how one is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jinja2 import Template, UndefinedError

from email_templates.compile import compiled
from email_templates.errors import MailTooLarge, MissingValue, UnknownLanguage, UnknownMessage
from email_templates.messages.address_change_confirm import AddressChangeConfirm
from email_templates.messages.address_change_notice import AddressChangeNotice
from email_templates.messages.address_changed import AddressChanged
from email_templates.messages.already_signed import AlreadySigned
from email_templates.messages.approval_wanted import ApprovalWanted
from email_templates.messages.blast_stopped import BlastStopped
from email_templates.messages.closing_soon import ClosingSoon
from email_templates.messages.confirm_reminder import ConfirmReminder
from email_templates.messages.confirm_signature import ConfirmSignature
from email_templates.messages.erased import Erased
from email_templates.messages.footer import OwnPage
from email_templates.messages.mailing import Action, Mailing
from email_templates.messages.milestone import Milestone
from email_templates.messages.next_action import NextAction
from email_templates.messages.own_page_link import OwnPageLink
from email_templates.messages.sign_in_link import SignInLink
from email_templates.messages.thank_you import ThankYou
from email_templates.translations import DIRECTIONS
from email_templates.values import LETTER, html_values, one_line, text_values

LARGEST_MAIL = 102_000
"""Bytes of an HTML part: Gmail hides what comes after them, and with it the way to unsubscribe."""
_HERE = "\x00"  # where the letter goes; no value can hold it


@dataclass(frozen=True, slots=True)
class Message:
    """The values a message must have, and those it may have: each group whole or not at all."""

    needs: frozenset[str]
    may_have: tuple[frozenset[str], ...] = ()

    @property
    def knows(self) -> frozenset[str]:
        return self.needs.union(*self.may_have)


_OWN_PAGE = OwnPage.__optional_keys__
MESSAGES: Mapping[str, Message] = {
    "confirm_signature": Message(ConfirmSignature.__required_keys__),
    "confirm_reminder": Message(ConfirmReminder.__required_keys__),
    "already_signed": Message(AlreadySigned.__required_keys__),
    "thank_you": Message(ThankYou.__required_keys__, (_OWN_PAGE,)),
    "next_action": Message(NextAction.__required_keys__, (_OWN_PAGE,)),
    "milestone": Message(Milestone.__required_keys__, (_OWN_PAGE,)),
    "closing_soon": Message(ClosingSoon.__required_keys__, (_OWN_PAGE,)),
    "mailing": Message(Mailing.__required_keys__, (_OWN_PAGE, Action.__optional_keys__)),
    "own_page_link": Message(OwnPageLink.__required_keys__),
    "address_change_confirm": Message(AddressChangeConfirm.__required_keys__),
    "address_change_notice": Message(AddressChangeNotice.__required_keys__),
    "address_changed": Message(AddressChanged.__required_keys__),
    "erased": Message(Erased.__required_keys__),
    "approval_wanted": Message(ApprovalWanted.__required_keys__),
    "blast_stopped": Message(BlastStopped.__required_keys__),
    "sign_in_link": Message(SignInLink.__required_keys__),
}
"""The messages by name, in the order somebody may meet them."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail for one person. `subject` is one line and safe as a header."""

    subject: str
    html: str
    text: str


def render(name: str, language: str, values: Mapping[str, object]) -> Rendered:
    """The message `name` in `language` with `values`, which its TypedDict in `messages/<name>` describes.

    Names come out escaped in the HTML part and as typed in the text part, on one line, isolated from the
    writing direction around them. Values the message does not know are ignored. Raises UnknownMessage,
    UnknownLanguage, MissingValue when a value is absent or None, or an address is empty, and MailTooLarge
    when the HTML part would pass LARGEST_MAIL bytes.
    """
    if name not in MESSAGES:
        raise UnknownMessage(name)
    if language not in DIRECTIONS:
        raise UnknownLanguage(language)
    _require(name, values)
    templates, direction = compiled(name, language), DIRECTIONS[language]
    in_html = html_values(_pick(values, templates.html_keys), direction=direction)
    in_text = text_values(_pick(values, templates.text_keys), direction=direction)
    try:
        html = templates.html.render(in_html)
        subject = one_line(templates.subject.render(in_text))
        text = _text_part(templates.text, in_text)
    except UndefinedError:
        # Something inside a list; the cause is cut off because its frames hold the values.
        raise MissingValue(name, "a value in a list") from None
    if len(html) > LARGEST_MAIL // 4 and (size := len(html.encode())) > LARGEST_MAIL:
        raise MailTooLarge(name, size, LARGEST_MAIL)
    return Rendered(subject, html, text)


def _require(name: str, values: Mapping[str, object]) -> None:
    message = MESSAGES[name]
    missing = [
        key
        for key in message.needs
        if (value := values.get(key)) is None or (not value and key.endswith("_url"))
    ]
    for group in message.may_have:
        absent = [key for key in group if not values.get(key)]
        if len(absent) < len(group):
            missing += absent
    if missing:
        raise MissingValue(name, min(missing))


def _pick(values: Mapping[str, object], keys: Iterable[str]) -> dict[str, object]:
    """The values a template says; one that it may say and was not given is empty."""
    return {key: "" if (value := values.get(key)) is None else value for key in keys}


def _text_part(template: Template, values: Mapping[str, object]) -> str:
    """A letter is put in last: it is long, and tidy already."""
    letter = values.get(LETTER)
    if not letter:
        return _tidy(template.render(values))
    return _tidy(template.render({**values, LETTER: _HERE})).replace(_HERE, str(letter))


def _tidy(text: str) -> str:
    """Paragraphs apart by one empty line, whatever was left out between them."""
    text += "\n"
    for wrong, right in ((" \n", "\n"), ("\n\n\n", "\n\n")):
        while wrong in text:
            text = text.replace(wrong, right)
    return text.strip("\n") + "\n"
