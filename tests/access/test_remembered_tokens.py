"""Tokens that were verified once are known again: until they end, until their key is gone, and within bounds."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.issuers import KeyFileVerifier, TrustedIssuers
from ucs_core.access.key_ring import KeyFile, KeyRing
from ucs_core.access.tokens import (
    LocalIssuer,
    RememberedTokens,
    TokenVerifier,
    VerifiedToken,
    digest_of,
)
from ucs_core.platform import build_platform
from ucs_registry.memory import InMemoryStore
from ucs_sdk.errors import Unauthenticated


def verified(subject="ada", ends=1_000.0):
    return VerifiedToken(
        principal=subject,
        issuer="urn:issuer",
        subject=subject,
        key="k" * 43,
        issued_at=datetime.fromtimestamp(0, UTC),
        expires_at=datetime.fromtimestamp(ends, UTC),
        token_id="t",
    )


class Endless(RememberedTokens):
    """The twin: forgets that tokens end."""

    def get(self, digest, now):
        return super().get(digest, 0.0)


class Faithful(RememberedTokens):
    """The twin: keeps its tokens whatever becomes of the keys."""

    def clear(self):
        pass


def with_memory(verifier, memory):
    verifier._remembered = memory()
    return verifier


async def known_too_long(memory, folder):
    """What is still known by a memory though it should not be."""
    clock, wrong = [time.time()], []
    path = folder / "key.pem"
    issuer = LocalIssuer.load_or_create(path, now=lambda: clock[0])
    elapsed = [0.0]
    ring = KeyFileVerifier(KeyFile(path, now=lambda: elapsed[0]), now=lambda: clock[0])
    with_memory(ring._verifier, memory)
    trusted = TrustedIssuers(ring)
    short, long = (issuer.issue("ada", lifetime=timedelta(seconds=seconds)) for seconds in (60, 600))
    for token in (short, long):
        await trusted.vouch(token)
        assert trusted.known(digest_of(token)).principal == "ada"
    clock[0] += 66
    if trusted.known(digest_of(short)) is not None:
        wrong.append("a token that has ended")
    assert trusted.known(digest_of(long)) is not None
    # The key is taken out of the ring, and another stands there.
    path.unlink()
    KeyRing.load_or_create(path)
    elapsed[0] += 2
    if trusted.known(digest_of(long)) is not None:
        wrong.append("a token whose key is gone")
    return wrong


async def test_a_token_is_known_until_it_ends_or_its_key_goes(tmp_path):
    assert await known_too_long(RememberedTokens, tmp_path) == []


@pytest.mark.parametrize("twin", [Endless, Faithful])
async def test_a_memory_that_errs_is_caught(tmp_path, twin):
    assert await known_too_long(twin, tmp_path)


def test_memory_is_bounded_in_number_and_in_bytes():
    few, small = RememberedTokens(most=10), RememberedTokens(bytes_most=5_000)
    for number in range(100):
        for memory in (few, small):
            memory.put(digest_of(str(number)), verified(f"p{number}"), 1_000.0)
    assert len(few) == 10
    assert 0 < len(small) < 10
    assert 0 < small.memory <= 5_000
    # The first to come is the first to go, and what has ended takes no room.
    assert few.get(digest_of("89"), 0.0) is None
    assert few.get(digest_of("99"), 0.0) == verified("p99")
    before = few.memory
    assert few.get(digest_of("99"), 1_000.0) is None
    assert few.memory < before
    few.clear()
    assert (len(few), few.memory) == (0, 0)


def test_what_is_remembered_holds_no_token():
    memory, token = RememberedTokens(), "header.payload.signature"
    memory.put(digest_of(token), verified(), 1_000.0)
    assert token.encode() not in b"".join(memory._kept)


async def test_a_known_token_is_answered_without_a_turn_of_the_loop():
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(InMemoryStore(), issuer.verifier(), origin="test")
    value = f"Bearer {issuer.issue('ada', lifetime=timedelta(minutes=1))}"
    assert platform.recognised(value) is None
    await platform.authenticate(value)
    turns = []
    asyncio.get_running_loop().call_soon(turns.append, "turned")
    assert (await platform.authenticate(value)).principal == "ada"
    assert platform.recognised(value).principal == "ada"
    assert turns == []


@pytest.mark.parametrize("value", [None, "", "Bearer ", "Basic x", "Bearer"])
def test_a_value_without_a_token_is_refused(value):
    platform = build_platform(InMemoryStore(), TokenVerifier({}), origin="test")
    with pytest.raises(Unauthenticated, match="TOKEN_MISSING"):
        platform.recognised(value)
