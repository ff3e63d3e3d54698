"""Who may do what, where: every role, every action, every place, against a table written out here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from campaigns.accounts.models import Role
from campaigns.accounts.permissions import (
    PERMISSIONS,
    THE_FEDERATION,
    Action,
    HeldMandate,
    Scope,
    may,
    require,
)
from campaigns.errors import NotFound

EUROPE, AFRICA = UUID(int=1), UUID(int=2)
PLACES = {
    "federation": THE_FEDERATION,
    "Europe": Scope.region(EUROPE),
    "Africa": Scope.region(AFRICA),
    "Belgium": Scope.organization(UUID(int=11), region_id=EUROPE),
    "France": Scope.organization(UUID(int=12), region_id=EUROPE),
    "Senegal": Scope.organization(UUID(int=21), region_id=AFRICA),
}
ROLES = ("administrator", "campaign_coordinator", "translator", "moderator", "outreach_officer", "viewer")
# One letter a role, in that order: d here and below, o here alone, - not at all.
EXPECTED = {
    "campaign.read": "dddddd",
    "campaign.edit": "-o----",
    "campaign.publish": "-o----",
    "campaign.pause": "dd----",
    "campaign.translate": "-od---",
    "comment.moderate": "-o-d--",
    "signature.review": "-o-d--",
    "signature.export": "-o----",
    "mailing.read": "dd----",
    "mailing.write": "-o----",
    "mailing.approve": "dd----",
    "mailing.pause": "dd----",
    "contact.read": "----o-",
    "contact.record": "----o-",
    "coverage.read": "dd--dd",
    "organization.edit": "d-----",
    "mandate.read": "d-----",
    "mandate.grant": "d-----",
    "mandate.end": "d-----",
    "account.disable": "o-----",
    "audit.read": "d-----",
    "audit.export": "d-----",
    "switch.throw": "o-----",
}
# What a mandate for a place is good for.
REACHED = {
    ("d", "federation"): {"federation", "Europe", "Africa", "Belgium", "France", "Senegal"},
    ("d", "Europe"): {"Europe", "Belgium", "France"},
    ("d", "Belgium"): {"Belgium"},
    ("o", "federation"): {"federation"},
    ("o", "Europe"): {"Europe"},
    ("o", "Belgium"): {"Belgium"},
    ("-", "federation"): set(),
    ("-", "Europe"): set(),
    ("-", "Belgium"): set(),
}
FIRST, LAST = date(2026, 3, 1), date(2027, 2, 28)


def held(role: str, place: str) -> HeldMandate:
    return HeldMandate(id=UUID(int=3), role=Role(role), scope=PLACES[place], starts_on=FIRST, ends_on=LAST)


def test_every_role_and_every_action_is_in_the_table() -> None:
    assert set(EXPECTED) == {action.value for action in Action} == {action.value for action in PERMISSIONS}
    assert tuple(role.value for role in Role) == ROLES


@pytest.mark.parametrize("action", EXPECTED)
def test_a_mandate_is_good_for_what_it_says_and_nothing_else(action: str) -> None:
    for letter, role in zip(EXPECTED[action], ROLES, strict=True):
        for place in ("federation", "Europe", "Belgium"):
            mandate = held(role, place)
            reached = {name for name, thing in PLACES.items() if may([mandate], Action(action), thing, FIRST)}
            assert reached == REACHED[(letter, place)], (role, place)


@pytest.mark.parametrize(
    ("today", "in_force"),
    [
        (date(2026, 2, 28), False),
        (FIRST, True),
        (LAST, True),
        (date(2027, 3, 1), False),
    ],
)
def test_access_begins_and_ends_with_the_term(today: date, in_force: bool) -> None:
    mandate = held("administrator", "federation")
    assert may([mandate], Action.MANDATE_GRANT, THE_FEDERATION, today) is in_force
    ended = replace(mandate, ended=True)
    assert not may([ended], Action.MANDATE_GRANT, THE_FEDERATION, today)


def test_mandates_add_up_and_do_not_mix() -> None:
    """A translator in Europe who coordinates in Belgium translates in France and edits there nothing."""
    both = [held("translator", "Europe"), held("campaign_coordinator", "Belgium")]
    assert may(both, Action.CAMPAIGN_TRANSLATE, PLACES["France"], FIRST)
    assert may(both, Action.CAMPAIGN_EDIT, PLACES["Belgium"], FIRST)
    assert not may(both, Action.CAMPAIGN_EDIT, PLACES["France"], FIRST)


def test_what_one_may_not_touch_is_not_there() -> None:
    require([held("viewer", "Belgium")], Action.CAMPAIGN_READ, PLACES["Belgium"], FIRST)
    for nobodys in ([], [held("viewer", "Belgium")]):
        with pytest.raises(NotFound):
            require(nobodys, Action.CAMPAIGN_READ, PLACES["France"], FIRST)
