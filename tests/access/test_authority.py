"""The snapshot that is used is the one of what the reader sees: edits count at once, and never too early."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from ucs_core.access import Action, Authority, PolicyRow, ready_rules
from ucs_core.access.authority import CELLS_AT_ONCE, KEPT
from ucs_registry.catalog import add_organizations
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Head
from ucs_registry.testing import a_resource, an_entry
from ucs_sdk import Unauthenticated


@dataclass
class StoredState:
    """A reader of one state; it can be made to wait before it gives the rules."""

    version: int
    organizations: list = field(default_factory=list)
    people: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    stored: list = field(default_factory=list)
    committed: int | None = None
    open: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    at_once: int = 0

    @property
    def head(self):
        cells = len(self.stored) if self.committed is None else self.committed
        return Head(position=self.version, access_version=self.version, cells=cells)

    async def all_organizations(self):
        return self.organizations

    async def principals(self):
        return self.people

    async def rules(self):
        self.asked += 1
        self.entered.set()
        if self.open is not None:
            await self.open.wait()
        return self.rows

    async def cells(self, start, most=None):
        found = self.stored[start : None if most is None else start + most]
        self.at_once = max(self.at_once, len(found))
        return found

    async def revoked_keys(self):
        return []

    async def tree_hashes(self, nodes):
        return dict.fromkeys(nodes, "the one history")


class FirstAnswerForEver(Authority):
    """The twin: it looks at the head once."""

    async def at(self, reader):
        if not hasattr(self, "first"):
            self.first = await super().at(reader)
        return self.first


@pytest.fixture
def state(make):
    def state(version, *rows, **options):
        return StoredState(
            version=version,
            organizations=make.tree(city=None, water="city"),
            people=[make.principal("ada", "water"), make.principal("erin", "city")],
            rows=[*ready_rules(), *rows],
            **options,
        )

    return state


@pytest.fixture
def may(make):
    async def may(authority, reader, action=Action.EDIT):
        snapshot = await authority.at(reader)
        return snapshot.decide(snapshot.profile("ada"), action, make.attributes(owner="water")).allowed

    return may


async def revocation_bites(authority, state, may, make):
    """Whether a role counts when it is given and no longer when it is taken away, also for a reader that looks back."""
    given, taken = state(2, make.assign("ada", "editor", "water")), state(3)
    return [await may(authority, reader) for reader in (state(1), given, taken, given, taken)] == [
        False,
        True,
        False,
        True,
        False,
    ]


async def test_an_edit_counts_from_the_next_reader_on(state, may, make):
    assert await revocation_bites(Authority(), state, may, make)


async def test_an_authority_that_does_not_look_is_found(state, may, make):
    assert not await revocation_bites(FirstAnswerForEver(), state, may, make)


async def test_edits_in_a_store_bite_at_once(make):
    store, authority = InMemoryStore(), Authority()

    async def decisions():
        async with store.read() as reader:
            snapshot = await authority.at(reader)
            assert snapshot.version == reader.head.access_version
            profile = snapshot.profile("ada")
            return snapshot.decide(profile, Action.EDIT, make.attributes(owner="water")).allowed

    async def write(change):
        async with store.write() as unit:
            await change(unit)
            await unit.commit()

    async def founded(unit):
        await add_organizations(unit, make.new_tree(city=None, water="city"))
        await unit.put_principals([make.principal("ada", "water")])
        await unit.put_rules(ready_rules())

    editor = make.assign("ada", "editor", "water")
    await write(founded)
    assert not await decisions()
    await write(lambda unit: unit.put_rules([editor]))
    assert await decisions()
    async with store.read() as before:
        await write(lambda unit: unit.remove_rules([editor.id]))
        assert not await decisions()
        # A reader that was opened before the edit still sees what it saw.
        assert (await authority.at(before)).version == before.head.access_version
    await write(lambda unit: unit.put_principals([make.principal("ada", "water", disabled=True)]))
    with pytest.raises(Unauthenticated):
        await decisions()
    await store.close()


class Unstamped:
    """The twin: a reader that tells numbers and no stamps."""

    def __init__(self, reader):
        self._reader = reader
        self.head = replace(reader.head, access_stamp="", cell_stamp="")

    def __getattr__(self, name):
        return getattr(self._reader, name)


async def put_back(make, seen_by):
    """What an authority decides after another history of the same numbers took the place of the one that it knew."""
    authority, answers = Authority(), []
    for editor, kind in (("ada", "data"), ("erin", "component")):
        store = InMemoryStore()
        async with store.write() as unit:
            await add_organizations(unit, make.new_tree(city=None, water="city"))
            await unit.put_principals([make.principal("ada", "water"), make.principal("erin", "city")])
            await unit.put_rules([*ready_rules(), make.assign(editor, "editor", "city")])
            await unit.save([a_resource(1, owner="water", kind=kind, type="x")])
            unit.append(an_entry())
            await unit.commit()
        async with store.read() as reader:
            snapshot = await authority.at(seen_by(reader))
            may = {
                id: snapshot.decide(snapshot.profile(id), Action.EDIT, make.attributes(owner="water")).allowed
                for id in ("ada", "erin")
            }
            [cell] = await reader.cells(0)
            own = snapshot.profile(editor)
            shown = snapshot.decide(own, Action.DISCOVER, cell.attributes).allowed
            answers.append(may == {id: id == editor for id in may} and shown and snapshot.cells == 1)
            answers.append(snapshot.cell(0)[1][0] == kind)
    return all(answers)


async def test_a_database_that_was_put_back_under_a_running_node_is_met_anew(make):
    assert await put_back(make, lambda reader: reader)


async def test_an_authority_that_goes_by_numbers_alone_is_found(make):
    assert not await put_back(make, Unstamped)


async def test_one_version_is_compiled_once(state, may):
    authority, reader = Authority(), state(1)
    await asyncio.gather(*(may(authority, reader) for _ in range(20)))
    assert reader.asked == 1


async def test_versions_do_not_mix_when_they_are_compiled_at_once(state, may, make):
    authority, gate = Authority(), asyncio.Event()
    old = state(1, make.assign("ada", "editor", "water"), open=gate)
    new = state(2)
    first = asyncio.create_task(may(authority, old))
    second = asyncio.create_task(may(authority, new))
    await asyncio.sleep(0)
    gate.set()
    assert await first
    assert not await second
    assert not await may(authority, new)
    assert new.asked == old.asked == 1


async def test_a_cancelled_compilation_holds_nobody_up(state, may):
    authority, reader = Authority(), state(1, open=asyncio.Event())
    task = asyncio.create_task(may(authority, reader))
    await reader.entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await may(authority, state(1))


async def test_old_versions_make_room_and_never_push_out_a_newer_one(state, may):
    authority = Authority()
    for version in range(10, 10 + KEPT):
        await may(authority, state(version))
    old = state(3)
    await may(authority, old)
    await may(authority, old)
    assert old.asked == 2
    newest = state(10 + KEPT - 1)
    await may(authority, newest)
    assert newest.asked == 0


async def test_cells_are_fetched_as_they_appear(state, make):
    authority = Authority()
    cells = make.cells(
        make.attributes(owner="water"), make.attributes(owner="city"), make.attributes(owner="city", kind="component")
    )
    first = await authority.at(state(1, stored=cells[:1]))
    longer = await authority.at(state(1, stored=cells))
    assert (first.cells, longer.cells) == (1, 3)
    assert longer.edition is first.edition
    # The next version starts from the cells that are known.
    assert (await authority.at(state(2, stored=cells))).cells == 3
    # A reader that looks back is served by what is known, too.
    assert (await authority.at(state(1, stored=cells[:2]))) is longer


async def test_many_cells_are_read_in_parts(state, make):
    # As rows they take a hundred times the memory of the table, and Python does not give all of it back.
    stored = state(1, stored=make.cells(*[make.attributes(owner="water")] * (2 * CELLS_AT_ONCE + 1)))
    assert (await Authority().at(stored)).cells == 2 * CELLS_AT_ONCE + 1
    assert stored.at_once == CELLS_AT_ONCE


async def test_cells_of_a_write_that_may_fail_are_not_taken(state, make):
    """A unit shows its own new cells. If it fails, their numbers come back with other attributes."""
    authority = Authority()
    own, theirs = make.attributes(owner="water"), make.attributes(owner="city", share_type="none", state="offline")
    await authority.at(state(1, stored=make.cells(own), committed=0))
    snapshot = await authority.at(state(1, stored=make.cells(theirs)))
    assert snapshot.verdict(snapshot.profile("ada"), Action.READ, 0) == 0


async def test_poison_does_not_stop_the_authority(state, may):
    row = PolicyRow(id="poison", role="editor", relation="any", action="edit").to_rule()
    authority = Authority()
    snapshot = await authority.at(state(1, row.model_copy(update={"values": ("editor",)})))
    assert [id for id, _ in snapshot.quarantined] == ["poison"]
