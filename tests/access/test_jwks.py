"""Of the keys that a provider publishes those count that can verify its tokens here, and no others."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from ucs_core.access.jwks import KEYS_MOST, read_key_set
from ucs_core.access.thumbprints import thumbprint

ALL = ("RS256", "PS256", "ES256", "EdDSA")
RSA, SHORT = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 1024)
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
ED = Ed25519PrivateKey.generate()


def rsa_jwk(key=RSA):
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)


def ec_jwk(key=P256):
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True)


def ed_jwk(key=ED):
    return OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)


def key_set(*entries, algorithms=ALL):
    return read_key_set(json.dumps({"keys": entries}).encode(), algorithms)


@pytest.mark.parametrize(("jwk", "key"), [(rsa_jwk(), RSA), (ec_jwk(), P256), (ed_jwk(), ED)], ids=["rsa", "ec", "ed"])
def test_a_published_key_is_read(jwk, key):
    found = key_set(jwk | {"kid": "a", "use": "sig"}).keys["a"]
    assert thumbprint(found) == thumbprint(key.public_key())


def test_thumbprints_are_those_of_the_specification():
    # The example of RFC 7638 §3.1.
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q"
        "MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap"
        "JzKnqDKgw"
    )
    found = key_set({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert thumbprint(found.keys["2011-04-29"]) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert found.only == {"2011-04-29": ("RS256",)}


UNUSABLE = {
    "no kid": rsa_jwk() | {"kid": None},
    "an empty kid": rsa_jwk() | {"kid": ""},
    "a kid that is a number": rsa_jwk() | {"kid": 7},
    "an endless kid": rsa_jwk() | {"kid": "k" * 300},
    "for encryption": rsa_jwk() | {"use": "enc"},
    "for signing only": rsa_jwk() | {"key_ops": ["sign"]},
    "key_ops of another form": rsa_jwk() | {"key_ops": "verify"},
    "short": rsa_jwk(SHORT),
    "an exponent of 1": rsa_jwk() | {"e": "AQ"},
    "a huge exponent": rsa_jwk() | {"e": "A" * 40},
    "a huge modulus": rsa_jwk() | {"n": "_" * 4000},
    "an endless modulus": rsa_jwk() | {"n": "_" * 5000},
    "another curve": ec_jwk(P384),
    "a point off the curve": ec_jwk() | {"x": ec_jwk()["y"]},
    "Ed448": ed_jwk() | {"crv": "Ed448"},
    "a short point": ed_jwk() | {"x": "AAAA"},
    "symmetric": {"kty": "oct", "k": "c2VjcmV0"},
    "a private key": rsa_jwk() | {"d": "AQAB"},
    "an algorithm of another kind": rsa_jwk() | {"alg": "ES256"},
    "an algorithm that is not trusted": rsa_jwk() | {"alg": "RS512"},
    "HS256 with a public key": rsa_jwk() | {"alg": "HS256"},
    "none": rsa_jwk() | {"alg": "none"},
    "an alg that is a list": rsa_jwk() | {"alg": ["RS256"]},
    "without modulus": {"kty": "RSA", "e": "AQAB"},
    "a modulus that is a number": rsa_jwk() | {"n": 12},
    "no kind": {"n": rsa_jwk()["n"], "e": "AQAB"},
}


@pytest.mark.parametrize("jwk", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_cannot_be_used_is_passed_over(jwk):
    found = key_set({"kid": "a", **jwk}, ed_jwk() | {"kid": "b"})
    assert list(found.keys) == ["b"]


def test_a_kid_of_two_keys_is_nobodys():
    assert key_set(ed_jwk() | {"kid": "a"}, rsa_jwk() | {"kid": "a"}, ec_jwk() | {"kid": "b"}).keys.keys() == {"b"}


def test_only_keys_of_the_issuers_algorithms_count():
    entries = [rsa_jwk() | {"kid": "r"}, ec_jwk() | {"kid": "e"}, ed_jwk() | {"kid": "d"}]
    assert key_set(*entries, algorithms=("ES256",)).keys.keys() == {"e"}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"keys": [{}] * (KEYS_MOST + 1)}).encode(),
    ],
)
def test_what_is_no_set_is_refused(text):
    with pytest.raises(ValueError):
        read_key_set(text, ALL)
