"""What every store promises of units, readers and the log."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

import pytest

from ucs_registry.log import Entry, EntryDraft, Outcome
from ucs_registry.ports import Head, Reader, RememberedRequest, Store, Unit
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.testing.builders import (
    NOW,
    a_grant,
    a_resource,
    an_entry,
    an_id,
    an_organization,
    founded,
    saved,
)
from ucs_sdk.vocabulary import PrincipalKind

T = TypeVar("T")

WRITERS, ROUNDS = 8, 4

_ALL, _ORDER = ResourceQuery(), Order.CODE


class UnitsContract:
    """Units: all or nothing, one at a time; readers: one state."""

    async def test_nothing_is_seen_before_commit(self, store: Store) -> None:
        await founded(store)
        before = await _nothing(store)
        async with store.write() as unit:
            await _write_everything(unit)
            assert await _nothing(store) == before
            await unit.commit()
            async with store.read() as reader:
                assert await reader.resource(an_id(1)) == a_resource(1)
        async with store.read() as reader:
            assert len(await reader.log(after=0, first=9)) == 1
            assert reader.head == Head(position=1, access_version=2, cells=1)

    async def test_leaving_without_commit_undoes_all(self, store: Store) -> None:
        await founded(store)
        before = await _nothing(store)
        async with store.write() as unit:
            await _write_everything(unit)
        async with store.read() as reader:
            assert await _everything(reader) == before

    async def test_exception_undoes_all(self, store: Store) -> None:
        await founded(store)
        before = await _nothing(store)
        with pytest.raises(ZeroDivisionError):
            await _write_and_fail(store)
        async with store.read() as reader:
            assert await _everything(reader) == before
        await saved(store, a_resource(1))

    async def test_cancelled_unit_undoes_all_and_lets_the_next_one_in(self, store: Store) -> None:
        await founded(store)
        before = await _nothing(store)
        reached = asyncio.Event()

        async def write_and_wait() -> None:
            async with store.write() as unit:
                await _write_everything(unit)
                reached.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write_and_wait())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.read() as reader:
            assert await _everything(reader) == before
        await saved(store, a_resource(1))

    async def test_unit_reads_its_own_writes(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await _write_everything(unit)
            resources, organizations, principals, rules, grants, remembered, *_ = await _everything(unit)
            assert len(resources) == 1
            assert "new" in organizations
            assert [principal.id for principal in principals] == ["p"]
            assert [rule.id for rule in rules] == ["r"]
            assert len(grants) == 1
            assert remembered is not None
            assert await unit.count(_ALL, None) == 1

    async def test_head_of_a_unit_stays_as_opened(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            opened = unit.head
            await _write_everything(unit)
            await unit.commit()
            assert unit.head == opened == Head(position=0, access_version=1, cells=0)

    async def test_ended_unit_takes_no_writes(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await unit.commit()
            with pytest.raises(RuntimeError):
                await unit.commit()
            with pytest.raises(RuntimeError):
                unit.append(an_entry())
            with pytest.raises(RuntimeError):
                await unit.save([a_resource()])
        with pytest.raises(RuntimeError):
            await unit.put_grants([a_grant(1)])

    async def test_reader_keeps_its_state_while_others_write(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.read() as reader:
            head = reader.head
            async with store.write() as unit:
                await unit.add_organizations([an_organization("later")])
                await unit.save([a_resource(1, version=2), a_resource(2, title_zh="后来")])
                unit.append(an_entry())
                await unit.commit()
            assert reader.head == head
            assert await reader.resource(an_id(1)) == a_resource(1)
            assert await reader.count(_ALL, None) == 1
            assert await reader.organization("later") is None
            assert await reader.log(after=0, first=9) == []
            assert len(await reader.select(_ALL, None, order=_ORDER, after=None, first=9)) == 1
        async with store.read() as reader:
            assert reader.head.position == head.position + 1
            assert await reader.count(_ALL, None) == 2

    async def test_units_are_serial(self, store: Store) -> None:
        await founded(store)
        running = most = 0

        async def write() -> None:
            nonlocal running, most
            async with store.write() as unit:
                running += 1
                most = max(most, running)
                await unit.resource(an_id(1))
                await asyncio.sleep(0)
                running -= 1
                await unit.commit()

        await asyncio.gather(*(write() for _ in range(WRITERS)))
        assert most == 1

    async def test_concurrent_updates_are_not_lost(self, store: Store) -> None:
        await founded(store, a_resource(1, version=0))
        await concurrent_updates([store])
        async with store.read() as reader:
            kept = await reader.resource(an_id(1))
        assert kept is not None
        assert kept.version == WRITERS * ROUNDS

    async def test_access_version_moves_once_for_each_unit_that_changes_access(self, store: Store) -> None:
        await founded(store)
        principal = Principal(id="p", kind=PrincipalKind.PERSON, title="P")
        rule = RuleRow(id="r", section="p", values=("a",))

        async def moved_by(*steps: str) -> int:
            async with store.write() as unit:
                before = unit.head.access_version
                for step in steps:
                    match step:
                        case "organizations":
                            await unit.add_organizations([an_organization("more")])
                        case "principals":
                            await unit.put_principals([principal])
                        case "rules":
                            await unit.put_rules([rule])
                        case "remove":
                            await unit.remove_rules(["r", "unknown"])
                        case "nothing":
                            await unit.put_rules([])
                            await unit.put_principals([])
                            await unit.add_organizations([])
                            await unit.remove_rules(["unknown"])
                        case "others":
                            await unit.save([a_resource(1)])
                            await unit.put_grants([a_grant(1)])
                            unit.append(an_entry())
                await unit.commit()
            async with store.read() as reader:
                return reader.head.access_version - before

        assert await moved_by("organizations") == 1
        assert await moved_by("principals", "rules") == 1
        assert await moved_by("remove") == 1
        assert await moved_by("nothing", "others") == 0


class AccessContract:
    """What access is kept in: principals, policy rows, grants; and what was answered."""

    async def test_principals_are_entered_and_replaced(self, store: Store) -> None:
        await founded(store)
        person = Principal(id="b", kind=PrincipalKind.PERSON, title="张三", organization="37")
        app = Principal(id="a", kind=PrincipalKind.APPLICATION, title="App", disabled=True)
        disabled = person.model_copy(update={"disabled": True})
        async with store.write() as unit:
            await unit.put_principals([person, app])
            await unit.put_principals([disabled])
            await unit.commit()
        async with store.read() as reader:
            assert await reader.principals() == [app, disabled]

    async def test_rules_are_entered_replaced_and_removed(self, store: Store) -> None:
        rules = [RuleRow(id=id, section="p", values=("role", "a,b", '"', "", "中\x00")) for id in ("c", "a", "b")]
        replaced = RuleRow(id="a", section="g", values=())
        async with store.write() as unit:
            await unit.put_rules(rules)
            await unit.put_rules([replaced, replaced])
            await unit.remove_rules(["b", "nothing"])
            await unit.commit()
        async with store.read() as reader:
            assert await reader.rules() == [replaced, rules[0]]

    async def test_grants_are_found_by_resource_and_grantee(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2))
        first, other = a_grant(1), a_grant(1, id="other", grantee="organizations/37", valid_until=None)
        expired = a_grant(1, id="expired", valid_until=NOW)
        async with store.write() as unit:
            await unit.put_grants([other, first, expired, a_grant(2)])
            await unit.commit()
        async with store.read() as reader:
            name = f"resources/{an_id(1)}"
            assert await reader.grants(name, ["principals/reader"]) == [expired, first]
            assert await reader.grants(name, ["principals/reader", "organizations/37"]) == [expired, first, other]
            assert await reader.grants(name, []) == []
            assert await reader.grants("resources/\x00", ["principals/reader"]) == []

    async def test_answer_is_remembered_by_actor_and_request(self, store: Store) -> None:
        request = RememberedRequest(actor="principals/a", request_id="1", fingerprint="f", answer='{"a": "中"}', at=NOW)
        async with store.write() as unit:
            await unit.remember(request)
            await unit.commit()
        async with store.read() as reader:
            assert await reader.remembered("principals/a", "1") == request
            assert await reader.remembered("principals/a", "2") is None
            assert await reader.remembered("principals/b", "1") is None
            assert await reader.remembered("principals/\x00", "1") is None


class LogContract:
    """The log: one order, without gaps, exactly what was appended."""

    async def test_entry_comes_back_equal(self, store: Store) -> None:
        await founded(store)
        drafts = [
            an_entry(),
            an_entry(
                request_id="r-1",
                on_behalf_of="principals/other",
                action=None,
                outcome=Outcome.REFUSED,
                reason="DENIED",
                rule="rule-7",
                before="00" * 32,
                after="ff" * 32,
                access_before=a_resource().access,
                access_after=a_resource(owner="water").access,
                body='{"中":"\\u0000","n":1.50}',
            ),
        ]
        entries = await _logged(store, *drafts)
        assert [entry.position for entry in entries] == [1, 2]
        async with store.read() as reader:
            kept = await reader.log(after=0, first=9)
            assert reader.head.position == 2
        assert kept == entries
        assert [entry.computed_leaf() for entry in kept] == [entry.leaf for entry in entries]

    async def test_log_is_read_from_any_position(self, store: Store) -> None:
        await _logged(store, *(an_entry(call_id=str(at)) for at in range(10)))
        async with store.read() as reader:
            assert [entry.position for entry in await reader.log(after=0, first=4)] == [1, 2, 3, 4]
            assert [entry.position for entry in await reader.log(after=8, first=4)] == [9, 10]
            assert await reader.log(after=10, first=4) == []
            assert await reader.log(after=99, first=4) == []
            assert await reader.log(after=3, first=0) == []

    async def test_positions_have_no_gaps_under_concurrent_writers(self, store: Store) -> None:
        await founded(store)
        await self.check_positions(store, await concurrent_entries([store]))

    async def test_lost_unit_leaves_no_gap(self, store: Store) -> None:
        await _logged(store, an_entry())
        async with store.write() as unit:
            unit.append(an_entry())
        [entry] = await _logged(store, an_entry())
        assert entry.position == 2

    async def test_unit_without_entries_leaves_the_position(self, store: Store) -> None:
        assert await _logged(store) == []
        async with store.read() as reader:
            assert reader.head.position == 0

    @staticmethod
    async def check_positions(store: Store, written: list[Entry]) -> None:
        async with store.read() as reader:
            kept = await reader.log(after=0, first=10_000)
            assert reader.head.position == len(kept)
        assert [entry.position for entry in kept] == list(range(1, WRITERS * ROUNDS * 2 + 1))
        assert kept == sorted(written, key=lambda entry: entry.position)


async def concurrent_updates(stores: Sequence[Store]) -> None:
    """Let many writers, spread over stores that share a database, each add one to a resource's version many times."""

    async def add(store: Store) -> None:
        for _ in range(ROUNDS):
            async with store.write() as unit:
                resource = await unit.resource(an_id(1))
                assert resource is not None
                await asyncio.sleep(0)
                await unit.save([resource.model_copy(update={"version": resource.version + 1})])
                await unit.commit()

    await _all(add(stores[at % len(stores)]) for at in range(WRITERS))


