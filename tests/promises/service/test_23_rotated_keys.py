"""Promise 23 on nodes as they run: keys are rotated and revoked under way, and a provider that is down hinders nobody else."""

from __future__ import annotations

import json
import socket
import time
from datetime import timedelta
from typing import Any

import grpc
import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogSigner
from ucs_core.access.tokens import LocalIssuer, TokenVerifier
from ucs_core.platform import Call, build_platform
from ucs_registry.sql import open_store

NOTICED_WITHIN = 10.0
"""How long a test waits for a node to notice a key; it looks once a second."""


async def heard(node: Any, token: str) -> tuple[int, str]:
    """What both doors say to a token: HTTP's status, and gRPC's."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=f"http://{node.http}", trust_env=False) as client:
        answer = await client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
    async with grpc.aio.insecure_channel(node.grpc) as channel:
        call = ResourceServiceStub(channel).List(api.ListResourcesRequest(), metadata=list(headers.items()))
        code = await call.code()
    return answer.status_code, code.name


async def noticed(node: Any, token: str) -> bool:
    """Whether a node lets a token in before long, at both doors."""
    until = time.monotonic() + NOTICED_WITHIN
    while await heard(node, token) != (200, "OK"):
        if time.monotonic() > until:
            return False
    return True


async def test_a_running_node_takes_up_a_new_key_and_ends_a_revoked_one(city, findings):
    node = city.node()
    node.start()
    await node.answers()
    path = city.folder / "key.pem"
    old = city.token("editor")
    [old_id] = KeyRing.load(path).public
    findings.tried += 4
    found = [] if await heard(node, old) == (200, "OK") else ["the first key does not count"]
    KeyRing.rotate(path)
    new = LocalIssuer.load_or_create(path).issue("editor", lifetime=timedelta(hours=1))
    found += [] if await noticed(node, new) else ["the new key does not count"]
    found += [] if await heard(node, old) == (200, "OK") else ["the earlier key does not count beside it"]
    # Another process on the same database, as `ucs key revoke` is one.
    signer = LogSigner.load_or_create(city.folder / "log-key.pem", "city")
    store = await open_store(city.url, signer=signer)
    try:
        platform = build_platform(store, TokenVerifier({}), origin="city")
        await platform.keys.revoke(Call(principal="admin"), [old_id])
    finally:
        await store.close()
    findings.faults += 1
    if await heard(node, old) != (401, "UNAUTHENTICATED"):
        found.append("the revoked key counts")
    if await heard(node, new) != (200, "OK"):
        found.append("the key that signs went with it")
    findings.expect_none(found)


async def test_a_node_starts_and_serves_while_a_provider_is_down(city, findings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    stated = [{"issuer": address, "audience": "ucs"}]
    node = city.node(UCS_ISSUERS=json.dumps(stated))
    node.start()
    await node.answers()
    findings.tried += 2
    findings.faults += 1
    now = int(time.time())
    claims = {"iss": address, "aud": "ucs", "sub": "0-1-2", "iat": now, "exp": now + 60, "jti": "t"}
    headers = {"typ": "at+jwt", "kid": "k"}
    foreign = jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=headers)
    found = []
    if await heard(node, foreign) != (503, "UNAVAILABLE"):
        found.append("what nobody can verify is not told as an outage")
    if await heard(node, city.token("editor")) != (200, "OK"):
        found.append("the provider's outage hinders others")
    findings.expect_none(found)


async def test_a_node_counts_how_often_its_clock_was_set(city, findings):
    node = city.node()
    node.start()
    await node.answers()
    findings.tried += 1
    async with httpx2.AsyncClient(base_url=f"http://{node.http}", trust_env=False) as client:
        assert "ucs_clock_steps_total 0.0" in (await client.get("/metrics")).text
