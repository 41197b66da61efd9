"""Asking an identity provider for its keys, within bounds: it may be slow, broken, lying or gone."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx2

from ucs_core.access.jwks import KeySet, read_key_set
from ucs_core.settings import IssuerSettings, is_safe_address

BYTES_MOST = 256 * 1024
SECONDS_MOST = 5.0
"""How large an answer may be, and how long one whole question may take."""

DISCOVERY = "/.well-known/openid-configuration"


class ProviderFault(Exception):
    """The provider gave no keys; the message says why, for the process log."""


async def fetch_keys(settings: IssuerSettings, seconds: float = SECONDS_MOST) -> KeySet:
    """The keys that a provider publishes now. Raises ProviderFault."""
    try:
        async with asyncio.timeout(seconds), _client(settings) as client:
            address = settings.jwks_url or await _discovered(client, settings.issuer)
            return read_key_set(await _get(client, address), settings.algorithms)
    except TimeoutError as cause:
        raise ProviderFault(f"no whole answer within {seconds:g} seconds") from cause
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError, RecursionError) as cause:
        raise ProviderFault(f"{type(cause).__name__}: {cause}") from cause


def _client(settings: IssuerSettings) -> httpx2.AsyncClient:
    # The whole question has its time, so its parts need none. The environment names neither a proxy nor certificates: who
    # vouches for callers is in the settings alone.
    trusted = ssl.create_default_context(cafile=settings.ca_file)
    return httpx2.AsyncClient(verify=trusted, trust_env=False, follow_redirects=False, timeout=None)


async def _discovered(client: httpx2.AsyncClient, issuer: str) -> str:
    """Where a provider says that its keys are (OpenID Connect Discovery §4)."""
    told: Any = json.loads(await _get(client, issuer.rstrip("/") + DISCOVERY))
    if not isinstance(told, dict) or told.get("issuer") != issuer:
        raise ProviderFault("its configuration is that of another issuer")
    address = told.get("jwks_uri")
    # A provider elsewhere must not send us to this machine: it would choose which of our own services we ask.
    if not isinstance(address, str) or not is_safe_address(address) or _is_secured(address) < _is_secured(issuer):
        raise ProviderFault("its configuration names no address of keys that could be trusted")
    return address


def _is_secured(address: str) -> bool:
    return urlsplit(address).scheme == "https"


async def _get(client: httpx2.AsyncClient, address: str) -> bytes:
    # Plain, so that what is read is as large as what was sent.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with client.stream("GET", address, headers=headers) as answer:
        # A redirect is refused like every other status: the settings say whom we believe.
        if answer.status_code != httpx2.codes.OK:
            raise ProviderFault(f"it answered {answer.status_code}")
        text = b""
        async for part in answer.aiter_raw():
            text += part
            if len(text) > BYTES_MOST:
                raise ProviderFault(f"its answer is larger than {BYTES_MOST} bytes")
        return text
