"""Amazon SNS, which brings the events of SES: signed with a certificate that Amazon serves.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from campaigns.errors import ChorusError
from web.webhooks.reading import Malformed, json_value, moment_in
from web.webhooks.signing import Forged, is_within

WINDOW = timedelta(days=1)  # SNS tries for an hour at most; a confirmation may wait for a deployment
PATIENCE = 5.0  # seconds for one answer of Amazon's
LARGEST_CERTIFICATE = 16 * 1024  # bytes; theirs have two thousand
MOST_CERTIFICATES = 8

# A region and nothing else: `sns.s3.amazonaws.com` would be somebody's bucket.
_HOST = r"https://sns\.[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE_URL = re.compile(_HOST + r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_SUBSCRIBE_URL = re.compile(_HOST + r"/\?[A-Za-z0-9=&%:._+~-]{1,1500}")

_HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - what SNS signs with unless it is told better


class MessageType(StrEnum):
    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    END_OF_SUBSCRIPTION = "UnsubscribeConfirmation"


_SIGNED = {
    MessageType.NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    MessageType.SUBSCRIPTION: (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED[MessageType.END_OF_SUBSCRIPTION] = _SIGNED[MessageType.SUBSCRIPTION]
_MAY_BE_LEFT_OUT = "Subject"


class AmazonSilent(ChorusError):
    """A certificate or a confirmation could not be fetched just now; SNS tries again."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "amazon-silent"


class Sns:
    """Verifies messages, with the certificates it has seen. `transport` replaces the network, for tests."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._keys: OrderedDict[str, tuple[rsa.RSAPublicKey, datetime, datetime]] = OrderedDict()
        self._fetching = asyncio.Lock()

    async def verified(self, body: bytes, *, topic: str, now: datetime) -> Mapping[str, str]:
        """The fields of a message that SNS signed for `topic`, its type among them.

        Nothing is fetched for another topic or an old message. Raises Forged or AmazonSilent.
        """
        message = _texts(body)
        if message.get("Type") not in _SIGNED or message.get("TopicArn") != topic:
            raise Forged
        if not _is_recent(message, now) or message.get("SignatureVersion") not in _HASHES:
            raise Forged
        url = message.get("SigningCertURL", "")
        if not _CERTIFICATE_URL.fullmatch(url):
            raise Forged
        signed, signature = _signed_text(message), _signature(message)
        key = await self._key(url, now)
        try:
            key.verify(signature, signed, padding.PKCS1v15(), _HASHES[message["SignatureVersion"]])
        except InvalidSignature:
            raise Forged from None
        return message

    async def confirm(self, message: Mapping[str, str]) -> None:
        """Tell SNS that the subscription is wanted. Raises Forged or AmazonSilent."""
        url = message.get("SubscribeURL", "")
        if not _SUBSCRIBE_URL.fullmatch(url):
            raise Forged
        await self._fetch(url)

    async def _key(self, url: str, now: datetime) -> rsa.RSAPublicKey:
        if url not in self._keys:
            await self._learn(url)
        key, begins, ends = self._keys[url]
        if not begins <= now <= ends:
            raise Forged
        return key

    async def _learn(self, url: str) -> None:
        """Fetch one certificate at a time: whoever knows the topic could ask for many."""
        try:
            async with asyncio.timeout(2 * PATIENCE), self._fetching:
                if url in self._keys:
                    return
                self._keys[url] = _public_key(await self._fetch(url))
                while len(self._keys) > MOST_CERTIFICATES:
                    self._keys.popitem(last=False)
        except TimeoutError:
            raise AmazonSilent from None

    async def _fetch(self, url: str) -> bytes:
        try:
            async with (
                asyncio.timeout(PATIENCE),
                httpx.AsyncClient(
                    transport=self._transport,
                    timeout=PATIENCE,
                    follow_redirects=False,
                    headers={"accept-encoding": "identity"},
                ) as client,
                client.stream("GET", url) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > LARGEST_CERTIFICATE:
                        raise Forged
        except (httpx.HTTPError, TimeoutError):
            raise AmazonSilent from None
        if 400 <= response.status_code < 500 and response.status_code not in {408, 429}:
            raise Forged
        if not response.is_success:
            raise AmazonSilent
        return bytes(body)


def _texts(body: bytes) -> dict[str, str]:
    try:
        message = json_value(body)
    except Malformed:
        raise Forged from None
    if not isinstance(message, dict):
        raise Forged
    return {name: value for name, value in message.items() if isinstance(value, str)}


def _is_recent(message: Mapping[str, str], now: datetime) -> bool:
    told = moment_in(message.get("Timestamp"))
    return told is not None and is_within(told, now=now, window=WINDOW)


def _signed_text(message: Mapping[str, str]) -> bytes:
    names = _SIGNED[MessageType(message["Type"])]
    if any(name not in message for name in names if name != _MAY_BE_LEFT_OUT):
        raise Forged
    try:
        return "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()
    except UnicodeEncodeError:
        raise Forged from None


def _signature(message: Mapping[str, str]) -> bytes:
    try:
        return base64.b64decode(message.get("Signature", ""), validate=True)
    except (ValueError, binascii.Error):
        raise Forged from None


def _public_key(pem: bytes) -> tuple[rsa.RSAPublicKey, datetime, datetime]:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Forged from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Forged
    return key, certificate.not_valid_before_utc, certificate.not_valid_after_utc
