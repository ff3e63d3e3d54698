"""Links, codes and receipts: made from the secret key, so that nothing a thief of the database reads opens anything.

A link token is an id and a keyed digest of (purpose, id). It is computed whenever a mail is rendered and stored
nowhere; it is worth only what its purpose says, and keys that were retired (`SECRET_KEY_FALLBACKS`) still read,
never write.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from campaigns.errors import LinkExpired, LinkInvalid
from campaigns.settings import settings

DIGEST_BYTES = 16  # HMAC-SHA-256 cut to 128 bits: RFC 2104 section 5
SUBMISSION_BYTES = 2
MESSAGE_BYTES = 8
MESSAGE_DIGEST_BYTES = 12  # 20 bytes in all are 32 characters of base32, with no padding
MOMENT_BYTES = 5  # seconds since 1970
LONGEST_TOKEN = 64  # characters; ours have 43, 46, 50 or 64
NOBODY = UUID(int=0)
NONCE_BYTES = 12  # NIST SP 800-38D section 8.2.2
LONGEST_SEALED = 4096
MESSAGE_REFERENCE_LENGTH = 32
SHARE_CODE_LENGTH = 12  # 60 bits in base32


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose is noise for every other."""

    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    UNSUBSCRIBE = "unsubscribe"
    CODE = "code"
    SHARE = "share"
    SUBSCRIPTION = "subscription"
    PREFERENCES = "preferences"
    OWN_PAGE = "own-page"
    NEW_ADDRESS = "new-address"
    OLD_ADDRESS = "old-address"
    SIGN_IN = "sign-in"
    NETWORK = "network"
    RECEIPT = "receipt"
    MESSAGE = "message"


