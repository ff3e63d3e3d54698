"""What a coordinator writes: one mail to many, or a step of a journey."""

from __future__ import annotations

from typing import TypedDict

from markupsafe import Markup

from email_templates.messages.footer import NewsFooter, OwnPage


class Action(TypedDict, total=False):
    """One button under the letter: both or none."""

    action_url: str
    action_label: str


class Mailing(NewsFooter, Action, OwnPage):
    organization: str  # who writes, and whom the reader agreed to hear from
    name: str  # the reader's; may be empty
    subject: str
    preview: str  # what the inbox shows after the subject; may be empty
    heading: str
    body_html: Markup  # cleaned; `email_templates.prose` says which elements stay
    body_text: str  # the same as written, with its line breaks
    campaign_title: str  # what the reader signed when they agreed; empty when unknown
    signed_on: str  # a date, written out in the reader's language; empty when unknown
    is_test: bool  # sent to its author: says so in the subject and above the letter
