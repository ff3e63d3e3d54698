"""Reminds a signer who has not confirmed: after a day, a last time after three, then never.

Like the mail it repeats, it says no name: nobody has shown yet whose address this is.
"""

from __future__ import annotations

from email_templates.messages.confirm_signature import ConfirmSignature


class ConfirmReminder(ConfirmSignature):
    last: bool
