"""SES's POST /v2/email/outbound-emails: the signature is reckoned anew from what arrived, the JSON read strictly."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.workers.adapters.mock_provider import MockProvider

ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "eu-west-1"
CONFIGURATION_SET = "reports"

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([A-Z]+)/(\d{8})/([a-z0-9-]+)/ses/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIELDS = {"Content", "Destination", "EmailTags", "ConfigurationSetName", "FeedbackForwardingEmailAddress"}


@dataclass
class MockSes(MockProvider):
    verified: set[str] = field(default_factory=lambda: {"chorus.example", "bounces.chorus.example"})

    path = "/v2/email/outbound-emails"

    async def look_at(self, request: Request) -> Response:
        if not await _is_signed(request):
            return error(403, "SignatureDoesNotMatch", "The request signature does not match.")
        asked = await request.json()
        if not set(asked) <= _FIELDS or set(asked["Content"]) != {"Raw"}:
            return error(400, "BadRequestException", "Unknown field")
        if asked.get("ConfigurationSetName", CONFIGURATION_SET) != CONFIGURATION_SET:
            return error(404, "NotFoundException", "Configuration set does not exist.")
        if any(not _TAG.fullmatch(text) for tag in asked.get("EmailTags", []) for text in tag.values()):
            return error(400, "BadRequestException", "Invalid tag value.")
        (recipient,) = asked["Destination"]["ToAddresses"]
        if not recipient.isascii():
            return error(400, "BadRequestException", "Local address contains control or whitespace")
        raw = base64.b64decode(asked["Content"]["Raw"]["Data"], validate=True)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        senders = [message["From"].addresses[0].domain]
        if "FeedbackForwardingEmailAddress" in asked:
            senders.append(asked["FeedbackForwardingEmailAddress"].rpartition("@")[2])
        if not set(senders) <= self.verified:
            return error(
                400, "MessageRejected", f"Email address is not verified. These failed in REGION: {senders}"
            )
        self.taken.append({**asked, "raw": raw, "message": message})
        return JSONResponse({"MessageId": "0102018b"})


def error(status: int, name: str, message: str) -> Response:
    return JSONResponse({"message": message}, status_code=status, headers={"x-amzn-ErrorType": name})


async def _is_signed(request: Request) -> bool:
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    stamp = request.headers.get("x-amz-date", "")
    if found is None or not stamp:
        return False
    access_key, day, region, names, signature = found.groups()
    age = datetime.now(UTC) - datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if (access_key, day, region) != (ACCESS_KEY, stamp[:8], REGION) or abs(age) > timedelta(minutes=5):
        return False
    if not {"host", "x-amz-date"} <= set(names.split(";")):
        return False
    canonical = [request.method, request.url.path, request.url.query]
    canonical += [f"{name}:{request.headers[name]}" for name in names.split(";")]
    canonical += ["", names, hashlib.sha256(await request.body()).hexdigest()]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{day}/{region}/ses/aws4_request\n{digest}"
    key = b"AWS4" + SECRET_KEY.encode()
    for part in (day, region, "ses", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest() == signature
