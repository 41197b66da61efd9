"""Secrets are struck out by their looks, and what stands around them stays."""

import base64
import json

import pytest

from ucs_sdk.redaction import TEXT_MOST, gist, without_secrets

SECRET = "canary7f3a"
TOKEN = ".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    for part in (json.dumps({"alg": "EdDSA", "kid": SECRET}).encode(), json.dumps({"sub": SECRET}).encode(), b"x" * 64)
)

TEXTS = {
    f"token {TOKEN} was refused": "token [token] was refused",
    f"Authorization: Bearer {SECRET}": "Authorization: Bearer [token]",
    f"{{'authorization': 'basic {SECRET}'}}": "{'authorization': 'basic [token]'}",
    f"postgresql://ucs:{SECRET}@db.example/ucs": "postgresql://ucs:[password]@db.example/ucs",
    f"postgresql://ucs:{SECRET}@home@/ucs?host=/run": "postgresql://ucs:[password]@/ucs?host=/run",
    f"postgresql:///ucs?host=/run&password={SECRET}&user=ucs": "postgresql:///ucs?host=/run&password=[password]&user=ucs",
    f"host=db password='{SECRET} x' user=ucs": "host=db password=[password] user=ucs",
    "-----BEGIN " + f"PRIVATE KEY-----\n{SECRET}\n-----END " + "PRIVATE KEY----- behind": "[key] behind",
    "-----BEGIN " + f"EC PRIVATE KEY-----\n{SECRET}": "[key]",
}


@pytest.mark.parametrize(("text", "left"), TEXTS.items(), ids=TEXTS.values())
def test_a_secret_is_struck_out_and_the_rest_stays(text, left):
    assert without_secrets(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "https://ucs.example:8080/graphql",
        "a basic question",
        "This call needs a bearer token.",
        "mailto:li@example.cn",
        "10:30 @ the office",
    ],
)
def test_what_only_looks_like_an_address_is_left_alone(text):
    assert without_secrets(text) == text


def test_the_gist_of_an_exception_is_its_first_line():
    assert gist(ValueError(f"Key is taken\nDETAIL: Failing row contains ({SECRET})")) == "ValueError: Key is taken"
    assert gist(KeyError()) == "KeyError"
    assert len(gist(RuntimeError("x" * 10_000))) < TEXT_MOST + 20
