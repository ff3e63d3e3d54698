from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from web.forms.body import MOST_FIELDS, BadForm, read_form

pytestmark = pytest.mark.anyio
FORM = "application/x-www-form-urlencoded"


def posted(body: bytes, *, media_type: str = FORM) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(
        {"type": "http", "method": "POST", "headers": [(b"content-type", media_type.encode("latin-1"))]},
        receive,
    )


async def test_fields_arrive_decoded_and_empty_ones_stay() -> None:
    assert await read_form(posted(b"name=Zo%C3%AB+A&comment=&x=%26")) == {
        "name": "Zoë A",
        "comment": "",
        "x": "&",
    }


async def test_an_empty_body_is_an_empty_form_whatever_its_type() -> None:
    assert await read_form(posted(b"", media_type="")) == {}


@pytest.mark.parametrize("media_type", [f"{FORM}; charset=UTF-8", FORM.upper(), f" {FORM} "])
async def test_browsers_write_the_media_type_in_several_ways(media_type: str) -> None:
    assert await read_form(posted(b"a=1", media_type=media_type)) == {"a": "1"}


@pytest.mark.parametrize(
    "media_type", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"]
)
async def test_another_media_type_is_refused(media_type: str) -> None:
    with pytest.raises(BadForm):
        await read_form(posted(b"a=1", media_type=media_type))


async def test_a_field_that_comes_twice_is_refused() -> None:
    with pytest.raises(BadForm):
        await read_form(posted(b"email=a%40example.org&email=b%40example.org"))


async def test_more_fields_than_any_form_has_are_refused() -> None:
    most = "&".join(f"f{number}=" for number in range(MOST_FIELDS)).encode()
    assert len(await read_form(posted(most))) == MOST_FIELDS
    with pytest.raises(BadForm):
        await read_form(posted(most + b"&one=more"))


@pytest.mark.parametrize("body", [b"name=%FF%FE", b"name=\xff", b"name=%ED%A0%80", b"name=%C3"])
async def test_bytes_that_are_no_text_arrive_marked_so_that_the_form_can_be_shown_again(body: bytes) -> None:
    assert "\ufffd" in (await read_form(posted(body)))["name"]


@given(body=st.binary(max_size=300), media_type=st.sampled_from([FORM, "text/plain", "x"]))
async def test_whatever_is_sent_it_is_a_form_or_refused(body: bytes, media_type: str) -> None:
    try:
        fields = await read_form(posted(body, media_type=media_type))
    except BadForm:
        return
    for name, text in fields.items():
        (name + text).encode()
