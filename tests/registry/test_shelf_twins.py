"""Stores with a broken bin, each of which the contract catches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory_twins import Twin
from ucs_registry.memory import MemoryReader, MemoryUnit
from ucs_registry.testing import StoreContract


class SetsTheCodeFree(Twin):
    """What is in the bin holds neither its code nor its id."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        def _check_bin(self, resources):
            pass


class ForgetsOlderRevisions(Twin):
    """What comes back has no history."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def delete(self, deleted):
            await super().delete(replace(deleted, revisions=deleted.revisions[:1]))


class LeavesItsEdges(Twin):
    """What is deleted still arrives where it led to."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def delete(self, deleted):
            arrivals = self._state.arrivals
            await super().delete(deleted)
            self._writable("arrivals").update(arrivals)
            self._writable("resources")[deleted.resource.id] = deleted.resource


class DeletesUnderReaders(Twin):
    """Deleting changes what others read."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def delete(self, deleted):
            shared = self._state.resources
            await super().delete(deleted)
            del shared[deleted.resource.id]


class HoldsByDrafts(Twin):
    """Whatever points at a resource holds it."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _holding(self, id, visibility):
            return sorted(self._state.arrivals.get(f"resources/{id}", ()))


class HoldsByWhatIsHidden(Twin):
    """What may not be seen is named among those that hold a resource."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _holding(self, id, visibility):
            return super()._holding(id, None)


class AffectedByWhatIsHidden(Twin):
    """What is deprecated shows, by what it affects, though it may not be seen."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _affected(self, query):
            return super()._affected(replace(query, deprecated_to=None))


class ShowsTheWholeBin(Twin):
    """The bin is everybody's."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def bin_page(self, *, approved, drafts, **span):
            return await super().bin_page(approved=None, drafts=None, **span)


class MixesDraftsAndOthers(Twin):
    """What was never approved is shown like what was."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def bin_page(self, *, approved, drafts, **span):
            return await super().bin_page(approved=approved, drafts=approved, **span)


class PurgesTooEarly(Twin):
    """What was deleted is due at once."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def due(self, at, *, first):
            return sorted(self._state.bin)[:first]


@pytest.mark.parametrize(
    ("twin", "promise"),
    [
        (SetsTheCodeFree, "test_code_and_id_stay_taken_until_the_purge"),
        (ForgetsOlderRevisions, "test_deleted_resource_comes_back_whole"),
        (LeavesItsEdges, "test_deleted_resource_is_nowhere_but_in_the_bin"),
        (DeletesUnderReaders, "test_reader_keeps_what_is_deleted_meanwhile"),
        (DeletesUnderReaders, "test_deletion_of_a_lost_unit_deletes_nothing"),
        (HoldsByDrafts, "test_only_what_is_in_use_holds"),
        (HoldsByWhatIsHidden, "test_only_what_is_in_use_holds"),
        (AffectedByWhatIsHidden, "test_what_a_visible_deprecation_affects_is_found"),
        (ShowsTheWholeBin, "test_bin_is_paged_by_what_may_be_taken_back"),
        (MixesDraftsAndOthers, "test_bin_is_paged_by_what_may_be_taken_back"),
        (PurgesTooEarly, "test_bin_is_paged_by_what_may_be_taken_back"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_contract_catches_the_twin(twin: type[Twin], promise: str) -> None:
    check = getattr(StoreContract(), promise)
    await check(Twin())
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await check(twin())
