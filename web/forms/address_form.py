"""A form that asks for one e-mail address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from campaigns.supporters.addresses import Address
from web.forms.sign_form import read_email
from web.public.pages import FieldView, FormView


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressForm:
    """What was typed, and the address or, as a msgid, what is wrong with it."""

    typed: str = field(default="", repr=False)
    address: Address | None = field(default=None, repr=False)
    error: str = ""

    def view(self, action: str, translate: Callable[[str], str]) -> FormView:
        """The form to print again, with what was typed and the error in the reader's language."""
        error = translate(self.error) if self.error else ""
        value = self.typed.replace("\x00", "\ufffd")
        return FormView(action=action, fields={"email": FieldView(name="email", value=value, error=error)})


def read_address_form(fields: Mapping[str, str]) -> AddressForm:
    """Read and judge a filled form; never raises, whatever was sent."""
    typed = fields.get("email", "")
    read = read_email(typed)
    if isinstance(read, str):
        return AddressForm(typed=typed, error=read)
    return AddressForm(typed=typed, address=read)
