"""What every store holds of resources, their revisions, edges and cells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ucs_registry.ports import Edge, Store
from ucs_registry.resources import Dependency, Point
from ucs_registry.testing.builders import NOW, a_resource, a_revision, a_visibility, an_id, founded, saved
from ucs_registry.testing.organizations import HOSTILE
from ucs_registry.visibility import ALLOWED, DENIED
from ucs_sdk.errors import AlreadyExists, Invalid
from ucs_sdk.vocabulary import Availability, DataLevel, DependencyRelation, ReviewState, ShareType


def needs(*numbers: int, relation: DependencyRelation = DependencyRelation.READS) -> tuple[Dependency, ...]:
    """Dependencies on resources by their numbers."""
    return tuple(Dependency(target=f"resources/{an_id(number)}", relation=relation) for number in numbers)


class ResourcesContract:
    """Resources: what goes in comes out, and codes are unique."""

    async def test_resource_comes_back_equal(self, store: Store) -> None:
        resource = a_resource(
            title_zh="易积水点 𠮷 监测",
            title_en="Waterlogging “points” — it's 100% \\ fine",
            tags=("防汛", "Ω", "防汛"),
            location=Point(longitude=120.38264, latitude=36.06700000000001),
            share_type=ShareType.CONDITIONAL,
            share_condition="按需申请",
            issued_on=date(2026, 2, 28),
            conforms_to=("GB/T 21063",),
            related_codes=("OTHER/1",),
            dependencies=needs(2),
            synthetic=True,
            contact="值班室",
            spec={"深": [1, 2.5, -0.0, 1e300, 2**53, None, True, {"": "😀\\u0000"}], "a": {}},
            availability_reason="维护 'quoted' \"double\"",
            updated_at=NOW + timedelta(microseconds=1),
        )
        await founded(store, resource)
        async with store.read() as reader:
            kept = await reader.resource(resource.id)
            assert kept == resource
            assert kept is not None
            assert kept.digest == resource.digest
            assert await reader.resource_by_code(resource.code) == resource
            assert await reader.resources_by_code([resource.code, "nobody's", "\0"]) == {resource.code: resource}
            assert await reader.resources([resource.id, an_id(9)]) == {resource.id: resource}

    async def test_resources_that_do_not_exist_are_left_out(self, store: Store) -> None:
        await founded(store, a_resource())
        async with store.read() as reader:
            for id in HOSTILE:
                assert await reader.resource(id) is None
                assert await reader.resource_by_code(id) is None
                assert await reader.cell(id) is None
                assert await reader.revisions(id) == []
            assert await reader.resources([*HOSTILE, an_id(1)]) == {an_id(1): a_resource()}
            assert await reader.dependencies(HOSTILE) == []
            assert await reader.dependants(HOSTILE) == []

    async def test_many_ids_are_asked_for_at_once(self, store: Store) -> None:
        await founded(store, *map(a_resource, range(50)))
        async with store.read() as reader:
            assert len(await reader.resources(an_id(number) for number in range(40_000))) == 50
            assert len(await reader.organizations([*(f"x{number}" for number in range(40_000)), "37"])) == 1

    async def test_head_and_current_revision_are_kept_apart(self, store: Store) -> None:
        current = a_revision(1, title_zh="现行")
        draft = a_revision(2, ReviewState.DRAFT, title_zh="草稿")
        await founded(store, a_resource(head=current))
        await saved(store, a_resource(head=draft, current=current, version=2))
        async with store.read() as reader:
            assert await reader.resource(an_id(1)) == a_resource(head=draft, current=current, version=2)
            assert await reader.revisions(an_id(1)) == [draft, current]

    async def test_resource_without_approval_has_no_current_revision(self, store: Store) -> None:
        await founded(store, a_resource(head=a_revision(1, ReviewState.DRAFT)))
        async with store.read() as reader:
            kept = await reader.resource(an_id(1))
        assert kept is not None
        assert kept.current is None

    async def test_review_of_a_revision_moves_on(self, store: Store) -> None:
        draft = a_revision(1, ReviewState.IN_REVIEW)
        rejected = draft.model_copy(
            update={
                "state": ReviewState.REJECTED,
                "submitter": "principals/editor",
                "submitted_at": NOW,
                "reviewer": "principals/reviewer",
                "reviewed_at": NOW + timedelta(seconds=1),
                "reason": "缺少依据",
                "authors": ("principals/a", "principals/b"),
            }
        )
        await founded(store, a_resource(head=draft))
        await saved(store, a_resource(head=rejected, version=2))
        async with store.read() as reader:
            assert await reader.revisions(an_id(1)) == [rejected]
            assert await reader.resource(an_id(1)) == a_resource(head=rejected, version=2)

    async def test_code_of_another_resource_is_refused(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.write() as unit:
            with pytest.raises(AlreadyExists) as refusal:
                await unit.save([a_resource(2), a_resource(3, code="CODE-000001")])
            assert (refusal.value.reason, refusal.value.fields["taken"]) == ("CODE_TAKEN", "CODE-000001")
            assert refusal.value.fields["path"] == "code"
            # The unit stands as before the call, and goes on.
            assert await unit.resource(an_id(2)) is None
            await unit.save([a_resource(4)])
            await unit.commit()
        async with store.read() as reader:
            assert set(await reader.resources(map(an_id, range(9)))) == {an_id(1), an_id(4)}

    async def test_code_twice_in_one_call_is_refused(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            with pytest.raises(AlreadyExists):
                await unit.save([a_resource(1, code="SAME"), a_resource(2, code="SAME")])

    async def test_owner_that_does_not_exist_is_refused(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            with pytest.raises(Invalid) as refusal:
                await unit.save([a_resource(1), a_resource(2, owner="nobody")])
            assert refusal.value.reason == "ORGANIZATION_UNKNOWN"
            assert await unit.resource(an_id(1)) is None

    async def test_same_resource_twice_in_one_call_takes_both_states(self, store: Store) -> None:
        await founded(store)
        later = a_resource(head=a_revision(2), version=2)
        await saved(store, a_resource(head=a_revision(1)), later)
        async with store.read() as reader:
            assert await reader.resource(an_id(1)) == later
            assert await reader.revisions(an_id(1)) == [a_revision(2), a_revision(1)]


class DependenciesContract:
    """Dependencies: the live edges are those of the revision that stands for the resource."""

    async def test_edges_are_seen_from_both_ends(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1),
            a_resource(2),
            a_resource(3, dependencies=needs(2, 1)),
            a_resource(4, dependencies=needs(1) + needs(1, relation=DependencyRelation.CALLS) + needs(1)),
        )
        async with store.read() as reader:
            leaving = await reader.dependencies([an_id(4), an_id(3), an_id(1)])
            arriving = await reader.dependants([an_id(2), an_id(1)])
        assert [_plain(edge) for edge in leaving] == [
            (3, 1, "reads"),
            (3, 2, "reads"),
            (4, 1, "reads"),
            (4, 1, "calls"),
        ]
        assert [_plain(edge) for edge in arriving] == [
            (3, 1, "reads"),
            (4, 1, "reads"),
            (4, 1, "calls"),
            (3, 2, "reads"),
        ]

    async def test_edges_that_arrive_are_bounded_at_each_resource(self, store: Store) -> None:
        await founded(store, *map(a_resource, (1, 2)), *(a_resource(n, dependencies=needs(1, 2)) for n in range(3, 9)))
        async with store.read() as reader:
            for first in (1, 4, 6, 7):
                arriving = await reader.dependants([an_id(2), an_id(1), an_id(9)], first=first)
                expected = [(source, target, "reads") for target in (1, 2) for source in list(range(3, 9))[:first]]
                assert [_plain(edge) for edge in arriving] == expected

    async def test_edges_of_hidden_sources_do_not_arrive_nor_take_a_place(self, store: Store) -> None:
        hidden = [a_resource(n, dependencies=needs(1), data_level=DataLevel.L4) for n in (2, 3, 6)]
        shown = [a_resource(n, dependencies=needs(1)) for n in (4, 5, 7, 8)]
        await founded(store, a_resource(1), *hidden, *shown)
        async with store.read() as reader:
            cells = {await reader.cell(resource.id) for resource in hidden}
            seen = a_visibility(bytes(DENIED if cell in cells else ALLOWED for cell in range(reader.head.cells)))
            for first, expected in ((2, [4, 5]), (4, [4, 5, 7, 8]), (None, [4, 5, 7, 8])):
                arriving = await reader.dependants([an_id(1)], seen, first=first)
                assert [_plain(edge) for edge in arriving] == [(source, 1, "reads") for source in expected]

    async def test_edge_keeps_its_version(self, store: Store) -> None:
        link = Dependency(target=f"resources/{an_id(1)}", relation=DependencyRelation.RUNS_ON, version="v2'")
        await founded(store, a_resource(1), a_resource(2, dependencies=(link,)))
        async with store.read() as reader:
            [edge] = await reader.dependants([an_id(1)])
        assert (edge.source, edge.dependency) == (f"resources/{an_id(2)}", link)

    async def test_draft_of_an_approved_resource_has_no_live_edges(self, store: Store) -> None:
        current = a_revision(1, dependencies=needs(8))
        draft = a_revision(2, ReviewState.DRAFT, dependencies=needs(9))
        approved = draft.model_copy(update={"state": ReviewState.APPROVED})
        await founded(store, a_resource(head=current))
        await saved(store, a_resource(head=draft, current=current))
        async with store.read() as reader:
            assert [_plain(edge) for edge in await reader.dependencies([an_id(1)])] == [(1, 8, "reads")]
        await saved(store, a_resource(head=approved, current=approved))
        async with store.read() as reader:
            assert [_plain(edge) for edge in await reader.dependencies([an_id(1)])] == [(1, 9, "reads")]
            assert await reader.dependants([an_id(8)]) == []

    async def test_first_draft_has_live_edges(self, store: Store) -> None:
        await founded(store, a_resource(head=a_revision(1, ReviewState.DRAFT, dependencies=needs(8))))
        async with store.read() as reader:
            assert [_plain(edge) for edge in await reader.dependants([an_id(8)])] == [(1, 8, "reads")]


class CellsContract:
    """Cells: numbered from 0 without gaps, for ever."""

    async def test_equal_attributes_share_a_cell(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2), a_resource(3, data_level=DataLevel.L4))
        async with store.read() as reader:
            numbers = [await reader.cell(an_id(number)) for number in (1, 2, 3)]
            assert numbers == [0, 0, 1]
            cells = await reader.cells(0)
            assert [cell.number for cell in cells] == [0, 1]
            assert [cell.attributes for cell in cells] == [
                a_resource().access,
                a_resource(data_level=DataLevel.L4).access,
            ]
            assert await reader.cells(1) == cells[1:]
            assert (await reader.cells(0, 1), await reader.cells(1, 9)) == (cells[:1], cells[1:])
            assert await reader.cells(2) == []
            assert reader.head.cells == 2

    async def test_resource_moves_between_cells(self, store: Store) -> None:
        await founded(store, a_resource(1))
        await saved(store, a_resource(1, availability=Availability.RETIRED, version=2))
        await saved(store, a_resource(2, availability=Availability.RETIRED))
        async with store.read() as reader:
            assert [await reader.cell(an_id(number)) for number in (1, 2)] == [1, 1]
            assert [cell.attributes.state for cell in await reader.cells(0)] == ["online", "retired"]
            assert reader.head.cells == 2

    async def test_cell_of_a_lost_unit_leaves_no_gap(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.write() as unit:
            await unit.save([a_resource(2, data_level=DataLevel.L2), a_resource(3, data_level=DataLevel.L3)])
            assert [cell.number for cell in await unit.cells(0)] == [0, 1, 2]
        await saved(store, a_resource(4, data_level=DataLevel.L4))
        async with store.read() as reader:
            assert [cell.attributes.data_level for cell in await reader.cells(0)] == ["l1", "l4"]

    async def test_cells_of_one_unit_are_numbered_on(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await unit.save([a_resource(1)])
            await unit.save([a_resource(2, owner="water"), a_resource(3)])
            await unit.commit()
        async with store.read() as reader:
            assert [cell.attributes.owner for cell in await reader.cells(0)] == ["37", "water"]
            assert reader.head.cells == 2


def _plain(edge: Edge) -> tuple[int, int, str]:
    link = edge.dependency
    return int(edge.source[-26:]), int(link.target[-26:]), link.relation.value
