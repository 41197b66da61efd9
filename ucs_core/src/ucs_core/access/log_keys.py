"""The keys that sign the log's checkpoints, as C2SP signed notes with Ed25519.

A note is a text, an empty line, and a line for each signature: an em dash, the key's name, and in base64 the key's id and
the signature. The key's id is the first four bytes of SHA-256 over name, newline, the byte 1 and the public key; other
verifiers of such notes are told of a key by `name+id+base64(1 ‖ public key)`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ucs_core.access.key_ring import KeyFile, KeyRing

_ED25519 = b"\x01"
_SIGNATURES_MOST = 100
_LINE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """A public key of the log under the hub's name."""

    name: str
    public: Ed25519PublicKey

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public.public_bytes_raw()).digest()[:4]

    @property
    def id(self) -> str:
        """The same in hexadecimal digits; the log speaks of `log-keys/{id}`."""
        return self.hash.hex()

    @property
    def verification_key(self) -> str:
        """The line by which verifiers are told of the key."""
        encoded = base64.b64encode(_ED25519 + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.id}+{encoded}"


class LogSigner:
    """Signs checkpoints with every private key of a ring, so that after a rotation the earlier key vouches for the new one.

    All keys of the ring stay trusted. A ring in a file is read again when it changed.
    """

    def __init__(self, ring: KeyRing, origin: str, file: KeyFile | None = None) -> None:
        if not _NAME.fullmatch(origin):
            raise ValueError(f"{origin!r} cannot name a key: it is empty or holds a blank or a plus sign")
        self._origin = origin
        self._file = file
        self._take(ring)

    @classmethod
    def load_or_create(cls, path: Path, origin: str) -> Self:
        """The signer whose keys are in a file; the first is made when there is no such file.

        Raises FailedPrecondition when others than the file's owner may read it, or when it is no key ring.
        """
        ring = KeyRing.load_or_create(path)
        return cls(ring, origin, KeyFile(path))

    @property
    def keys(self) -> list[LogKey]:
        """The trusted keys; the newest comes first."""
        self._look()
        return list(self._trusted)

    @property
    def verification_keys(self) -> list[str]:
        """The lines by which verifiers are told of the trusted keys; the newest comes first."""
        return [key.verification_key for key in self.keys]

    def sign(self, text: str) -> str:
        """The note of a text, which ends with a newline."""
        if not text.endswith("\n") or "\n\n" in text or _CONTROL.search(text):
            raise ValueError(
                "a text that is signed ends with a newline, and has neither empty lines nor control characters"
            )
        self._look()
        lines = []
        for private in self._ring.private:
            key = LogKey(name=self._origin, public=private.public_key())
            signed = base64.b64encode(key.hash + private.sign(text.encode())).decode()
            lines.append(f"— {key.name} {signed}\n")
        return f"{text}\n{''.join(lines)}"

    def trusts(self, note: str) -> bool:
        """Whether a trusted key signed the note. One whose signature does not hold spoils it, whatever others say."""
        self._look()
        keys = {key.hash: key.public for key in self._trusted}
        try:
            text, signatures = _parted(note)
            known = [
                (keys[hash], signature) for name, hash, signature in signatures if name == self._origin and hash in keys
            ]
            for key, signature in known:
                key.verify(signature, text.encode())
        except (ValueError, InvalidSignature):
            return False
        return bool(known)

    def _look(self) -> None:
        if self._file is not None and self._file.look():
            self._take(self._file.ring)

    def _take(self, ring: KeyRing) -> None:
        self._ring = ring
        self._trusted = [LogKey(name=self._origin, public=public) for public in ring.public.values()]


def _parted(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note and its signatures: name, key hash, signature. Raises ValueError for what is no note."""
    text, separator, written = note.rpartition("\n\n")
    if not separator or not written.endswith("\n") or _CONTROL.search(note):
        raise ValueError("not a signed note")
    lines = written[:-1].split("\n")
    if len(lines) > _SIGNATURES_MOST:
        raise ValueError("too many signatures")
    return f"{text}\n", list(_signatures(lines))


def _signatures(lines: list[str]) -> Iterator[tuple[str, bytes, bytes]]:
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError("a signature line is malformed")
        try:
            signed = base64.b64decode(found[2], validate=True)
        except binascii.Error as cause:
            raise ValueError("a signature is not base64") from cause
        yield found[1], signed[:4], signed[4:]
