"""What every store promises of member sets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ucs_registry.members import Member, MemberFilter, MemberTitle, NewMember
from ucs_registry.ports import Reader, Store
from ucs_registry.resources import Point
from ucs_registry.testing.builders import NOW, a_resource, an_id, founded
from ucs_sdk.vocabulary import MemberStatus

POOL, OTHER = an_id(1), an_id(2)


def a_member(code: str, **changes: Any) -> NewMember:  # noqa: ANN401 -- any field
    """A member to be entered; `zh` and `en` stand for its title."""
    title = MemberTitle(zh=changes.pop("zh", f"通道{code}"), en=changes.pop("en", None))
    fields: dict[str, Any] = {"code": code, "title": title}
    return NewMember(**fields | changes)


def kept(new: NewMember, created_at: datetime = NOW, updated_at: datetime = NOW) -> Member:
    """What a store tells of a member that was put."""
    return Member(**dict(new), created_at=created_at, updated_at=updated_at)


async def put(store: Store, resource: str, *members: NewMember, at: datetime = NOW) -> int:
    """Put members in a unit of their own; how many are new."""
    async with store.write() as unit:
        added = await unit.put_members(resource, members, at)
        await unit.commit()
    return added


async def codes(reader: Reader, resource: str = POOL, first: int = 99, after: str | None = None, **filter: Any) -> str:  # noqa: ANN401 -- any filter
    """The codes of a page of members, in its order."""
    found = await reader.find_members(resource, MemberFilter(**filter), after=after, first=first)
    return " ".join(member.code for member in found)


class MembersContract:
    """Members are kept by resource and code, and counted as they come and go."""

    async def test_member_comes_back_as_it_was_put(self, store: Store) -> None:
        whole = a_member(
            "37020000001320000001",
            zh="栈桥",
            en="Zhanqiao Pier",
            location=Point(longitude=120.3162, latitude=36.0603),
            region_code="370202",
            status=MemberStatus.ONLINE,
            attributes={"ptz": True, "direction": 12.5, "lenses": [1, {"f": None}], "address": "太平路"},
        )
        bare = a_member("b")
        assert await put(store, POOL, whole, bare) == 2
        async with store.read() as reader:
            assert await reader.members(POOL, ["b", whole.code, "c", "b"]) == {
                "b": kept(bare),
                whole.code: kept(whole),
            }
            assert await reader.find_members(POOL, MemberFilter(), first=9) == [kept(whole), kept(bare)]

    async def test_member_replaced_keeps_when_it_was_created(self, store: Store) -> None:
        await put(store, POOL, a_member("a", attributes={"x": 1}))
        later = NOW + timedelta(days=1)
        new = a_member("a", zh="新名")
        assert await put(store, POOL, new, a_member("b"), at=later) == 1
        async with store.read() as reader:
            assert await reader.members(POOL, ["a"]) == {"a": kept(new, NOW, later)}
            assert await reader.member_counts([POOL]) == {POOL: 2}

    async def test_of_a_code_that_is_put_twice_the_last_counts(self, store: Store) -> None:
        assert await put(store, POOL, a_member("a", zh="一"), a_member("b"), a_member("a", zh="二")) == 2
        async with store.read() as reader:
            assert (await reader.members(POOL, ["a"]))["a"].title.zh == "二"
            assert await reader.member_counts([POOL]) == {POOL: 2}

    async def test_sets_are_apart(self, store: Store) -> None:
        await put(store, POOL, a_member("a", zh="甲"), a_member("b"))
        await put(store, OTHER, a_member("a", zh="乙"))
        async with store.read() as reader:
            assert await reader.member_counts([POOL, OTHER, an_id(3), POOL]) == {POOL: 2, OTHER: 1}
            assert (await reader.members(OTHER, ["a", "b"]))["a"].title.zh == "乙"
            assert await codes(reader, OTHER) == "a"
            assert await reader.member_counts([]) == {}
            assert await reader.members(POOL, []) == {}

    async def test_nothing_put_is_nothing_counted(self, store: Store) -> None:
        assert await put(store, POOL) == 0
        async with store.read() as reader:
            assert await reader.member_counts([POOL]) == {}
            assert await reader.count_members(POOL, MemberFilter()) == 0

    async def test_set_outlives_its_resource(self, store: Store) -> None:
        await founded(store, a_resource())
        await put(store, an_id(99), a_member("a"))
        async with store.read() as reader:
            assert await reader.member_counts([an_id(99)]) == {an_id(99): 1}

    async def test_removed_members_are_gone_and_counted(self, store: Store) -> None:
        await put(store, POOL, *map(a_member, "abcd"))
        await put(store, OTHER, a_member("a"))
        async with store.write() as unit:
            assert await unit.remove_members(POOL, ["a", "c", "x", "a"]) == 2
            assert await unit.remove_members(POOL, ["a", "\x00"]) == 0
            assert await unit.remove_members(POOL, []) == 0
            await unit.commit()
        async with store.read() as reader:
            assert await codes(reader) == "b d"
            assert await reader.member_counts([POOL, OTHER]) == {POOL: 2, OTHER: 1}

    async def test_whole_set_is_removed_alone(self, store: Store) -> None:
        await put(store, POOL, *map(a_member, "abc"))
        await put(store, OTHER, a_member("a"))
        async with store.write() as unit:
            assert await unit.remove_members(POOL) == 3
            assert await unit.remove_members(POOL) == 0
            assert await unit.put_members(POOL, [a_member("z")], NOW) == 1
            await unit.commit()
        async with store.read() as reader:
            assert await reader.member_counts([POOL, OTHER]) == {POOL: 1, OTHER: 1}

    async def test_lost_unit_leaves_members_alone(self, store: Store) -> None:
        await put(store, POOL, a_member("a"))
        async with store.write() as unit:
            await unit.put_members(POOL, [a_member("b")], NOW)
            await unit.remove_members(POOL, ["a"])
        async with store.read() as reader:
            assert await codes(reader) == "a"
            assert await reader.member_counts([POOL]) == {POOL: 1}

    async def test_reader_keeps_the_members_that_it_opened_on(self, store: Store) -> None:
        await put(store, POOL, a_member("a"))
        async with store.read() as reader:
            assert await codes(reader) == "a"
            await put(store, POOL, a_member("b"))
            assert await codes(reader) == "a"
            assert await reader.member_counts([POOL]) == {POOL: 1}

    async def test_unit_sees_what_it_has_put(self, store: Store) -> None:
        async with store.write() as unit:
            await unit.put_members(POOL, [a_member("a")], NOW)
            assert await codes(unit) == "a"
            assert await unit.count_members(POOL, MemberFilter()) == 1
            assert await unit.put_members(POOL, [a_member("a"), a_member("b")], NOW) == 1
            await unit.commit()

    async def test_large_batch_is_counted_exactly(self, store: Store) -> None:
        first = [a_member(f"{at:05}") for at in range(6_000)]
        assert await put(store, POOL, *reversed(first)) == 6_000
        assert await put(store, POOL, *first[5_000:], *(a_member(f"x{at:05}") for at in range(5_000))) == 5_000
        async with store.read() as reader:
            assert await reader.member_counts([POOL]) == {POOL: 11_000}
            assert await reader.count_members(POOL, MemberFilter(prefix="x")) == 5_000


class FindingMembersContract:
    """Members are listed in the order of their codes, by page and filter."""

    async def test_members_are_listed_by_code_point(self, store: Store) -> None:
        await put(store, POOL, *map(a_member, ("b", "A", "a", "B", "10", "9", "a-1", "a.1", "a:1", "a_1")))
        async with store.read() as reader:
            assert await codes(reader) == "10 9 A B a a-1 a.1 a:1 a_1 b"

    async def test_pages_follow_without_gap_or_repetition(self, store: Store) -> None:
        await put(store, POOL, *map(a_member, "abcdefg"))
        async with store.read() as reader:
            assert await codes(reader, first=3) == "a b c"
            assert await codes(reader, first=3, after="c") == "d e f"
            assert await codes(reader, first=3, after="cc") == "d e f"
            assert await codes(reader, first=3, after="g") == ""

    async def test_each_part_of_a_filter_must_hold(self, store: Store) -> None:
        await put(
            store,
            POOL,
            a_member("a1", zh="香港路", en="Hong Kong Road", region_code="370202", status=MemberStatus.ONLINE),
            a_member("a2", zh="香港中路", region_code="370203", status=MemberStatus.OFFLINE),
            a_member("b1", zh="太平路", en="ROAD of Peace", region_code="370202001", status=MemberStatus.ONLINE),
            a_member("b2", zh="无区划"),
        )
        await put(store, OTHER, a_member("a3", region_code="370202"))
        found: dict[str, dict[str, Any]] = {
            "a1 a2": {"prefix": "a"},
            "a2": {"prefix": "a2"},
            "a1 b1": {"region": "370202"},
            "a1 a2 b1": {"region": "37"},
            "b1": {"status": MemberStatus.ONLINE, "prefix": "b"},
            "b2": {"status": MemberStatus.UNKNOWN},
            "": {"prefix": "a", "region": "38"},
        }
        async with store.read() as reader:
            for wanted, filter in found.items():
                assert await codes(reader, **filter) == wanted, filter
                assert await reader.count_members(POOL, MemberFilter(**filter)) == len(wanted.split())

    async def test_text_is_found_in_either_title_whatever_its_case(self, store: Store) -> None:
        await put(
            store,
            POOL,
            a_member("a", zh="香港路", en="Hong Kong Road"),
            a_member("b", zh="太平路口", en="ROAD of Peace"),
            a_member("c", zh="100%_\\路"),
            a_member("d", zh="Straße", en="Ärztehaus"),
        )
        found = {"a b c": "路", "a b": "rOaD", "c": "%_", "d": "STRASSE", "": "港_", "b": "口"}
        async with store.read() as reader:
            for wanted, text in found.items():
                assert await codes(reader, text=text) == wanted, text
            assert await codes(reader, text="\\") == "c"
            assert await codes(reader, text="ärzte") == "d"

    async def test_prefix_that_no_code_can_have_finds_nothing(self, store: Store) -> None:
        await put(store, POOL, a_member("a"), a_member("z"))
        async with store.read() as reader:
            for prefix in ("%", "_", "中", "\x7f", "zz"):
                assert await codes(reader, prefix=prefix) == ""

    async def test_codes_that_no_store_can_hold_are_not_there(self, store: Store) -> None:
        await put(store, POOL, a_member("a"))
        async with store.read() as reader:
            assert await reader.members(POOL, ["\x00", "\ud800", "'; --"]) == {}
            assert await reader.members("\x00", ["a"]) == {}
            assert await reader.member_counts(["\x00", POOL]) == {POOL: 1}
            assert await codes(reader, "\x00") == ""
