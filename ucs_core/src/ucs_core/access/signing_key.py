"""The private key of the local token issuer, in a file that its owner alone may read."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ucs_sdk.errors import FailedPrecondition


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in a PEM file; made when there is none. Of two processes that make it at once, one wins for both."""
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise FailedPrecondition("KEY_FILE_EXPOSED", path=str(path))
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise FailedPrecondition("KEY_FILE_INVALID", path=str(path)) from cause
    if not isinstance(key, Ed25519PrivateKey):
        raise FailedPrecondition("KEY_FILE_INVALID", path=str(path))
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """The key's JWK thumbprint (RFC 7638), so that a key has the same id wherever it is."""
    point = _base64url(key.public_bytes_raw())
    return _base64url(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{point}"}}'.encode()).digest())


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where a file stands already, and shows the key whole or not at all.
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
