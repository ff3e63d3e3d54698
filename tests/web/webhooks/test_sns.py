from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.responses import RedirectResponse, Response

from campaigns import clock
from campaigns.mail.reports import ReportKind
from tests.web.webhooks.door import TOPIC, Door, opened_door
from tests.web.webhooks.mock_sns import (
    CERTIFICATE_URL,
    HOST,
    SUBSCRIBE_URL,
    TOKEN,
    MockSns,
    certificate_of,
    new_key,
)
from web.webhooks import sns as amazon

pytestmark = pytest.mark.anyio

EVENT = {"eventType": "Delivery", "delivery": {"recipients": ["amina@example.org"]}}
DIGEST = "0a" * 16


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_message_that_amazon_signed_is_believed(door: Door, sns: MockSns, version: str) -> None:
    for subject in (None, "Amazon SES Email Event Notification"):
        message = sns.notification(EVENT, SignatureVersion=version, Subject=subject)
        assert (await door.post("ses", message)).status_code == 200
    assert [report.kind for report in door.reports] == [ReportKind.DELIVERED] * 2


async def test_a_certificate_is_fetched_once(door: Door, sns: MockSns) -> None:
    await asyncio.gather(*(door.post("ses", sns.notification(EVENT)) for _ in range(10)))
    await door.post("ses", sns.notification(EVENT))
    assert len(door.reports) == 11
    assert sns.asked == [CERTIFICATE_URL]


async def refused(door: Door, message: Any) -> None:
    answer = await door.post("ses", message)
    assert (answer.status_code, answer.content) == (403, b"")
    assert door.reports == []


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": json.dumps({**EVENT, "eventType": "Complaint"})},
        {"MessageId": "another"},
        {"Subject": "another"},
        {"Signature": base64.b64encode(b"0" * 256).decode()},
        {"Signature": ""},
        {"Signature": "not base64!"},
        {"Signature": None},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": 2},
        {"Message": None},
        {"Message": {"deep": 1}},
        {"Message": "\ud800"},
    ],
)
async def test_whatever_is_changed_afterwards_is_forged(
    door: Door, sns: MockSns, changed: dict[str, Any]
) -> None:
    await refused(door, {**sns.notification(EVENT), **changed})


async def test_a_stranger_with_a_key_is_no_amazon(door: Door) -> None:
    await refused(door, MockSns(new_key()).notification(EVENT))


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:reports"},
        {"TopicArn": f"{TOPIC}2"},
        {"TopicArn": None},
        {"Type": "Invitation"},
        {"Type": None},
        {"Timestamp": (clock.now() - timedelta(days=1, minutes=1)).isoformat()},
        {"Timestamp": (clock.now() + timedelta(hours=6)).isoformat()},
        {"Timestamp": "yesterday"},
        {"Timestamp": None},
    ],
)
async def test_nothing_is_fetched_for_another_topic_or_an_old_message(
    door: Door, sns: MockSns, changes: dict[str, Any]
) -> None:
    message = {"Type": "Notification", **sns.notification(EVENT)}
    changed = {name: value for name, value in {**message, **changes}.items() if value is not None}
    await refused(door, changed)
    assert sns.asked == []


@pytest.mark.parametrize("body", [b"", b"no", b"[]", b"null", b"[" * 100_000, b'{"Type": "Notification"}'])
async def test_what_is_no_message_is_refused(door: Door, sns: MockSns, body: bytes) -> None:
    await refused(door, body)
    assert sns.asked == []


# --- Where certificates come from -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        f"http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{DIGEST}.pem",
        f"https://evil.example/SimpleNotificationService-{DIGEST}.pem",
        f"https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-{DIGEST}.pem",
        f"https://evilsns.eu-west-1.amazonaws.com/SimpleNotificationService-{DIGEST}.pem",
        f"https://sns.s3.amazonaws.com/SimpleNotificationService-{DIGEST}.pem",
        f"https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-{DIGEST}.pem",
        f"https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-{DIGEST}.pem",
        f"https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-{DIGEST}.pem",
        f"https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-{DIGEST}.pem",
        f"https://evil.example\\@sns.eu-west-1.amazonaws.com/SimpleNotificationService-{DIGEST}.pem",
        f"{HOST}/?Action=Publish&Message=SimpleNotificationService-{DIGEST}.pem",
        f"{HOST}/SimpleNotificationService-{DIGEST}.pem?x=.pem",
        f"{HOST}/SimpleNotificationService-{DIGEST}.pem\n",
        f"{HOST}/../SimpleNotificationService-{DIGEST}.pem",
        "",
    ],
)
async def test_no_other_place_is_asked_for_a_certificate(door: Door, sns: MockSns, url: str) -> None:
    await refused(door, sns.notification(EVENT, SigningCertURL=url))
    assert sns.asked == []


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1"])
def test_every_region_of_amazons_has_its_certificates(region: str) -> None:
    china = ".cn" if region.startswith("cn-") else ""
    url = f"https://sns.{region}.amazonaws.com{china}/SimpleNotificationService-{DIGEST}.pem"
    assert amazon._CERTIFICATE_URL.fullmatch(url)


