"""Sample pages of the console, in every state; `style_guide.py` shows them with the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from web.console.views import (
    ConsoleHomePage,
    DeviceItem,
    DevicesPage,
    MandateItem,
    SignInAskedPage,
    SignInLinkPage,
    SignInPage,
)
from web.forms.sign_form import EMAIL_WRONG
from web.public.pages import FieldView, FormView

NAMES = {"en": "Jonas Weber", "fr": "Élodie Martin", "es": "Lucía Núñez", "ar": "زينب الهاشمي"}
NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)


def console_samples(language: str) -> list[tuple[str, str, object]]:
    """(name, template, page) of each."""
    name = NAMES[language]
    home = ConsoleHomePage(
        name=name,
        email="jonas@students.example",
        in_force=True,
        mandates=[
            MandateItem(role="administrator", place="World Federation", ends_on=date(2026, 9, 30)),
            MandateItem(
                role="outreach_officer",
                place="Medical Students of Kenya",
                ends_on=date(2027, 9, 30),
                begins_on=date(2026, 10, 1),
            ),
        ],
    )
    devices = DevicesPage(
        devices=[
            DeviceItem(
                key="a", browser="Firefox", system="Android", signed_in_at=NOW, seen_at=NOW, is_this_one=True
            ),
            DeviceItem(key="b", browser="", system="", signed_in_at=NOW, seen_at=NOW, is_this_one=False),
        ],
        others=1,
    )
    return [
        ("console-sign-in", "console/sign_in.html", SignInPage(form=_form())),
        ("console-sign-in-wrong", "console/sign_in.html", SignInPage(form=_form("jonas@", EMAIL_WRONG))),
        ("console-sign-in-failed", "console/sign_in.html", SignInPage(form=_form(), link_failed=True)),
        ("console-asked", "console/sign_in_asked.html", SignInAskedPage(ask_url="/console/sign-in")),
        ("console-link", "console/sign_in_link.html", SignInLinkPage(action="/x", name=name)),
        ("console-home", "console/home.html", home),
        ("console-home-ended", "console/home.html", replace(home, in_force=False, mandates=[])),
        ("console-devices", "console/devices.html", devices),
        ("console-devices-ended", "console/devices.html", replace(devices, others=0, ended=True)),
    ]


def _form(value: str = "", error: str = "") -> FormView:
    return FormView(action="/x", fields={"email": FieldView(name="email", value=value, error=error)})
