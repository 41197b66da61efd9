"""Broken stores of members, each of which the contract catches."""

from __future__ import annotations

import pytest

from memory_twins import Twin
from ucs_registry.members import Member
from ucs_registry.memory import MemoryReader, MemoryUnit
from ucs_registry.testing import StoreContract


class CountsWhatIsSent(Twin):
    """Every member that is put counts as new."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def put_members(self, resource, members, at):
            await super().put_members(resource, members, at)
            return len(members)


class ForgetsWhenItWasCreated(Twin):
    """A member that is replaced counts as created anew."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def put_members(self, resource, members, at):
            await self.remove_members(resource, [member.code for member in members])
            return await super().put_members(resource, members, at)


class KeepsOneSet(Twin):
    """A member is known by its code alone."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def remove_members(self, resource, codes=None):
            for other in [*self._state.members]:
                removed = await super().remove_members(other, codes)
            return removed


class WritesIntoWhatIsRead(Twin):
    """A set is changed where it stands, under those who read it."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def put_members(self, resource, members, at):
            kept = self._state.members.setdefault(resource, {})
            added = len({member.code for member in members} - kept.keys())
            kept.update({new.code: Member(**dict(new), created_at=at, updated_at=at) for new in members})
            return added


class FindsCaseByCase(Twin):
    """A text is found only as it is written."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def find_members(self, resource, filter, **span):
            found = await super().find_members(resource, filter, **span)
            return [item for item in found if (filter.text or "") in f"{item.title.zh}{item.title.en}"]


class CutsBeforeItFilters(Twin):
    """A page is cut first, and filtered then."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def find_members(self, resource, filter, **span):
            kept = sorted(self._state.members.get(resource, {}).values(), key=lambda item: item.code)
            return [item for item in kept[:1] if filter.holds(item)]


class ReadsFromTheFrontAlone(Twin):
    """The last of a set are taken for the first."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def find_members(self, resource, filter, *, backward=False, **span):
            return await super().find_members(resource, filter, **span)


class EndsNowhere(Twin):
    """A page goes on to the end of the set, whatever it is to end ahead of."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def find_members(self, resource, filter, *, before=None, **span):
            return await super().find_members(resource, filter, **span)


TWINS = (
    (CountsWhatIsSent, "test_of_a_code_that_is_put_twice_the_last_counts"),
    (CountsWhatIsSent, "test_large_batch_is_counted_exactly"),
    (ForgetsWhenItWasCreated, "test_member_replaced_keeps_when_it_was_created"),
    (KeepsOneSet, "test_removed_members_are_gone_and_counted"),
    (KeepsOneSet, "test_whole_set_is_removed_alone"),
    (WritesIntoWhatIsRead, "test_reader_keeps_the_members_that_it_opened_on"),
    (WritesIntoWhatIsRead, "test_lost_unit_leaves_members_alone"),
    (FindsCaseByCase, "test_text_is_found_in_either_title_whatever_its_case"),
    (CutsBeforeItFilters, "test_each_part_of_a_filter_must_hold"),
    (ReadsFromTheFrontAlone, "test_members_are_read_from_either_end"),
    (EndsNowhere, "test_members_are_read_from_either_end"),
)


@pytest.mark.parametrize(("twin", "promise"), TWINS, ids=lambda value: getattr(value, "__name__", value))
async def test_contract_catches_the_twin(twin: type[Twin], promise: str) -> None:
    check = getattr(StoreContract(), promise)
    await check(Twin())
    with pytest.raises(AssertionError):
        await check(twin())
