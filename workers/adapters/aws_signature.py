"""Signature Version 4, with which AWS knows who sends a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

_ALGORITHM = "AWS4-HMAC-SHA256"
_SPACES = re.compile(" +")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsKey:
    """An access key, and the one service in the one region it is used for here."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str
    service: str


def signed(
    key: AwsKey, *, method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> dict[str, str]:
    """`headers` (which name the host) with `x-amz-date` and `authorization` added; AWS takes them for five minutes.

    `path` is sent as it stands: letters, digits and `-_.~/`, and no query.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{key.region}/{key.service}/aws4_request"
    named = {name.lower(): _SPACES.sub(" ", value.strip()) for name, value in headers.items()}
    named["x-amz-date"] = moment
    names = ";".join(sorted(named))
    lines = "".join(f"{name}:{named[name]}\n" for name in sorted(named))
    request = f"{method}\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = _hmac(_signing_key(key, moment[:8]), to_sign).hex()
    credential = f"{key.access_key}/{scope}"
    return {
        **named,
        "authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}",
    }


def _signing_key(key: AwsKey, day: str) -> bytes:
    derived = f"AWS4{key.secret_key}".encode()
    for part in (day, key.region, key.service, "aws4_request"):
        derived = _hmac(derived, part)
    return derived


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
