"""What is believed of the tokens of an identity provider."""

import json

import jwt
import pytest

from ucs_core.access.issuers import ExternalIssuer
from ucs_sdk import Unauthenticated

NOW = 1_800_000_000
AUDIENCE = "ucs"


@pytest.mark.parametrize(("kid", "alg"), [("r1", "RS256"), ("r1", "PS256"), ("e1", "ES256"), ("d1", "EdDSA")])
async def test_a_token_of_each_algorithm_counts(issuer, provider, kid, alg):
    found = await issuer.vouch(provider.token(kid, alg=alg))
    assert (found.principal, found.issuer, found.subject) == (None, provider.url, "0-1-2")


async def test_a_token_for_several_services_counts_when_we_are_among_them(issuer, provider):
    assert (await issuer.vouch(provider.token(aud=["other", AUDIENCE]))).subject == "0-1-2"


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"aud": "other"}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": [AUDIENCE, 7]}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": f"{AUDIENCE} "}, "aud"),
        ({"sub": ""}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"sub": None}, "sub"),
        ({"jti": None}, "jti"),
        ({"exp": None}, "exp"),
        ({"exp": NOW + 0.5}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": True}, "iat"),
        ({"nbf": "1"}, "nbf"),
    ],
)
async def test_a_claim_that_does_not_fit_is_named(issuer, provider, changes, claim):
    # PyJWT would not write some of these, so they are signed as plain JSON.
    stated = {"iss": provider.url, "aud": AUDIENCE, "sub": "0-1-2", "iat": NOW, "exp": NOW + 600, "jti": "t1"} | changes
    body = json.dumps({name: value for name, value in stated.items() if value is not None}).encode()
    token = jwt.PyJWS().encode(body, provider.keys["r1"], algorithm="RS256", headers={"typ": "at+jwt", "kid": "r1"})
    with pytest.raises(Unauthenticated, match="TOKEN_CLAIM_INVALID") as caught:
        await issuer.vouch(token)
    assert caught.value.fields == {"claim": claim}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": NOW - 6, "iat": NOW - 60}, "TOKEN_EXPIRED"),
        ({"iat": NOW + 60, "exp": NOW + 120}, "TOKEN_NOT_YET_VALID"),
        ({"nbf": NOW + 60}, "TOKEN_NOT_YET_VALID"),
        ({"exp": NOW + 86_401}, "TOKEN_LIFETIME_INVALID"),
    ],
)
async def test_a_token_out_of_its_time_does_not_count(issuer, provider, changes, reason, refusal):
    assert await refusal(issuer, provider.token(**changes)) == reason


@pytest.mark.parametrize(
    "headers",
    [
        {"crit": ["exp"]},
        {"jku": "https://keys.example/"},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"x5u": "https://keys.example/"},
        {"x5c": ["AAAA"]},
        {"typ": "JWT"},
        {"typ": "id+jwt"},
        {"cty": "JWT"},
        {"x5t": 7},
    ],
)
async def test_a_header_that_could_mislead_is_refused(issuer, provider, headers, refusal):
    assert await refusal(issuer, provider.token(headers=headers)) == "TOKEN_UNTRUSTED"


async def test_a_digest_of_a_certificate_does_no_harm(issuer, provider):
    assert (await issuer.vouch(provider.token(headers={"x5t": "AAAA"}))).key


async def test_a_key_verifies_only_by_its_own_algorithms(issuer, provider, refusal):
    for kid, other, alg in (("e1", "r1", "RS256"), ("r1", "e1", "ES256"), ("d1", "e1", "ES256"), ("r1", "d1", "EdDSA")):
        assert await refusal(issuer, provider.token(kid, provider.keys[other], alg)) == "TOKEN_UNTRUSTED"


async def test_a_key_for_one_algorithm_does_not_verify_by_another(provider, time, refusal, answer):
    provider.answer = answer({"keys": [provider.jwks["r1"] | {"kid": "r1", "alg": "PS256"}]})
    issuer = ExternalIssuer(provider.settings(), now=time.now, elapsed=time.elapsed)
    assert await refusal(issuer, provider.token(alg="RS256")) == "TOKEN_UNTRUSTED"
    assert (await issuer.vouch(provider.token(alg="PS256"))).subject == "0-1-2"


async def test_an_algorithm_that_is_not_allowed_is_refused(provider, time, refusal):
    issuer = ExternalIssuer(provider.settings(algorithms=["ES256"]), now=time.now, elapsed=time.elapsed)
    assert await refusal(issuer, provider.token()) == "TOKEN_UNTRUSTED"
    assert (await issuer.vouch(provider.token("e1", alg="ES256"))).subject == "0-1-2"


async def test_the_kind_of_token_can_be_agreed(provider, time, refusal):
    issuer = ExternalIssuer(provider.settings(types=["JWT"]), now=time.now, elapsed=time.elapsed)
    assert (await issuer.vouch(provider.token(headers={"typ": "JWT"}))).subject == "0-1-2"
    assert await refusal(issuer, provider.token()) == "TOKEN_UNTRUSTED"
