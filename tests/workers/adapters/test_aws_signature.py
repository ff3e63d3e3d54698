from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workers.adapters.aws_signature import AwsKey, signed

# Published by AWS as "Signature Version 4 test suite"; botocore carries it in tests/unit/auth/aws4_testsuite.
KEY = AwsKey(
    access_key="AKIDEXAMPLE",
    secret_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region="us-east-1",
    service="service",
)
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
HOST = {"Host": "example.amazonaws.com"}
FORM = "application/x-www-form-urlencoded"

VECTORS = {
    "get-vanilla": ("GET", HOST, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "post-vanilla": ("POST", HOST, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-header-key-sort": (
        "POST",
        {"My-Header1": "value1", **HOST},
        b"",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "post-header-value-case": (
        "POST",
        {**HOST, "My-Header1": "VALUE1"},
        b"",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    "get-header-value-trim": (
        "GET",
        {**HOST, "My-Header1": " value1", "My-Header2": ' "a   b   c"'},
        b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "post-x-www-form-urlencoded": (
        "POST",
        {"Content-Type": FORM, **HOST},
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "post-x-www-form-urlencoded-parameters": (
        "POST",
        {"Content-Type": f"{FORM}; charset=utf8", **HOST},
        b"Param1=value1",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_signature_is_the_one_aws_publishes(name: str) -> None:
    method, headers, body, signature = VECTORS[name]
    answer = signed(KEY, method=method, path="/", headers=headers, body=body, now=MOMENT)
    names = ";".join(sorted([*map(str.lower, headers), "x-amz-date"]))
    assert answer["x-amz-date"] == "20150830T123600Z"
    assert answer["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )


def test_no_repr_tells_the_secret() -> None:
    assert KEY.secret_key not in repr(KEY)
