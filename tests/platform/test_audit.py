"""The log as evidence: what each caller may have of it, and that the verifier takes what the platform gives out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ucs_core.access.log_keys import LogSigner
from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_core.access.tokens import TokenVerifier
from ucs_core.cli import log_verifier
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.audit import Audit
from ucs_core.platform.founding import found
from ucs_core.platform.log_proofs import document_of, export_lines, same_bodies
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_sdk.errors import Conflict, Denied, FailedPrecondition, Invalid, NotFound
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PEOPLE = {"admin": CITY, "editor": WATER, "water": WATER, "roads": ROADS, "blind": CITY, "outsider": None}
ROLES = {"editor": "editor", "water": "auditor", "roads": "auditor", "blind": "auditor"}


class Hall:
    """A platform with a log key, and the verifier beside it."""

    def __init__(self, store, signer, folder) -> None:
        self.store = store
        self.signer = signer
        self.platform = build_platform(store, TokenVerifier({}), origin="city")
        self._folder = folder

    async def settle(self) -> None:
        places = ((CITY, None), (WATER, CITY), (ROADS, CITY))
        tree = [
            NewOrganization(
                id=id,
                parent=parent,
                title=Bilingual(zh=id, en=id),
                level=OrganizationLevel.CITY,
                kind=OrganizationKind.DEPARTMENT,
            )
            for id, parent in places
        ]
        people = {
            id: Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()
        }
        await found(self.store, system_clock, "city", tree, people.pop("admin"))
        everybody = [person.model_dump(mode="json") for person in people.values()]
        await self.platform.administration.put_principals(Call(principal="admin"), everybody)
        await self.hold({who: (role, PEOPLE[who]) for who, role in ROLES.items()})

    async def hold(self, roles) -> None:
        rows = [
            RoleAssignment(id=f"{who}.{role}", principal=who, role=role, anchor=at) for who, (role, at) in roles.items()
        ]
        await self.put([row.to_rule() for row in rows])

    async def put(self, rules) -> None:
        plain = [rule.model_dump(mode="json") for rule in rules]
        await self.platform.administration.put_rules(Call(principal="admin"), plain)

    async def enter(self, code, owner=WATER, by="admin"):
        content = {
            "title": {"zh": "积水点", "en": "Spots"},
            "summary": {"zh": "清单", "en": "List"},
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]},
        }
        new = {"code": code, "kind": "data", "type": "dataset", "owner": owner, "content": content}
        return await self.platform.resources.create(Call(principal=by), new)

    async def ask(self, who, question):
        async with self.platform.session(who) as session:
            return await question(session.audit)

    async def positions(self, who) -> list[int]:
        return [entry.position for entry in await self.ask(who, lambda audit: audit.entries(after=0, first=200))]

    async def export(self, who, first=7) -> bytes:
        lines, after, size, compacted = [], 0, None, None
        while size is None or after < size:
            async with self.platform.session(who) as session:
                page = await session.audit.export(after=after, first=first, size=size)
            size, compacted, after = page.size, same_bodies(page, compacted), after + len(page.entries)
            lines += export_lines(page)
        return b"".join(line + b"\n" for line in lines)

    def verify(self, data: bytes, seen: str = "") -> list[str]:
        file, kept = self._folder / "evidence", self._folder / "seen"
        file.write_bytes(data)
        kept.write_text(seen, "utf-8")
        return [said[0] for said in log_verifier.verify(str(file), self.signer.verification_keys, [str(kept)])]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def hall(request, tmp_path):
    signer = LogSigner.load_or_create(tmp_path / "log-key.pem", "city")
    if request.param == "memory":
        store = InMemoryStore(signer=signer)
    else:
        url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
        store = await open_store(url, signer=signer)
    hall = Hall(store, signer, tmp_path)
    await hall.settle()
    yield hall
    await hall.platform.pipeline.drain()
    await store.close()


async def test_the_verifier_takes_an_export(hall):
    for number in range(9):
        await hall.enter(f"QD-{number}")
    told = hall.verify(await hall.export("admin"))
    last = (await hall.ask("admin", lambda audit: audit.checkpoint())).size
    assert told[0] == f"All is well: {last} entries of city."
    assert f"bodies checked {last}, dropped 0, withheld 0" in told


async def test_an_export_asks_audit_at_the_top(hall):
    assert await hall.export("blind")
    for who in ("water", "roads", "editor", "outsider"):
        with pytest.raises(Denied):
            await hall.export(who)


async def test_what_the_exporter_may_not_see_is_withheld_and_the_rest_still_holds(hall):
    await hall.enter("QD-1")
    draft = await hall.enter("QD-2", ROADS)
    unread = PolicyRow(id="blind.read", role="auditor", relation="subtree", action="read", effect="deny")
    await hall.put([unread.to_rule()])
    data = await hall.export("blind")
    assert "withheld 2" in hall.verify(data)[3]
    shown = [json.loads(line) for line in data.splitlines()[1:]]
    assert [line["header"]["object"] for line in shown if line.get("withheld")][-1] == draft.name
    hidden = [PolicyRow(id="hide", role="auditor", relation="subtree", action="discover", effect="deny").to_rule()]
    await hall.put(hidden)
    data = await hall.export("blind")
    assert "withheld 2" in hall.verify(data)[3]
    assert [line["header"] for line in map(json.loads, data.splitlines()[1:]) if line.get("withheld")] == [None, None]
    assert draft.name.encode() not in data


async def test_every_entry_that_one_may_audit_can_be_proved_and_no_other(hall):
    mine, other = await hall.enter("QD-1"), await hall.enter("QD-2", ROADS)
    everything = await hall.positions("admin")
    assert everything == list(range(1, len(everything) + 1))
    part = await hall.positions("water")
    assert 0 < len(part) < len(everything)
    for position in everything:
        proof = await hall.ask("admin", lambda audit, at=position: audit.inclusion(at))
        assert hall.verify(document_of(proof).encode() + b"\n")[0] == f"Entry {position} is in the log."
        if position in part:
            same = await hall.ask("water", lambda audit, at=position: audit.inclusion(at))
            assert (same.root, same.hashes, same.leaf) == (proof.root, proof.hashes, proof.leaf)
        else:
            with pytest.raises(NotFound):
                await hall.ask("water", lambda audit, at=position: audit.inclusion(at))
    seen = [entry.object for entry in await hall.ask("water", lambda audit: audit.entries(after=0, first=200))]
    assert mine.name in seen
    assert other.name not in seen


async def test_a_proof_in_an_earlier_log_has_a_checkpoint_only_where_one_is_kept(hall):
    await hall.enter("QD-1")
    last = (await hall.ask("admin", lambda audit: audit.checkpoint())).size
    earlier = await hall.ask("admin", lambda audit: audit.inclusion(1, last - 1))
    assert (earlier.size, earlier.checkpoint, document_of(earlier)) == (last - 1, None, None)
    latest = await hall.ask("admin", lambda audit: audit.inclusion(1))
    assert (latest.size, latest.checkpoint.root) == (last, latest.root)


async def test_anybody_known_may_have_checkpoints_and_proofs_of_growth(hall):
    before = await hall.ask("outsider", lambda audit: audit.checkpoint())
    for number in range(4):
        await hall.enter(f"QD-{number}")
    proof = await hall.ask("outsider", lambda audit: audit.consistency(before.size))
    assert proof.first_root == before.root
    told = hall.verify(document_of(proof).encode() + b"\n", before.note)
    assert told[0] == f"The log still begins with the {before.size} entries seen."


async def test_positions_and_sizes_beyond_what_is_signed_are_refused(hall):
    last = (await hall.ask("admin", lambda audit: audit.checkpoint())).size
    for question in (
        lambda audit: audit.inclusion(0),
        lambda audit: audit.inclusion(last + 1),
        lambda audit: audit.inclusion(2, 1),
        lambda audit: audit.inclusion(1, last + 1),
        lambda audit: audit.consistency(0),
        lambda audit: audit.consistency(2, 1),
        lambda audit: audit.consistency(1, last + 1),
        lambda audit: audit.export(after=-1),
        lambda audit: audit.export(after=last + 1),
        lambda audit: audit.export(size=last + 1),
        lambda audit: audit.export(first=0),
        lambda audit: audit.export(first=501),
    ):
        with pytest.raises(Invalid, match="POSITION_UNKNOWN"):
            await hall.ask("admin", question)


async def test_compaction_drops_bodies_and_nothing_that_proves(hall):
    await hall.enter("QD-1")
    before = await hall.ask("admin", lambda audit: audit.checkpoint())
    kept = [entry.leaf for entry in await hall.ask("admin", lambda audit: audit.entries(after=0, first=200))]
    tried = await hall.platform.log.compact(Call(principal="admin", validate_only=True), 5)
    done = await hall.platform.log.compact(Call(principal="admin", request_id="c"), 5)
    assert (tried, done.upto, done.dropped) == (done, 5, 5)
    assert await hall.platform.log.compact(Call(principal="admin", request_id="c"), 5) == done
    again = await hall.platform.log.compact(Call(principal="admin"), 3)
    assert (again.upto, again.dropped) == (5, 0)
    entries = await hall.ask("admin", lambda audit: audit.entries(after=0, first=200))
    assert [entry.leaf for entry in entries[: len(kept)]] == kept
    assert [entry.position for entry in entries if entry.body is None] == [1, 2, 3, 4, 5]
    assert [(entry.verb, entry.object) for entry in entries[-2:]] == [("log.compact", "log")] * 2
    assert "dropped 5" in hall.verify(await hall.export("admin"), before.note)[3]


async def test_only_administrators_of_the_platform_compact_and_only_what_is_there(hall):
    with pytest.raises(Denied):
        await hall.platform.log.compact(Call(principal="blind"), 1)
    for upto in (0, 10_000):
        with pytest.raises(Invalid, match="POSITION_UNKNOWN"):
            await hall.platform.log.compact(Call(principal="admin"), upto)


async def test_an_export_that_bodies_are_dropped_from_meanwhile_is_not_whole(hall):
    page = await hall.ask("admin", lambda audit: audit.export(first=2))
    before = same_bodies(page, None)
    await hall.platform.log.compact(Call(principal="admin"), 4)
    page = await hall.ask("admin", lambda audit: audit.export(after=2, first=2, size=page.size))
    with pytest.raises(Conflict, match="LOG_COMPACTED_MEANWHILE"):
        same_bodies(page, before)


async def test_a_log_without_a_key_has_nothing_to_prove_it_by(tmp_path):
    hall = Hall(InMemoryStore(), None, tmp_path)
    await hall.settle()
    assert await hall.ask("admin", lambda audit: audit.checkpoint()) is None
    for question in (
        lambda audit: audit.inclusion(1),
        lambda audit: audit.consistency(1),
        lambda audit: audit.export(),
    ):
        with pytest.raises(FailedPrecondition, match="LOG_UNSIGNED"):
            await hall.ask("admin", question)
    await hall.store.close()


class WithoutTheThird:
    """A reader of a log from which somebody has taken an entry out."""

    def __init__(self, reader) -> None:
        self._reader = reader

    def __getattr__(self, name):
        return getattr(self._reader, name)

    async def log(self, **asked):
        return [entry for entry in await self._reader.log(**asked) if entry.position != 3]

    async def tree_hashes(self, nodes):
        return {node: hash for node, hash in (await self._reader.tree_hashes(nodes)).items() if node != (0, 2)}


async def test_what_was_taken_out_is_told_of_and_nothing_else_is_shown_in_its_place(hall):
    async with hall.platform.session("admin") as session:
        sight = session.audit._sight
        audit = Audit(replace(sight, reader=WithoutTheThird(sight.reader)))
        assert (await session.audit.inclusion(3)).entry.position == 3
        for question in (audit.inclusion(3), audit.inclusion(4), audit.consistency(3)):
            with pytest.raises(FailedPrecondition, match="LOG_INCOMPLETE"):
                await question


async def test_an_auditor_of_a_part_reads_only_that_part(hall):
    for number in range(3):
        await hall.enter(f"QD-W{number}")
        await hall.enter(f"QD-R{number}", ROADS)
    asked: list[object] = []
    async with hall.platform.session("roads") as session:
        reader = session.audit._reader

        class Noting:
            """The reader, with a note of what it was asked."""

            def __getattr__(self, name):
                return getattr(reader, name)

            async def log(self, **asking):
                asked.append(asking["owners"])
                return await reader.log(**asking)

        audit = session.audit
        audit._reader = Noting()
        found = await audit.entries(after=0, first=200)
    assert asked[0] == [ROADS]
    assert {(entry.access_after or entry.access_before).owner for entry in found} == {ROADS}
    async with hall.platform.session("outsider") as session:
        assert await session.audit.entries(after=0, first=200) == []
