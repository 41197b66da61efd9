"""The local issuer and identity providers beside each other, and which of them the settings can name."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from ucs_core.access.issuers import KeyFileVerifier, TrustedIssuers
from ucs_core.access.key_ring import KeyFile, KeyRing
from ucs_core.access.tokens import ISSUER, LocalIssuer
from ucs_core.settings import IssuerSettings, Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "key.pem"


@pytest.fixture
def issuers(path, issuer, time):
    KeyRing.load_or_create(path)
    return TrustedIssuers(KeyFileVerifier(KeyFile(path, time.elapsed), now=time.now), [issuer])


async def test_each_issuers_tokens_count(issuers, provider, path, time):
    own = LocalIssuer.load_or_create(path, now=time.now).issue("ada", lifetime=timedelta(minutes=1))
    assert (await issuers.vouch(own)).principal == "ada"
    assert (await issuers.vouch(provider.token())).principal is None


async def test_no_issuer_speaks_for_another(issuers, provider, path, time, refusal):
    key = KeyRing.load(path)
    kid = next(iter(key.public))
    forged = provider.token(kid, key.signing, "EdDSA")
    assert await refusal(issuers, forged) == "TOKEN_UNTRUSTED"
    borrowed = provider.token(iss=ISSUER, aud="urn:ucs:platform", sub="ada", nbf=provider.now)
    assert await refusal(issuers, borrowed) == "TOKEN_UNTRUSTED"


async def test_nobody_else_is_believed_nor_asked(issuers, provider, refusal):
    assert await refusal(issuers, provider.token(iss="https://other.example")) == "TOKEN_UNTRUSTED"
    assert provider.asked == []


async def test_an_outage_of_one_does_not_hinder_the_others(issuers, provider, path, time, refusal):
    await provider.stop()
    own = LocalIssuer.load_or_create(path, now=time.now).issue("ada", lifetime=timedelta(minutes=1))
    assert await refusal(issuers, provider.token()) == "ISSUER_UNREACHABLE"
    assert (await issuers.vouch(own)).principal == "ada"


async def test_a_rotated_key_counts_without_a_restart(issuers, path, time):
    old = LocalIssuer.load_or_create(path, now=time.now).issue("ada", lifetime=timedelta(minutes=1))
    KeyRing.rotate(path)
    new = LocalIssuer.load_or_create(path, now=time.now).issue("ada", lifetime=timedelta(minutes=1))
    time.passed = 1.0
    assert {(await issuers.vouch(each)).principal for each in (old, new)} == {"ada"}


async def test_a_key_that_was_taken_out_of_the_file_counts_no_more(issuers, path, time, refusal):
    old = LocalIssuer.load_or_create(path, now=time.now).issue("ada", lifetime=timedelta(minutes=1))
    await issuers.vouch(old)
    path.unlink()
    KeyRing.load_or_create(path)
    time.passed = 1.0
    assert await refusal(issuers, old) == "TOKEN_UNTRUSTED"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ISSUER},
        {"issuer": "http://id.example"},
        {"issuer": "id"},
        {"issuer": ""},
        {"jwks_url": "http://id.example/jwks"},
        {"jwks_url": "http://10.0.0.1/jwks"},
        {"jwks_url": "ftp://127.0.0.1/jwks"},
        {"audience": ""},
        {"algorithms": []},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"types": []},
        {"refresh_seconds": 1},
        {"stale_seconds": 20, "refresh_seconds": 30},
        {"secret": "x"},
    ],
)
def test_an_issuer_that_could_not_be_trusted_is_no_setting(changes):
    stated = {"issuer": "https://id.example", "audience": "ucs"}
    assert IssuerSettings(**stated)
    with pytest.raises(ValidationError):
        IssuerSettings(**stated | changes)


@pytest.mark.parametrize(
    "url", ["http://localhost:1/j", "http://127.1.2.3/j", "http://[::1]:8/j", "https://id.example/j"]
)
def test_keys_come_over_tls_or_from_this_machine(url):
    assert IssuerSettings(issuer="urn:any", audience="ucs", jwks_url=url)


def test_an_issuer_is_named_once():
    one = {"issuer": "https://id.example", "audience": "ucs"}
    with pytest.raises(ValidationError, match="named twice"):
        Settings(issuers=[one, one | {"audience": "other"}])
