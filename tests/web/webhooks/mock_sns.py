"""Amazon SNS: it signs messages, serves its certificates and waits for subscriptions to be confirmed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from campaigns import clock
from tests.web.webhooks.door import TOPIC

HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"{HOST}/SimpleNotificationService-{'0a' * 16}.pem"
TOKEN = "2336412f37fb687f5d51e6e2425e"
SUBSCRIBE_URL = f"{HOST}/?Action=ConfirmSubscription&TopicArn={quote(TOPIC)}&Token={TOKEN}"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_of(
    key: Key, *, begins: timedelta = timedelta(days=-1), ends: timedelta = timedelta(days=1)
) -> bytes:
    """Self-signed, in PEM; valid from and to, seen from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now + begins,
        not_valid_after=now + ends,
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@dataclass
class MockSns:
    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: bytes = b""
    asked: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    answer: Callable[[], Response] | None = None

    def __post_init__(self) -> None:
        self.certificate = self.certificate or certificate_of(self.key)

    def transport(self) -> httpx.AsyncBaseTransport:
        routes = [Route("/", self._confirm), Route("/{name}", self._serve)]
        return httpx.ASGITransport(Starlette(routes=routes))

    async def _serve(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        await asyncio.sleep(0.01)  # as a network does, so that others come meanwhile
        if self.answer is not None:
            return self.answer()
        if str(request.url) != CERTIFICATE_URL:
            return Response("<Error/>", status_code=403)
        return Response(self.certificate, media_type="application/x-pem-file")

    async def _confirm(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        if self.answer is not None:
            return self.answer()
        self.confirmed.append(request.query_params["Token"])
        return Response("<ConfirmSubscriptionResponse/>", media_type="text/xml")

    def notification(self, event: Any, **changes: Any) -> dict[str, str]:
        """An event as SNS posts it. `changes` are made before it is signed; None leaves a field out."""
        message = event if isinstance(event, str) else json.dumps(event)
        return self._signed({"Type": "Notification", "Message": message, **changes})

    def subscription(self, **changes: Any) -> dict[str, str]:
        fields = {
            "Type": "SubscriptionConfirmation",
            "Message": "You have chosen to subscribe to the topic.",
            "Token": TOKEN,
            "SubscribeURL": SUBSCRIBE_URL,
            **changes,
        }
        return self._signed(fields)

    def _signed(self, fields: dict[str, Any]) -> dict[str, str]:
        message = {
            "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
            "TopicArn": TOPIC,
            "Timestamp": clock.now().strftime("%Y-%m-%dT%H:%M:%S.675Z"),
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE_URL,
            **fields,
        }
        message = {name: value for name, value in message.items() if value is not None}
        names = _NOTIFICATION if message["Type"] == "Notification" else _SUBSCRIPTION
        text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
        algorithm = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()
        signature = self.key.sign(text.encode("utf-8", "surrogatepass"), padding.PKCS1v15(), algorithm)
        return {**message, "Signature": base64.b64encode(signature).decode()}
