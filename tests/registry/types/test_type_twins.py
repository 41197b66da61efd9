"""Broken stores of types, each of which the contract catches."""

from __future__ import annotations

import pytest

from memory_twins import Twin
from ucs_registry.memory import InMemoryStore, MemoryReader, MemoryUnit
from ucs_registry.testing import StoreContract


class KeepsTheStamp(Twin):
    """What is entered does not move the stamp: nobody would read it again."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        @property
        def types_stamp(self):
            return self._head.types_stamp


class StampsAtTheCommit(Twin):
    """A unit tells of the state before it, so that what it entered could be taken for that state."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        @property
        def types_stamp(self):
            return super().types_stamp if not self._open else self._head.types_stamp


class ServesTheFirstVersion(Twin):
    """Of the versions of a type the first counts."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def types(self):
            first = {id: self._state.types[id, version] for id, version in sorted(self._state.types, reverse=True)}
            return [first[id] for id in sorted(first)]


class ShowsSpecsToAll(Twin):
    """Specs do not ask who reads them."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def specs(self, type, visibility, *, after, first):
            return await super().specs(type, None, after=after, first=first)


class ShowsSpecsOfDrafts(Twin):
    """The spec of a draft stands for a resource that has an approved one."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def specs(self, type, visibility, *, after, first):
            rows = await super().specs(type, visibility, after=after, first=first)
            return [row._replace(spec=self._state.resources[row.id].head.content.spec) for row in rows]


@pytest.mark.parametrize(
    ("store", "promise"),
    [
        (KeepsTheStamp, "test_the_stamp_is_new_with_every_change_and_with_nothing_else"),
        (StampsAtTheCommit, "test_what_was_not_committed_was_never_known"),
        (ServesTheFirstVersion, "test_the_latest_version_counts_and_the_others_are_kept"),
        (ShowsSpecsToAll, "test_specs_are_those_that_stand_for_visible_resources_of_a_type"),
        (ShowsSpecsOfDrafts, "test_specs_are_those_that_stand_for_visible_resources_of_a_type"),
    ],
)
async def test_a_broken_store_is_caught(store: type[Twin], promise: str) -> None:
    await getattr(StoreContract(), promise)(InMemoryStore())
    with pytest.raises(AssertionError):
        await getattr(StoreContract(), promise)(store())
