"""People who sign, each with a mailbox nobody else has."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    address: str
    country: str


def amina(*, domain: str = "example.org") -> Person:
    return Person("Amina Ben Salah", f"amina.{uuid4().hex[:12]}@{domain}", "TN")


def youssef() -> Person:
    return Person("يوسف عبد الله", f"youssef.{uuid4().hex[:12]}@example.org", "EG")
