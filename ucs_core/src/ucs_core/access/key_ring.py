"""A ring of Ed25519 keys in one PEM file that its owner alone may read: the first block signs, all others stay trusted.

A new key is put before the earlier ones, so that what they have signed still counts. An operator who wants an earlier key
to be trusted no more takes its block out; to keep the trust and lose the secret, its public key stands in for it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ucs_core.access.thumbprints import thumbprint
from ucs_sdk.errors import FailedPrecondition

KEYS_MOST = 100
"""How many keys a ring holds; a node would take a longer file for none."""

LOOK_SECONDS = 1.0
"""How often a file is looked at for a change, at most."""

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----\n?", re.DOTALL)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """The keys of a file: the private ones in their order, of which the first signs, and all public ones by their ids."""

    private: tuple[Ed25519PrivateKey, ...]
    public: Mapping[str, Ed25519PublicKey]

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return self.private[0]

    @classmethod
    def load(cls, path: Path) -> Self:
        """The ring in a file. Raises FailedPrecondition when it is missing, exposed to others, or no ring."""
        try:
            if path.stat().st_mode & 0o077:
                raise FailedPrecondition("KEY_FILE_EXPOSED", path=str(path))
            text = path.read_bytes()
        except OSError as cause:
            raise FailedPrecondition("KEY_FILE_MISSING", file=str(path)) from cause
        try:
            return cls._parsed(text)
        except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
            raise FailedPrecondition("KEY_FILE_INVALID", path=str(path)) from cause

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """The ring in a file, made with one key when there is none. Of processes that make it at once, one wins for all."""
        if not path.exists():
            _create(path)
        return cls.load(path)

    @classmethod
    def rotate(cls, path: Path) -> Self:
        """Put a new key before those of a file, which stay. Whoever reads meanwhile sees the old file or the new one."""
        with _locked(path.parent):
            if len(cls.load(path).public) >= KEYS_MOST:
                raise FailedPrecondition("KEY_RING_FULL", path=str(path), most=KEYS_MOST)
            earlier = path.read_bytes()
            with _draft(path, _private_block() + earlier) as draft:
                draft.replace(path)
            _sync_folder(path.parent)
            return cls.load(path)

    @classmethod
    def _parsed(cls, text: bytes) -> Self:
        blocks = list(_BLOCK.finditer(text))
        if not 0 < len(blocks) <= KEYS_MOST or blocks[0][1] != b"PRIVATE KEY":
            raise ValueError("no private key comes first")
        private: list[Ed25519PrivateKey] = []
        public: dict[str, Ed25519PublicKey] = {}
        for block in blocks:
            key = _public_of(block, private)
            public[thumbprint(key)] = key
        return cls(private=tuple(private), public=public)


class KeyFile:
    """A file with a key ring, which is read again when it changed: an operator rotates keys without a restart."""

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now = now
        self._looked = now()
        self._seen = _state(path)
        self.ring = KeyRing.load(path)

    def look(self) -> bool:
        """Read the file again if it changed since; whether the ring is another one now. Most calls cost nothing.

        A file that cannot be used changes nothing, and the process log tells of it once.
        """
        now = self._now()
        if now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        state = _state(self._path)
        if state == self._seen:
            return False
        self._seen = state
        try:
            self.ring = KeyRing.load(self._path)
        except FailedPrecondition as problem:
            log.warning("key_file_unusable", path=str(self._path), reason=problem.reason)
            return False
        log.info("key_file_read", path=str(self._path), keys=len(self.ring.public))
        return True


def _public_of(block: re.Match[bytes], private: list[Ed25519PrivateKey]) -> Ed25519PublicKey:
    """The public key of a block; a private key is noted."""
    if block[1] == b"PRIVATE KEY":
        key = load_pem_private_key(block[0], password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("a private key is not an Ed25519 key")
        private.append(key)
        return key.public_key()
    public = load_pem_public_key(block[0])
    if not isinstance(public, Ed25519PublicKey):
        raise TypeError("a public key is not an Ed25519 key")
    return public


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _private_block() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _draft(path, _private_block()) as draft:
        try:
            # A link fails where a file stands already, and shows the key whole or not at all.
            path.hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()
    _sync_folder(path.parent)


@contextmanager
def _draft(path: Path, text: bytes) -> Iterator[Path]:
    """A file beside another that holds a text for good and that its owner alone may read; gone when something fails."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among those who rotate keys in a folder."""
    with _opened_folder(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _sync_folder(folder: Path) -> None:
    with _opened_folder(folder) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
