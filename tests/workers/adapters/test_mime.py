from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.mail.port import MailRefused
from campaigns.supporters.addresses import AddressError, read_address
from tests.workers.adapters.mail_server import outgoing
from workers.adapters.mime import mime

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
}


def headers_of(raw: bytes) -> set[str]:
    return set(email.message_from_bytes(raw, policy=email.policy.default).keys())


@pytest.mark.parametrize("field", ["subject", "sender_name", "recipient", "message_id"])
@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_nobody_writes_a_header_by_way_of_a_line_break(field: str, line_break: str) -> None:
    mail = outgoing(**{field: f"amina@example.org{line_break}Bcc: everybody@example.org"})
    try:
        raw = mime(mail).as_bytes()
    except MailRefused:
        return
    assert headers_of(raw) == HEADERS


@pytest.mark.parametrize(
    "value", ["<https://a.example/>\r\nBcc: b@example.org", "<https://a.example/>\nBcc: b"]
)
def test_nor_by_way_of_a_link(value: str) -> None:
    with pytest.raises(MailRefused):
        mime(outgoing(headers={"List-Unsubscribe": value}))


@pytest.mark.parametrize(
    "address", ["@example.org", "amina@", "a b@example.org", "amina@-.example", "a@b@c.example"]
)
def test_an_address_that_cannot_be_written_is_refused_or_written_whole(address: str) -> None:
    try:
        raw = mime(outgoing(address)).as_bytes()
    except MailRefused:
        return
    written = email.message_from_bytes(raw, policy=email.policy.default)["To"]
    assert len(written.addresses) == 1


@given(st.emails())
def test_every_address_the_form_takes_can_be_mailed(typed: str) -> None:
    try:
        address = read_address(typed)
    except AddressError:
        return
    message = mime(outgoing(address.raw))
    (to,) = message["To"].addresses
    assert to.username == address.raw.rpartition("@")[0]
    message.as_bytes()


@given(subject=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_every_subject_arrives_as_it_was_written(subject: str) -> None:
    raw = mime(outgoing(subject=subject)).as_bytes()
    assert headers_of(raw) == HEADERS
    assert raw.isascii()


def test_a_name_is_quoted_so_that_it_is_a_name() -> None:
    message = mime(outgoing(sender_name='Students, "Health" <evil@example.org>'))
    (sender,) = message["From"].addresses
    assert sender.addr_spec == "campaigns@chorus.example"


def test_the_text_comes_first_and_html_is_the_alternative() -> None:
    message = mime(outgoing())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