@pytest.mark.parametrize(
    "certificate",
    [
        b"no certificate",
        certificate_of(ec.generate_private_key(ec.SECP256R1())),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
async def test_what_is_no_certificate_of_theirs_proves_nothing(
    door: Door, sns: MockSns, certificate: bytes
) -> None:
    sns.certificate = certificate
    await refused(door, sns.notification(EVENT))


@pytest.mark.parametrize("ends", [timedelta(hours=-1), timedelta(hours=2)])
async def test_a_certificate_proves_nothing_after_its_end(
    amazons_key: rsa.RSAPrivateKey, ends: timedelta
) -> None:
    begins = timedelta(hours=-2) if ends < timedelta() else timedelta(hours=1)
    sns = MockSns(amazons_key, certificate_of(amazons_key, begins=begins, ends=ends))
    async with opened_door(transport=sns.transport()) as door:
        await refused(door, sns.notification(EVENT))


async def test_a_redirect_is_not_followed(door: Door, sns: MockSns) -> None:
    sns.answer = lambda: RedirectResponse("https://sns.eu-west-1.amazonaws.com/elsewhere")
    assert (await door.post("ses", sns.notification(EVENT))).status_code == 503
    assert len(sns.asked) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_amazon_is_told_to_come_again_while_its_certificate_cannot_be_had(
    door: Door, sns: MockSns, status: int
) -> None:
    sns.answer = lambda: Response(status_code=status)
    answer = await door.post("ses", sns.notification(EVENT))
    assert (answer.status_code, door.reports) == (503, [])
    assert "retry-after" in answer.headers
    sns.answer = None
    assert (await door.post("ses", sns.notification(EVENT))).status_code == 200


async def test_no_more_is_read_than_a_certificate_has(sns: MockSns) -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(10_000):
                read += 4096
                yield b"x" * 4096

    async def endless(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Endless())

    async with opened_door(transport=httpx.MockTransport(endless)) as door:
        await refused(door, sns.notification(EVENT))
    assert read <= amazon.LARGEST_CERTIFICATE + 4096


async def test_a_network_that_is_down_is_not_amazons_fault(sns: MockSns) -> None:
    async def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)

    async with opened_door(transport=httpx.MockTransport(down)) as door:
        assert (await door.post("ses", sns.notification(EVENT))).status_code == 503


async def test_an_amazon_that_does_not_answer_is_not_waited_for(
    sns: MockSns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amazon, "PATIENCE", 0.05)

    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    async with opened_door(transport=httpx.MockTransport(silent)) as door:
        answers = await asyncio.gather(*(door.post("ses", sns.notification(EVENT)) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}


async def test_strangers_who_know_the_topic_do_not_fill_the_memory(sns: MockSns) -> None:
    async def any_certificate(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(sns.certificate))

    checker = amazon.Sns(httpx.MockTransport(any_certificate))
    for number in range(20):
        url = f"{HOST}/SimpleNotificationService-{number:032x}.pem"
        message = json.dumps(sns.notification(EVENT, SigningCertURL=url)).encode()
        await checker.verified(message, topic=TOPIC, now=clock.now())
    assert len(checker._keys) == amazon.MOST_CERTIFICATES


# --- The subscription ------------------------------------------------------------------------------------


async def test_a_subscription_of_our_topic_is_confirmed(door: Door, sns: MockSns) -> None:
    assert (await door.post("ses", sns.subscription())).status_code == 200
    assert (sns.confirmed, door.reports) == ([TOKEN], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:theirs"},
        {"SubscribeURL": SUBSCRIBE_URL.replace("sns.eu-west-1.amazonaws.com", "evil.example")},
        {"SubscribeURL": SUBSCRIBE_URL.replace("https", "http")},
        {"SubscribeURL": SUBSCRIBE_URL.replace("amazonaws.com/", "amazonaws.com:80/")},
        {"SubscribeURL": SUBSCRIBE_URL.replace("/?", "/internal?")},
        {"SubscribeURL": "http://169.254.169.254/latest/meta-data/"},
    ],
)
async def test_no_other_subscription_is_confirmed_and_no_other_place_asked(
    door: Door, sns: MockSns, changes: dict[str, str]
) -> None:
    await refused(door, sns.subscription(**changes))
    assert sns.confirmed == []
    assert set(sns.asked) <= {CERTIFICATE_URL}


async def test_a_forged_invitation_is_not_followed(door: Door, sns: MockSns) -> None:
    await refused(door, {**sns.subscription(), "Token": "another"})
    assert sns.confirmed == []


async def test_a_confirmation_that_fails_is_asked_for_again(door: Door, sns: MockSns) -> None:
    await door.post("ses", sns.notification(EVENT))
    sns.answer = lambda: Response(status_code=500)
    assert (await door.post("ses", sns.subscription())).status_code == 503


async def test_the_end_of_a_subscription_is_taken_notice_of(door: Door, sns: MockSns) -> None:
    assert (await door.post("ses", sns.subscription(Type="UnsubscribeConfirmation"))).status_code == 200
    assert (sns.confirmed, door.reports) == ([], [])
