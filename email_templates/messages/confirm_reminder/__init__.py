"""Reminds a signer who has not confirmed: after a day, a last time after three, then never.

Like the mail it repeats, it says no name: nobody has shown yet whose address this is. It offers no code: the page that
takes one has long been closed, and the code of a last reminder is worthless.
"""

from __future__ import annotations

from email_templates.messages.confirm_signature import ConfirmSignature


class ConfirmReminder(ConfirmSignature):
    last: bool
