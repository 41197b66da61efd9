"""The public keys that an identity provider publishes (RFC 7517), as far as they can verify its tokens here.

What cannot is passed over: providers publish keys for encryption and of other kinds beside them. So is what must not be
used: short RSA keys, private keys that somebody published, and key ids that two keys claim.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from ucs_core.access.tokens import PublicKey, algorithms_of

KEYS_MOST = 100
RSA_BITS_LEAST, RSA_BITS_MOST = 2048, 8192
"""Below it can be broken; beyond it one token costs too much to verify."""

EXPONENT_MOST = 2**32
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class KeySet:
    """Usable keys by their ids, and the algorithms that each is meant for."""

    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_key_set(text: bytes, algorithms: tuple[str, ...]) -> KeySet:
    """The keys of a published set that can verify by one of these algorithms. Raises ValueError for what is no set."""
    try:
        entries = json.loads(text)["keys"]
    except (KeyError, TypeError, RecursionError) as cause:
        raise ValueError("not a set of keys") from cause
    if not isinstance(entries, list) or len(entries) > KEYS_MOST:
        raise ValueError("not a set of keys, or one of too many")
    named = [entry for entry in entries if isinstance(entry, dict) and _named(entry)]
    claims = Counter(entry["kid"] for entry in named)
    keys: dict[str, PublicKey] = {}
    only: dict[str, tuple[str, ...]] = {}
    for entry in named:
        kid, stated = entry["kid"], entry.get("alg")
        key = _key(entry) if claims[kid] == 1 and _for_signatures(entry) else None
        usable = algorithms_of(key).intersection(algorithms) if key is not None else frozenset()
        # One that is meant for another algorithm is not used with ours, however well it would fit.
        fitting = usable if stated is None else [name for name in usable if name == stated]
        if key is None or not fitting:
            continue
        keys[kid] = key
        only[kid] = tuple(sorted(fitting))
    return KeySet(keys, only)


def _named(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("kid"), str) and 0 < len(entry["kid"]) <= 256


def _for_signatures(entry: dict[str, Any]) -> bool:
    operations = entry.get("key_ops", ["verify"])
    return (
        entry.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and not entry.keys() & _PRIVATE
    )


def _key(entry: dict[str, Any]) -> PublicKey | None:
    try:
        match entry.get("kty"), entry.get("crv"):
            case "RSA", _:
                modulus, exponent = _integer(entry["n"]), _integer(entry["e"])
                if not RSA_BITS_LEAST <= modulus.bit_length() <= RSA_BITS_MOST or not 2 < exponent < EXPONENT_MOST:
                    return None
                return RSAPublicNumbers(exponent, modulus).public_key()
            case "EC", "P-256":
                point = _integer(entry["x"]), _integer(entry["y"])
                return EllipticCurvePublicNumbers(*point, SECP256R1()).public_key()
            case "OKP", "Ed25519":
                return Ed25519PublicKey.from_public_bytes(_bytes(entry["x"]))
    except (KeyError, TypeError, ValueError):
        # A key that cannot be read is none; the others of its set count all the same.
        return None
    return None


def _integer(value: object) -> int:
    return int.from_bytes(_bytes(value), "big")


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > 4096:
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
