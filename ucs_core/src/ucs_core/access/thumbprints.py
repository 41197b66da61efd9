"""A public key's JWK thumbprint (RFC 7638), so that a key has the same id wherever it is and whatever it is called."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def thumbprint(key: Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey) -> str:
    """The thumbprint, by SHA-256 in base64url without padding."""
    # The members that RFC 7638 §3.2 asks for, sorted and without blanks.
    text = json.dumps(_members(key), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(text.encode()).digest())


def base64url(data: bytes) -> str:
    """The base64url form without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _members(key: Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey) -> dict[str, str]:
    if isinstance(key, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url(key.public_bytes_raw())}
    if isinstance(key, RSAPublicKey):
        numbers = key.public_numbers()
        return {"e": _integer(numbers.e), "kty": "RSA", "n": _integer(numbers.n)}
    size = (key.curve.key_size + 7) // 8
    point = key.public_numbers()
    x, y = (base64url(number.to_bytes(size, "big")) for number in (point.x, point.y))
    return {"crv": {256: "P-256"}.get(key.curve.key_size, key.curve.name), "kty": "EC", "x": x, "y": y}


def _integer(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
