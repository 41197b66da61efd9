"""What every store tells an export."""

from __future__ import annotations

from ucs_registry.ports import Store
from ucs_registry.ports.exporting import ExportPlace
from ucs_registry.testing.builders import a_resource, an_id, founded
from ucs_sdk.vocabulary import ResourceKind


class ExportContract:
    """Where resources stand in an export."""

    async def test_places_are_told_of_those_that_exist(self, store: Store) -> None:
        await founded(store, a_resource(1, kind=ResourceKind.DATA), a_resource(2, kind=ResourceKind.COMPONENT))
        async with store.read() as reader:
            known = await reader.resources([an_id(1), an_id(2)])
            asked = [an_id(2), an_id(9), an_id(1), an_id(2), "\x00", "\ud800", ""]
            places = await reader.export_places(asked)
            assert places == {id: ExportPlace(resource.kind, resource.code) for id, resource in known.items()}
            assert await reader.export_places([]) == {}