class Keyring:
    """One key per purpose, derived from the newest secret and, for reading, from the older ones."""

    def __init__(self, secret: str, fallbacks: tuple[str, ...] = ()) -> None:
        self._keys = {
            purpose: [_derive(each, purpose) for each in (secret, *fallbacks)] for purpose in Purpose
        }
        self._ciphers = [AESGCM(key) for key in self._keys[Purpose.RECEIPT]]

    def link_token(self, purpose: Purpose, subject: UUID) -> str:
        """43 URL-safe characters that stand for `subject`, good only for `purpose`."""
        return _encode(subject.bytes + _digest(self._keys[purpose][0], subject.bytes)[:DIGEST_BYTES])

    def read_link(self, purpose: Purpose, token: str) -> UUID:
        """The id a token stands for, compared in constant time. Raises LinkInvalid for anything else."""
        return UUID(bytes=self._verified(purpose, token, 16))

    def submission_token(self, signature_id: UUID, submission: int) -> str:
        """46 URL-safe characters for one submission of a signature: newer words need a newer link to be confirmed."""
        subject = signature_id.bytes + submission.to_bytes(SUBMISSION_BYTES, "big")
        return _encode(subject + _digest(self._keys[Purpose.CONFIRM][0], subject)[:DIGEST_BYTES])

    def read_submission(self, token: str) -> tuple[UUID, int]:
        """The signature and submission a token stands for. Raises LinkInvalid for anything else."""
        subject = self._verified(Purpose.CONFIRM, token, 16 + SUBMISSION_BYTES)
        return UUID(bytes=subject[:16]), int.from_bytes(subject[16:], "big")

    def subscription_token(self, supporter_id: UUID, organization_id: UUID | None) -> str:
        """64 URL-safe characters for what one person gets from one organization; None is the federation."""
        subject = supporter_id.bytes + (organization_id or NOBODY).bytes
        return _encode(subject + _digest(self._keys[Purpose.SUBSCRIPTION][0], subject)[:DIGEST_BYTES])

    def read_subscription(self, token: str) -> tuple[UUID, UUID | None]:
        """The person and organization a token stands for. Raises LinkInvalid for anything else."""
        subject = self._verified(Purpose.SUBSCRIPTION, token, 32)
        organization = UUID(bytes=subject[16:])
        return UUID(bytes=subject[:16]), None if organization == NOBODY else organization

    def passing_token(self, purpose: Purpose, subject: UUID, *, made_at: datetime) -> str:
        """50 URL-safe characters for `subject` that say when they were made, for links that do not last."""
        both = subject.bytes + int(made_at.timestamp()).to_bytes(MOMENT_BYTES, "big")
        return _encode(both + _digest(self._keys[purpose][0], both)[:DIGEST_BYTES])

    def read_passing(self, purpose: Purpose, token: str, *, lifetime: timedelta, now: datetime) -> UUID:
        """The id a token stands for. Raises LinkExpired after `lifetime`, LinkInvalid for anything not made here."""
        subject, made_at = self.read_moment(purpose, token)
        if now > made_at + lifetime:
            raise LinkExpired
        return subject

    def read_moment(self, purpose: Purpose, token: str) -> tuple[UUID, datetime]:
        """The id a passing token stands for, and the second it was made in, however long ago. Raises LinkInvalid."""
        both = self._verified(purpose, token, 16 + MOMENT_BYTES)
        return UUID(bytes=both[:16]), datetime.fromtimestamp(int.from_bytes(both[16:], "big"), UTC)

    def _verified(self, purpose: Purpose, token: str, length: int) -> bytes:
        """The first `length` bytes of a token, when the digest behind them is ours."""
        raw = _decode(token) if len(token) <= LONGEST_TOKEN else b""
        subject, digest = raw[:length], raw[length:]
        matches = [
            hmac.compare_digest(digest, _digest(key, subject)[:DIGEST_BYTES]) for key in self._keys[purpose]
        ]
        if len(raw) != length + DIGEST_BYTES or not any(matches):
            raise LinkInvalid
        return subject

    def six_digits(self, subject: UUID, submission: int) -> str:
        """The code mailed for one submission of a form: six decimal digits, a new one for each submission.

        Truncated as in RFC 4226 section 5.3, from the whole digest, so that every code is as likely.
        """
        digest = _digest(self._keys[Purpose.CODE][0], subject.bytes + submission.to_bytes(4, "big"))
        return f"{int.from_bytes(digest, 'big') % 1_000_000:06d}"

    def share_code(self, subject: UUID) -> str:
        """Twelve lower-case characters for a signer's own link: public, and no way back to the signature."""
        digest = _digest(self._keys[Purpose.SHARE][0], subject.bytes)
        return base64.b32encode(digest[:10])[:SHARE_CODE_LENGTH].decode().lower()

    def message_reference(self, message_id: int) -> str:
        """32 lower-case letters and digits that name a message to mail servers and providers, who send them back.

        Base32, because what stands before the @ of an address may come back in other case.
        """
        subject = message_id.to_bytes(MESSAGE_BYTES, "big")
        digest = _digest(self._keys[Purpose.MESSAGE][0], subject)[:MESSAGE_DIGEST_BYTES]
        return base64.b32encode(subject + digest).decode().lower()

    def read_message_reference(self, reference: str) -> int:
        """The id of the message a reference names. Raises LinkInvalid for anything that was not made here."""
        try:
            raw = base64.b32decode(reference.upper()) if len(reference) == MESSAGE_REFERENCE_LENGTH else b""
        except (ValueError, binascii.Error):
            raw = b""
        subject, digest = raw[:MESSAGE_BYTES], raw[MESSAGE_BYTES:]
        matches = [
            hmac.compare_digest(digest, _digest(key, subject)[:MESSAGE_DIGEST_BYTES])
            for key in self._keys[Purpose.MESSAGE]
        ]
        if not raw or not any(matches):
            raise LinkInvalid
        return int.from_bytes(subject, "big")

    def network_key(self, network: str) -> str:
        """A keyed hash of a network address: tells two networks apart, tells nobody which they are."""
        return _encode(_digest(self._keys[Purpose.NETWORK][0], network.encode())[:DIGEST_BYTES])

    def seal(self, values: Mapping[str, str]) -> str:
        """Encrypt a few strings for a cookie (AES-256-GCM): equal values never look equal."""
        nonce = os.urandom(NONCE_BYTES)
        plain = json.dumps(dict(values), separators=(",", ":")).encode()
        return _encode(nonce + self._ciphers[0].encrypt(nonce, plain, None))

    def unseal(self, sealed: str) -> dict[str, str]:
        """What `seal` was given. Raises LinkInvalid when the text was not made here or was changed."""
        raw = _decode(sealed) if len(sealed) <= LONGEST_SEALED else b""
        for cipher in self._ciphers:
            try:
                plain = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
            except (InvalidTag, ValueError):
                continue
            values: dict[str, str] = json.loads(plain)
            return values
        raise LinkInvalid


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The keys of this installation."""
    return Keyring(settings().secret_key, settings().secret_key_fallbacks)


def _derive(secret: str, purpose: Purpose) -> bytes:
    return hmac.digest(secret.encode(), b"chorus:" + purpose.encode(), hashlib.sha256)


def _digest(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return b""
