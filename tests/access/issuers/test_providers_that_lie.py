"""What is not believed of a provider's answers."""

import asyncio

import pytest

from ucs_core.access.provider import BYTES_MOST, ProviderFault, fetch_keys


@pytest.mark.parametrize(
    "given",
    [
        ({"keys": []}, "301 Moved", "Location: /jwks2\r\n"),
        ({"keys": []}, "302 Found", "Location: https://keys.example/\r\n"),
        ({"keys": []}, "404 Not Found"),
        (b"<html>",),
        ({"keys": "none"},),
        (b"[" * 100_000,),
        (b" " * (BYTES_MOST + 1),),
        (b"\x1f\x8b" + b"\0" * 100, "200 OK", "Content-Encoding: gzip\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_an_answer_that_is_no_set_of_keys_gives_none(provider, answer, given):
    provider.answer = given if isinstance(given, bytes) else answer(*given)
    with pytest.raises(ProviderFault):
        await fetch_keys(provider.settings())
    assert provider.asked == ["/jwks"]


async def test_discovery_finds_the_keys(provider):
    found = await fetch_keys(provider.settings(jwks_url=None))
    assert found.keys.keys() == {"r1", "e1", "d1"}
    assert provider.asked == ["/.well-known/openid-configuration", "/jwks"]


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user@keys.example/"},
        {"jwks_uri": "https://"},
        {"jwks_uri": "https://[::1/"},
    ],
)
async def test_a_configuration_that_misleads_is_not_followed(provider, told):
    provider.configuration = told
    with pytest.raises(ProviderFault):
        await fetch_keys(provider.settings(jwks_url=None))
    assert provider.asked == ["/.well-known/openid-configuration"]


async def test_a_provider_over_tls_does_not_send_us_to_this_machine(provider, secured):
    elsewhere, file = secured
    elsewhere.configuration = {"jwks_uri": f"{provider.url}/jwks"}
    with pytest.raises(ProviderFault, match="no address of keys"):
        await fetch_keys(elsewhere.settings(jwks_url=None, ca_file=file))
    assert provider.asked == []
    elsewhere.configuration = {}
    assert (await fetch_keys(elsewhere.settings(jwks_url=None, ca_file=file))).keys


async def test_a_provider_that_hangs_is_given_up(provider):
    provider.hang = asyncio.Event()
    with pytest.raises(ProviderFault, match="no whole answer"):
        await fetch_keys(provider.settings(), seconds=0.05)
    provider.hang.set()


async def test_the_environment_sends_us_nowhere_else(provider, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await fetch_keys(provider.settings())).keys
