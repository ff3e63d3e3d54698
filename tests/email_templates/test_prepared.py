"""A prepared mail says for every reader what a mail rendered for them alone says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_templates.catalogue import MESSAGES, render
from email_templates.gallery import sample_values
from email_templates.prepared import Blank, prepare
from email_templates.translations import DIRECTIONS

every_mail = pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name in MESSAGES for language in DIRECTIONS]
)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(lambda name: name.strip())


@every_mail
def test_what_is_filled_in_later_stands_as_if_it_had_been_there(name: str, language: str) -> None:
    values = sample_values(name, language)
    own = {key: value for key, value in values.items() if isinstance(value, str) and value}
    own = {key: value for key, value in own.items() if key not in ("body_text",)}
    prepared = prepare(name, language, {**values, **{key: Blank(key) for key in own}})
    assert prepared.fill(own) == render(name, language, values)


@pytest.mark.parametrize("language", DIRECTIONS)
@given(name=names)
def test_whatever_somebody_is_called_fills_the_same_place(language: str, name: str) -> None:
    values = {**sample_values("thank_you", language), "name": name}
    prepared = prepare("thank_you", language, {**values, "name": Blank("name")})
    assert prepared.fill({"name": name}) == render("thank_you", language, values)


def test_a_value_that_is_missing_is_an_error_and_not_a_hole() -> None:
    values = sample_values("thank_you", "en")
    prepared = prepare("thank_you", "en", {**values, "name": Blank("name")})
    with pytest.raises(KeyError):
        prepared.fill({})


def test_nothing_typed_into_a_name_is_taken_for_a_blank() -> None:
    values = {**sample_values("thank_you", "en"), "name": "qnamexxq {{ count }} {name}"}
    prepared = prepare("thank_you", "en", {**values, "name": Blank("name")})
    assert "{{ count }} {name}" in prepared.fill({"name": values["name"]}).text
