"""What every store holds of organisations."""

from __future__ import annotations

from ucs_registry.ports import Reader, Store
from ucs_registry.testing.builders import ROOT, an_organization, founded
from ucs_sdk.vocabulary import OrganizationLevel

HOSTILE = ("", "%", "_", "'", '"', "a\x00b", "\x00", "\ud800", "37' OR '1'='1", "😀", "37\n", "ROOT", "/37/")
"""Ids that nothing has, some of which a database would not even take as a parameter."""


class OrganizationsContract:
    """Organisations: numbers, paths, children, subtrees."""

    async def test_organizations_get_numbers_and_paths(self, store: Store) -> None:
        async with store.write() as unit:
            first = await unit.add_organizations([an_organization(), an_organization("3702", ROOT)])
            second = await unit.add_organizations([an_organization("370202", "3702")])
            await unit.commit()
        assert [entry.number for entry in (*first, *second)] == [0, 1, 2]
        assert [entry.path for entry in (*first, *second)] == ["/37/", "/37/3702/", "/37/3702/370202/"]
        async with store.read() as reader:
            assert await reader.all_organizations() == [*first, *second]

    async def test_organization_comes_back_equal(self, store: Store) -> None:
        new = an_organization(
            "3702", level=OrganizationLevel.DISTRICT, region_code="3702", source="GB/T 2260", synthetic=True
        )
        async with store.write() as unit:
            [added] = await unit.add_organizations([new])
            await unit.commit()
        async with store.read() as reader:
            kept = await reader.organization("3702")
        assert kept == added
        assert kept is not None
        assert kept.model_dump(include=set(type(new).model_fields)) == new.model_dump()

    async def test_numbers_are_not_reused_after_a_rollback(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await unit.add_organizations([an_organization("lost", ROOT)])
        async with store.write() as unit:
            [kept] = await unit.add_organizations([an_organization("kept", ROOT)])
            await unit.commit()
        async with store.read() as reader:
            numbers = [entry.number for entry in await reader.all_organizations()]
        assert numbers == list(range(7))
        assert kept.number == 6

    async def test_unknown_organizations_are_left_out(self, store: Store) -> None:
        await founded(store)
        async with store.read() as reader:
            assert set(await reader.organizations(["water", "nobody", "37", "37", *HOSTILE])) == {"water", "37"}
            assert await reader.organizations([]) == {}
            for id in HOSTILE:
                assert await reader.organization(id) is None
                assert await reader.children(id, after=None, first=9) == []
                assert await reader.subtree(id, after=None, first=9) == []

    async def test_children_are_paged_by_id(self, store: Store) -> None:
        await founded(store)
        async with store.read() as reader:
            assert await _children(reader, None) == ["37", "370"]
            assert await _children(reader, "37") == ["3702", "3706"]
            assert await _children(reader, "3702") == ["370202", "water"]
            assert await _children(reader, "water") == []
            assert await _children(reader, "3702", first=1) == ["370202"]
            assert await _children(reader, "3702", after="370202") == ["water"]
            assert await _children(reader, "3702", after="water") == []

    async def test_subtree_is_the_root_and_all_below_it(self, store: Store) -> None:
        await founded(store)
        async with store.read() as reader:
            assert await _subtree(reader, "37") == ["37", "3702", "370202", "3706", "water"]
            assert await _subtree(reader, "3702") == ["3702", "370202", "water"]
            assert await _subtree(reader, "370") == ["370"]
            assert await _subtree(reader, "37", after="370202", first=1) == ["3706"]


async def _children(reader: Reader, parent: str | None, after: str | None = None, first: int = 99) -> list[str]:
    return [entry.id for entry in await reader.children(parent, after=after, first=first)]


async def _subtree(reader: Reader, root: str, after: str | None = None, first: int = 99) -> list[str]:
    return [entry.id for entry in await reader.subtree(root, after=after, first=first)]
