"""A plugin's types and resources come into the catalogue when it is enabled, and go to rest with it."""

from __future__ import annotations

from typing import Any

import pytest
from plugin_city import PluginCity, written

from ucs_core.platform import Call
from ucs_core.platform.extending import publishing
from ucs_registry.types import known_types
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.plugins import FoundPlugin
from ucs_sdk.vocabulary import Availability, ReviewState

BRINGS = """
from ucs_sdk import PublishedResource, ResourceKind, ResourceType, hookimpl
DATA = ResourceKind.DATA
@hookimpl
def ucs_resource_types():
    return [ResourceType(id={type!r}, kind=DATA, title_zh="井", title_en="Well", schema={schema!r})]
@hookimpl
async def ucs_resources():
    return [
        PublishedResource(code=code, kind=DATA, type={type!r}, title_zh="井", title_en="Well", spec=spec)
        for code, spec in {resources!r}
    ]
"""

PERMISSIONS = 'permissions = ["types", "resources"]\n'

SCHEMA = {"type": "object", "properties": {"depth": {"type": "number"}}}

FOUNDER = Call(principal="founder")


def wells(city: PluginCity, version: str = "1.0", name: str = "wells", **changes: Any) -> FoundPlugin:
    stated = {"type": "well", "schema": SCHEMA, "resources": [("WELL-1", {"depth": 4}), ("WELL-2", {"depth": 5})]}
    return written(city.folder, name, BRINGS.format(**stated | changes), PERMISSIONS, version)


async def standing(city: PluginCity, code: str = "WELL-1") -> Any:
    async with city.store.read() as reader:
        return await reader.resource_by_code(code)


async def type_of(city: PluginCity, id: str = "well") -> Any:
    async with city.store.read() as reader:
        return (await known_types(reader)).types.get(id)


async def test_types_and_resources_come_with_the_enabling_call(city: PluginCity) -> None:
    await city.enable(wells(city))
    well, type = await standing(city), await type_of(city)
    assert (type.version, type.title.en, type.schema) == (1, "Well", SCHEMA)
    assert (well.owner, well.type, well.availability) == ("water", "well", Availability.ONLINE)
    assert (well.current.state, well.current.content.spec) == (ReviewState.APPROVED, {"depth": 4})
    objects = [entry.object for entry in await city.entries("plugins.enable") if entry.outcome == "accepted"]
    assert {"types/well", well.name, "plugins/wells"} <= set(objects)
    async with city.store.read() as reader:
        [row] = await reader.plugins()
    assert (row.types, row.resources[0]) == (("well",), well.id)


async def test_what_changed_becomes_a_new_version_and_a_new_revision(city: PluginCity) -> None:
    await city.enable(wells(city))
    first = await standing(city)
    await city.enable(wells(city))
    assert (await standing(city)).version == first.version
    wider = {"type": "object", "properties": {"depth": {"type": ["number", "string"]}}}
    await city.enable(wells(city, "2.0", schema=wider, resources=[("WELL-1", {"depth": "deep"})]))
    well = await standing(city)
    assert (await type_of(city)).version == 2
    assert (well.id, well.current.number, well.current.content.spec) == (first.id, 2, {"depth": "deep"})
    gone = await standing(city, "WELL-2")
    assert (gone.availability, gone.availability_reason) == (Availability.SUSPENDED, publishing.NOT_PUBLISHED)


async def test_they_rest_while_the_plugin_is_disabled(city: PluginCity) -> None:
    await city.enable(wells(city))
    await city.platform.disable_plugin(FOUNDER, "wells", reason="dry")
    well = await standing(city)
    assert (well.availability, well.availability_reason) == (Availability.SUSPENDED, "dry")
    assert (await type_of(city)).version == 1
    await city.enable(wells(city))
    assert (await standing(city)).availability is Availability.ONLINE


async def test_what_cannot_be_entered_keeps_the_plugin_from_being_enabled(city: PluginCity, refused: Any) -> None:
    other = await refused(city.enable(wells(city, type="dataset")))
    assert (other.reason, other.fields["path"]) == ("PLUGIN_TYPE_TAKEN", "resource_types.dataset")
    misfit = await refused(city.enable(wells(city, resources=[("WELL-1", {"depth": "deep"})])))
    assert misfit.reason == "SPEC_INVALID"
    unnamed = await refused(city.enable(wells(city, resources=[("no code", {})])))
    assert unnamed.fields["path"] == "resources.no code.code"
    assert await type_of(city) is None
    assert city.platform.extensions.table.plugins == {}


async def test_a_plugin_takes_neither_types_nor_codes_of_another(city: PluginCity, refused: Any) -> None:
    await city.enable(wells(city))
    taken = await refused(city.enable(wells(city, name="pits", schema={"type": "object"}, resources=[])))
    assert taken.reason == "PLUGIN_TYPE_TAKEN"
    code = await refused(city.enable(wells(city, name="pits")))
    assert (code.reason, code.fields["taken"]) == ("CODE_TAKEN", "WELL-1")
    assert (await standing(city)).current.number == 1


async def test_a_version_that_breaks_a_type_is_refused(small: PluginCity, refused: Any) -> None:
    await small.enable(wells(small))
    narrower = {**SCHEMA, "required": ["depth"]}
    error = await refused(small.enable(wells(small, "2.0", schema=narrower)))
    assert (error.reason, error.fields["path"]) == ("TYPE_INCOMPATIBLE", "resource_types.well.schema")
    assert small.platform.extensions.table.plugins["wells"].version == "1.0"


async def test_a_plugin_brings_no_more_than_its_bound(small: PluginCity, refused: Any) -> None:
    many = [(f"WELL-{at}", {}) for at in range(publishing.RESOURCES_MOST + 1)]
    assert (await refused(small.enable(wells(small, resources=many)))).reason == "FIELD_TOO_LONG"
    assert (await refused(small.enable(wells(small, resources=[("WELL-1", {})] * 2)))).reason == "CODE_TAKEN"


async def test_taking_over_what_another_has_brought_is_found(small: PluginCity) -> None:
    """The twin: a row that claims what is another's lets the plugin write it, so the claim is what is tested above."""
    await small.enable(wells(small))
    async with small.store.write() as unit:
        [row] = await unit.plugins()
        await unit.put_plugin(row.model_copy(update={"name": "pits"}))
        await unit.commit()
    await small.enable(wells(small, name="pits", resources=[("WELL-1", {"depth": 9})]))
    assert (await standing(small)).current.content.spec == {"depth": 9}


async def test_bringing_needs_the_permission(small: PluginCity) -> None:
    found = written(
        small.folder, "wells", BRINGS.format(type="well", schema={}, resources=[]), 'permissions = ["types"]\n'
    )
    with pytest.raises(UcsError) as caught:
        await small.enable(found)
    assert (caught.value.reason, isinstance(caught.value, Invalid)) == ("PERMISSION_UNSTATED", True)
