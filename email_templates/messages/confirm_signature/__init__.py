"""Asks a signer to confirm: by the link, or by the code where links are blocked.

It repeats no name: until somebody confirms, a stranger may have typed it to have us write it to them.
"""

from __future__ import annotations

from email_templates.messages.footer import SignatureFooter


class ConfirmSignature(SignatureFooter):
    campaign_title: str
    addressee: str
    confirm_url: str
    code: str  # six digits, shown as "123 456"
    signed_on: str  # a date, written out in the reader's language
    country_name: str  # in the reader's language; may be empty
