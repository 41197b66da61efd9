"""How organisations enter the catalogue."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ucs_registry import catalog
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import path_below
from ucs_registry.testing import ROOT, an_organization, founded
from ucs_sdk.errors import AlreadyExists, Invalid


async def test_organizations_enter_parents_first(memory_store: InMemoryStore) -> None:
    await founded(memory_store)
    async with memory_store.write() as unit:
        new = [an_organization("new", ROOT), an_organization("newer", "new")]
        added = await catalog.add_organizations(unit, new)
    assert [entry.path for entry in added] == ["/37/new/", "/37/new/newer/"]
    assert added[1].ancestors == ("37", "new", "newer")


@pytest.mark.parametrize(
    ("kind", "reason", "new"),
    [
        (AlreadyExists, "ORGANIZATION_TAKEN", [("3702", ROOT)]),
        (AlreadyExists, "ORGANIZATION_TAKEN", [("new", ROOT), ("new", ROOT)]),
        (Invalid, "ORGANIZATION_UNKNOWN", [("newer", "new"), ("new", ROOT)]),
        (Invalid, "ORGANIZATION_UNKNOWN", [("new", "new")]),
    ],
)
async def test_taken_and_orphaned_organizations_are_refused(
    memory_store: InMemoryStore, kind: type[Exception], reason: str, new: list[tuple[str, str]]
) -> None:
    await founded(memory_store)
    async with memory_store.write() as unit:
        with pytest.raises(kind) as refusal:
            await catalog.add_organizations(unit, [an_organization(*entry) for entry in new])
        assert refusal.value.reason == reason
        assert len(await unit.all_organizations()) == 6


@pytest.mark.parametrize("id", ["", "A", "-a", "a-", "a/b", "a_b", "a\n", "a" * 65, "水"])
def test_id_that_could_not_stand_in_a_path_is_refused(id: str) -> None:
    with pytest.raises(ValidationError):
        an_organization(id)


def test_path_of_a_root_begins_with_its_own_id() -> None:
    assert path_below(None, "37") == "/37/"