async def concurrent_entries(stores: Sequence[Store]) -> list[Entry]:
    """Let many writers append two entries at a time; all that they were told was written."""

    async def write(store: Store, writer: int) -> list[Entry]:
        entries: list[Entry] = []
        for turn in range(ROUNDS):
            async with store.write() as unit:
                unit.append(an_entry(call_id=f"{writer}.{turn}.1"))
                await asyncio.sleep(0)
                unit.append(an_entry(call_id=f"{writer}.{turn}.2"))
                entries += await unit.commit()
        return entries

    written = await _all(write(stores[at % len(stores)], at) for at in range(WRITERS))
    return [entry for entries in written for entry in entries]


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of it came to, once none of it runs any more: a store is not closed under those that outlive a failure."""
    ends = await asyncio.gather(*work, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if not isinstance(end, BaseException)]


async def _logged(store: Store, *drafts: EntryDraft) -> list[Entry]:
    async with store.write() as unit:
        for draft in drafts:
            unit.append(draft)
        return list(await unit.commit())


async def _write_everything(unit: Unit) -> None:
    await unit.add_organizations([an_organization("new", "37")])
    await unit.save([a_resource(1)])
    await unit.put_principals([Principal(id="p", kind=PrincipalKind.PERSON, title="P")])
    await unit.put_rules([RuleRow(id="r", section="p", values=())])
    await unit.put_grants([a_grant(1)])
    await unit.remember(RememberedRequest(actor="a", request_id="1", fingerprint="f", answer="{}", at=NOW))
    unit.append(an_entry())


async def _write_and_fail(store: Store) -> None:
    async with store.write() as unit:
        await _write_everything(unit)
        raise ZeroDivisionError


async def _everything(reader: Reader) -> tuple[Any, ...]:
    return (
        await reader.resources(map(an_id, range(9))),
        {entry.id for entry in await reader.all_organizations()},
        await reader.principals(),
        await reader.rules(),
        await reader.grants(f"resources/{an_id(1)}", ["principals/reader"]),
        await reader.remembered("a", "1"),
        await reader.log(after=0, first=9),
        await reader.cells(0),
        await reader.revisions(an_id(1)),
    )


async def _nothing(store: Store) -> tuple[Any, ...]:
    async with store.read() as reader:
        return await _everything(reader)
