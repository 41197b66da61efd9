"""A made-up world behind the hot way and the ordinary one."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asked_worlds import asked_world
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.tokens import ISSUER, LocalIssuer, VerifiedToken
from ucs_core.grpc.calls import Caller, enter_call
from ucs_core.grpc.hot import HotReads
from ucs_core.grpc.resource_service import ResourceService
from ucs_core.platform import build_platform
from ucs_registry.sql import open_store
from ucs_registry.testing import NOW
from ucs_sdk.errors import UcsError


def token_of(who: str) -> VerifiedToken:
    return VerifiedToken(
        principal=who,
        issuer=ISSUER,
        subject=who,
        key="key",
        issued_at=NOW - timedelta(hours=1),
        expires_at=NOW + timedelta(hours=1),
        token_id="token",
    )


class Ways:
    """Both ways to an answer, at an instant that stands still. `answered` counts what the hot one answered."""

    def __init__(self, store, platform, hot: HotReads, world) -> None:
        self.store = store
        self.platform = platform
        self.hot = hot
        self.world = world
        self.service = ResourceService(platform, 30.0)
        self.answered = Counter()

    async def differ(self, who: str, method: str, request) -> str | None:
        """How the two answers differ, if the hot way leads to one."""
        way = self.hot.ways[f"/ucs.registry.v1.ResourceService/{method}"]
        try:
            raw = await way(token_of(who), request.SerializeToString())
        except UcsError:
            # Refusals are for the ordinary way to word.
            raw = None
        if raw is None:
            return None
        self.answered[method] += 1
        enter_call(Caller(principal=who, token=token_of(who), call_id="asked"))
        try:
            plain = await getattr(self.service, method)(request, None)
        except UcsError as refusal:
            return f"{who} {method} {request}: was answered, and is refused: {refusal.reason}"
        if type(plain).FromString(raw) == plain:
            return None
        return f"{who} {method} {request}: {type(plain).FromString(raw)} is not {plain}"


@asynccontextmanager
async def both_ways(url: str, chance, answers=None, rendered=None, *, model=False):
    store = await open_store(url, read_model=model)
    try:
        world = asked_world(chance)
        await world.enter(store)
        if store.read_model is not None:
            assert await store.read_model.filled()
        verifier = LocalIssuer(Ed25519PrivateKey.generate()).verifier()
        platform = build_platform(store, verifier, origin="test", clock=lambda: NOW)
        if answers is not None:
            platform.elements.__class__ = answers
        yield Ways(store, platform, HotReads(platform.elements, rendered and rendered()), world)
    finally:
        await store.close()


@pytest.fixture
def ways():
    """Opens both ways over a database, with a world of chance in it."""
    return both_ways


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")
