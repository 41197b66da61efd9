"""What member sets cost at the size of a city: 230,000 channels in one pool, imported, listed, filtered and counted.

Client and server share one process and the interpreter's lock here, so that the figures are of the slower side. The rows
are members with a title, a place, a division, a status and three attributes: some 260 bytes each.
"""

import asyncio
import time
from datetime import timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.tokens import LocalIssuer
from ucs_core.grpc.client import import_members
from ucs_core.grpc.server import start_grpc
from ucs_core.platform import build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_registry.testing import a_resource, saved
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind, ResourceKind

MEMBERS, CHUNK = 230_000, 5_000
DISTRICTS = ("370202", "370203", "370211", "370212", "370213", "370214", "370215")
POOL = a_resource(1, owner="3702", kind=ResourceKind.INFRASTRUCTURE, type="video_pool")


def channel(number):
    district = DISTRICTS[number % len(DISTRICTS)]
    return {
        "code": f"{district}0000132{number // len(DISTRICTS):07}",
        "title": {"zh": f"香港中路{number}号路口西向"},
        "location": {"longitude": 120.3 + number % 1000 / 5000, "latitude": 36 + number % 997 / 5000},
        "region_code": district,
        "status": "offline" if number % 20 == 0 else "online",
        "attributes": {"manufacturer": "海信", "ptz": number % 3 == 0, "resolution": "1080p"},
    }


def chunks():
    for start in range(0, MEMBERS, CHUNK):
        yield b"".join(orjson.dumps(channel(number)) + b"\n" for number in range(start, min(start + CHUNK, MEMBERS)))


async def opened(url):
    store = await open_store(url)
    places = (("37", None), ("3702", "37"), *((district, "3702") for district in DISTRICTS))
    tree = [
        NewOrganization(
            id=id,
            parent=parent,
            title=Bilingual(zh=id, en=id),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DIVISION,
        )
        for id, parent in places
    ]
    keeper = Principal(id="keeper", kind=PrincipalKind.PERSON, title="Keeper", organization="3702")
    await found(store, system_clock, "bench", tree, keeper)
    await saved(store, POOL)
    return store


async def imported(store, prepared):
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="bench")
    readiness = Readiness(store.ping)
    server = await start_grpc(platform, readiness, Settings(grpc="127.0.0.1:0"))
    readiness.enter(Phase.SERVING)
    try:
        token = issuer.issue("keeper", lifetime=timedelta(hours=1))
        began = time.perf_counter()
        count = 0
        async for told in import_members(server.address, token, POOL.name, prepared):
            count += told
        return count, time.perf_counter() - began, platform
    finally:
        await server.stop(0)
        await platform.pipeline.drain()


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_url"])
def test_members_of_a_city(request, benchmark, database, row):
    """Imports the set once, told in rows a second, and asks of it what people ask."""
    url = request.getfixturevalue(database)
    prepared = list(chunks())
    figures = {}

    async def run():
        store = await opened(url)
        count, seconds, platform = await imported(store, iter(prepared))
        figures["members"], figures["members_a_second"] = count, round(count / seconds)
        async with platform.session("keeper") as session:
            questions = {
                "count": lambda: session.members.count(POOL.name),
                "count_offline": lambda: session.members.count(POOL.name, {"status": "offline"}),
                "first_page": lambda: session.members.page(POOL.name, first=200),
                "page_in_the_middle": lambda: session.members.page(POOL.name, first=200, after="37021300001320010000"),
                "page_of_text": lambda: session.members.page(POOL.name, {"text": "229999号"}, first=200),
                "one": lambda: session.members.member(f"{POOL.name}/members/{channel(4)['code']}"),
            }
            for name, ask in questions.items():
                began = time.perf_counter()
                await ask()
                figures[f"{name}_ms"] = round((time.perf_counter() - began) * 1000, 1)
        _, seconds, _ = await imported(store, iter(prepared[:10]))
        figures["replaced_a_second"] = round(10 * CHUNK / seconds)
        await store.close()

    benchmark.pedantic(lambda: asyncio.run(run()), rounds=1)
    for name, figure in figures.items():
        if name.endswith("_ms"):
            row(f"member sets: {name.removesuffix('_ms').replace('_', ' ')}", figure)
        elif name.endswith("_a_second"):
            row(f"member sets: {name.replace('_', ' ')}", figure, unit="rows/s", better="higher", target=10_000)
    assert figures["members"] == MEMBERS
