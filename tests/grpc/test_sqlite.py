"""The same door over the database that a platform starts with."""

import asyncio

from ucs.registry.v1 import finding_pb2, resource_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1 import vocabulary_pb2 as words
from ucs_registry.sql import open_store, upgrade


async def test_a_resource_goes_online_and_an_import_lands_on_sqlite(open_door, settle_city, publish, new, tmp_path):
    url = f"sqlite:///{tmp_path / 'ucs.db'}"
    await asyncio.to_thread(upgrade, url)
    store = await open_store(url)
    async with open_door(store) as door:
        await settle_city(store, door.platform)
        online = await publish(door)
        chunk = [new(f"A-{at}", kind=resource_pb2.ImportedResource) for at in range(30)]
        await door["admin"].resources.Import(iter([api.ImportResourcesRequest(resources=chunk)]))
        listed = await door["roads"].resources.List(
            api.ListResourcesRequest(include_counts=True, page_size=5, filter=finding_pb2.ResourceFilter(search="积水"))
        )
    await store.close()
    assert online.availability == words.AVAILABILITY_ONLINE
    assert (listed.total_size, len(listed.resources)) == (31, 5)
