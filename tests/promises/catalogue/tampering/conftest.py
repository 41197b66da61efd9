"""A hub whose log was honest so far, and somebody who has its database: proof 13 lets the one edit the other."""

from __future__ import annotations

import copy
import hashlib
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import create_engine, delete, insert, select
from sqlalchemy.engine import make_url

from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogSigner
from ucs_core.access.thumbprints import thumbprint
from ucs_core.access.tokens import TokenVerifier
from ucs_core.cli import log_verifier
from ucs_core.platform import Call, build_platform
from ucs_core.platform.founding import found
from ucs_core.platform.log_proofs import export_lines
from ucs_registry.canonical import canonical_json
from ucs_registry.checkpoints import checkpoint_of, checkpoint_text
from ucs_registry.merkle import Frontier
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store, tables
from ucs_registry.testing import NOW
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

HEADER = [
    f"{column.name}" for column in tables.log.c if column.name not in ("body", "salt", "leaf", "owner", "subtrees")
]
OURS = (tables.log, tables.checkpoints, tables.head)

World = dict[str, list[dict[str, Any]]]
"""The rows of the three tables."""


class Clock:
    """Goes on by forty minutes at each look, so that checkpoints are kept now and then."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):
        self.now += timedelta(minutes=40)
        return self.now


class Hub:
    """A database with a log, the keys that sign it, and what an auditor has kept of it."""

    def __init__(self, url: str, folder) -> None:
        self.url = url
        self.folder = folder
        self.clock = Clock()
        self.key_file = folder / "log-key.pem"
        self.vkey = LogSigner.load_or_create(self.key_file, "city").verification_keys[0]
        parsed = make_url(url)
        self.engine = create_engine(
            parsed.set(drivername="sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg")
        )
        self.history: list[World] = []
        self.notes: dict[int, str] = {}

    @asynccontextmanager
    async def node(self):
        store = await open_store(self.url, signer=LogSigner.load_or_create(self.key_file, "city"))
        platform = build_platform(store, TokenVerifier({}), origin="city", clock=self.clock)
        try:
            yield store, platform
        finally:
            await platform.pipeline.drain()
            await store.close()

    async def live(self) -> None:
        """What the log goes through before anybody edits it."""
        async with self.node() as (store, platform):
            root = NewOrganization(
                id="3702",
                parent=None,
                title=Bilingual(zh="青岛", en="Qingdao"),
                level=OrganizationLevel.CITY,
                kind=OrganizationKind.DIVISION,
            )
            admin = Principal(id="admin", kind=PrincipalKind.PERSON, title="A", organization="3702")
            await found(store, self.clock, "city", [root], admin)
            self.look()
            for number in range(6):
                await self._enter(platform, number)
            await platform.log.compact(Call(principal="admin"), 4)
            self.look()
        KeyRing.rotate(self.key_file)
        async with self.node() as (_, platform):
            newest = LogSigner.load_or_create(self.key_file, "city").keys[0]
            await platform.keys.announce_log_key(Call(principal="admin"), newest)
            self.look()
            for number in range(6, 9):
                await self._enter(platform, number)
        self._lose_the_first_secret()
        async with self.node() as (_, platform):
            for number in range(9, 14):
                await self._enter(platform, number)
        self.pristine = self.history[-1]
        self.last = self.pristine["head"][0]["note"]

    async def _enter(self, platform, number: int) -> None:
        new = {"id": f"c-{number}", "parent": "3702", "title": {"zh": f"机构{number}", "en": f"Org {number}"}}
        await platform.organizations.create(
            Call(principal="admin", request_id=f"r-{number}"), new | {"level": "city", "kind": "department"}
        )
        self.look()

    def _lose_the_first_secret(self) -> None:
        ring = KeyRing.load(self.key_file)
        first = list(ring.public.values())[-1].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        text = self.key_file.read_bytes()
        self.key_file.write_bytes(text[: text.index(b"-----END PRIVATE KEY-----") + 26] + first)

    def look(self) -> None:
        """Keep a copy of the database, as an attacker may."""
        with self.engine.connect() as connection:
            world = {
                table.name: [
                    dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in OURS
            }
        self.history.append(world)
        note = world["head"][0]["note"]
        self.notes[checkpoint_of(note).size] = note

    def put(self, world: World) -> None:
        """Write a copy into the database."""
        with self.engine.begin() as connection:
            for table in OURS:
                connection.execute(delete(table))
                if world[table.name]:
                    connection.execute(insert(table), world[table.name])

    async def exported(self, platform) -> bytes:
        """What an auditor is given, piece by piece."""
        lines, after, size, more = [], 0, None, True
        while more:
            async with platform.session("admin") as session:
                page = await session.audit.export(after=after, size=size)
            size, after = page.size, after + len(page.entries)
            lines += export_lines(page)
            more = bool(page.entries) and after < size
        return b"".join(line + b"\n" for line in lines)

    async def given_out(self, platform) -> bytes | None:
        """The same; nothing where the log cannot be read any more, which is noticed by that."""
        try:
            return await self.exported(platform)
        except Exception:  # noqa: BLE001 - see above
            return None

    def told(self, data: bytes, *seen: str) -> str | None:
        """What the verifier finds wrong with an export; None when all is well."""
        file, kept = self.folder / "log.ndjson", self.folder / "seen.txt"
        file.write_bytes(data)
        kept.write_text("\n".join(seen), "utf-8")
        try:
            found = log_verifier.verify(str(file), [self.vkey], [str(kept)])
        except log_verifier.Wrong as wrong:
            return wrong.args[0]
        unsigned = [said[0] for said in found if "without a signature" in said[0]]
        return unsigned[0] if unsigned else None

    def goes_unnoticed(self, data: bytes | None) -> bool:
        """Whether an auditor who kept the last checkpoint finds nothing wrong."""
        return data is not None and self.told(data, self.last) is None


def shown(world: World) -> tuple[list[dict[str, Any]], str | None]:
    """What readers are shown of a log: what stands behind the head is none of it, and a node does not write over it."""
    last, note = world["head"][0]["position"], world["head"][0]["note"]
    return [row | {"subtrees": 0} for row in world["log"] if row["position"] <= last], note


def header_of(row: dict[str, Any]) -> dict[str, Any]:
    header = {name: row[name] for name in HEADER}
    for name in ("access_before", "access_after"):
        header[name] = None if header[name] is None else json.loads(header[name])
    return header


def seal(row: dict[str, Any]) -> None:
    """Make body, digest and leaf of an entry fit again."""
    if row["body"] is not None and row["salt"] is not None:
        row["body_digest"] = hashlib.sha256(bytes.fromhex(row["salt"]) + row["body"].encode()).hexdigest()
    row["leaf"] = hashlib.sha256(b"\x00" + canonical_json(header_of(row))).hexdigest()


def regrow(world: World) -> None:
    """Make leaves, tree and head consistent with the entries again."""
    tree = Frontier()
    for row in world["log"]:
        seal(row)
        row["subtrees"] = "".join(tree.append(row["leaf"])) or None
    world["head"][0] |= {"position": tree.size, "tree_size": tree.size, "frontier": "".join(tree.peaks)}


def shift(world: World) -> None:
    for position, row in enumerate(world["log"], start=1):
        row["position"] = position


ACCESS = (
    '{"owner":"c1","kind":"data","type":"x","share_type":"none","data_level":"l4","open_type":"none","state":"online"}'
)


class Attacker:
    """Edits a copy of the log, by chance."""

    def __init__(self, hub: Hub, chance) -> None:
        self.hub = hub
        self.chance = chance
        key = Ed25519PrivateKey.generate()
        ring = KeyRing(private=(key,), public={thumbprint(key.public_key()): key.public_key()})
        self.thief = LogSigner(ring, "city")
        self.kinds = [
            *[self.column] * 8,
            *(self.body, self.take_out, self.put_in, self.swap, self.double, self.cut_off, self.roll_back),
            *(self.note, self.drop_body, self.compaction, self.new_key),
        ]

    def edit(self) -> tuple[str, World]:
        """An edited copy, and what was done."""
        while True:
            world = copy.deepcopy(self.hub.pristine)
            kind = self.chance.choice(self.kinds)
            ways = [self.as_it_is, self.sealed, self.consistent, self.signed, self.patched]
            said = f"{kind(world)}; {self.chance.choice(ways)(world)}"
            if shown(world) != shown(self.hub.pristine):
                return said, world

    def row(self, world: World) -> dict[str, Any]:
        return self.chance.choice(world["log"])

    def column(self, world: World) -> str:
        row, name = self.row(world), self.chance.choice([*HEADER[1:], "salt", "leaf"])
        before = row[name]
        match name:
            case "format":
                row[name] = self.chance.choice([0, 2])
            case "at":
                row[name] = before[:-3] + f"{(int(before[-3:-1]) + 1) % 100:02}Z"
            case "outcome":
                row[name] = "refused" if before == "accepted" else "accepted"
            case "access_before" | "access_after":
                row[name] = None if before else ACCESS
            case "salt":
                row[name] = "00" * 16 if before else None
            case _ if before is None:
                row[name] = "x"
            case _:
                nullable = tables.log.c[name].nullable
                row[name] = self.chance.choice([f"{before}x", f"x{before}"[: len(before)], None if nullable else "x"])
        return f"{name} of entry {row['position']} from {before!r} to {row[name]!r}"

    def body(self, world: World) -> str:
        row = self.row(world)
        row |= {"body": (row["body"] or "{}").replace("3702", "3703") + " ", "salt": row["salt"] or "00" * 16}
        return f"another body for entry {row['position']}"

    def take_out(self, world: World) -> str:
        row = self.row(world)
        world["log"].remove(row)
        if self.chance.random() < 0.7:
            shift(world)
        return f"entry {row['position']} taken out"

    def put_in(self, world: World) -> str:
        row = dict(self.row(world)) | {"verb": "roles.assign", "actor": "principals/mallory"}
        world["log"].insert(self.anywhere(world), row)
        shift(world)
        return "an entry put in"

    def anywhere(self, world: World) -> int:
        return self.chance.randrange(len(world["log"]) + 1)

    def double(self, world: World) -> str:
        row = self.row(world)
        world["log"].insert(self.anywhere(world), dict(row))
        shift(world)
        return f"entry {row['position']} doubled"

    def swap(self, world: World) -> str:
        one, other = self.chance.sample(range(len(world["log"])), 2)
        log = world["log"]
        log[one], log[other] = log[other], log[one]
        shift(world)
        return f"entries {one + 1} and {other + 1} swapped"

    def cut_off(self, world: World) -> str:
        left = self.chance.randrange(1, len(world["log"]))
        del world["log"][left:]
        world["checkpoints"] = [row for row in world["checkpoints"] if row["size"] <= left]
        genuine = self.hub.notes.get(left)
        if genuine is not None and self.chance.random() < 0.8:
            world["head"][0]["note"] = genuine
        return f"cut off behind entry {left}"

    def roll_back(self, world: World) -> str:
        step = self.chance.randrange(len(self.hub.history) - 1)
        world.update(copy.deepcopy(self.hub.history[step]))
        return f"the copy of step {step} put back"

    def note(self, world: World) -> str:
        head = world["head"][0]
        text, _, signatures = head["note"].partition("\n\n")
        lines = text.split("\n")
        at = self.chance.randrange(6)
        if at < 4:
            lines[at] = self.chance.choice([lines[at] + "0", "7", "city2", "A" * 43 + "="])
            head["note"] = "\n".join(lines) + f"\n\n{signatures}"
        else:
            others = [note for note in self.hub.notes.values() if note != head["note"]]
            head["note"] = self.chance.choice(others) if at == 4 else None
            # What is kept beside it may vouch for the whole log as well.
            whole = len(world["log"])
            world["checkpoints"] = [row for row in world["checkpoints"] if row["size"] < whole]
        return "another note in the head"

    def drop_body(self, world: World) -> str:
        row = self.chance.choice([row for row in world["log"] if row["body"] is not None])
        row |= {"body": None, "salt": None}
        if self.chance.random() < 0.5:
            world["head"][0]["compacted"] = row["position"]
        return f"the body of entry {row['position']} dropped"

    def compaction(self, world: World) -> str:
        row = next(row for row in world["log"] if row["verb"] == "log.compact")
        upto = row["position"] - 1
        row["body"] = canonical_json({"upto": upto, "dropped": upto}).decode()
        for other in world["log"][4:upto]:
            other |= {"body": None, "salt": None}
        world["head"][0]["compacted"] = upto
        return f"a compaction up to {upto} feigned"

    def new_key(self, world: World) -> str:
        row = next(row for row in world["log"] if row["verb"] == "log.rotate_key")
        row["body"] = canonical_json({"verification_key": self.thief.verification_keys[0]}).decode()
        self.signed(world)
        return "another new key announced"

    def as_it_is(self, world: World) -> str:
        return "nothing hidden"

    def sealed(self, world: World) -> str:
        for row in world["log"]:
            seal(row)
        return "leaves recomputed"

    def consistent(self, world: World) -> str:
        regrow(world)
        return "tree recomputed"

    def signed(self, world: World) -> str:
        regrow(world)
        for row in [*world["checkpoints"], world["head"][0]]:
            if row["note"] is not None:
                size = row.get("size", world["head"][0]["position"])
                row["note"] = self.thief.sign(self.text(world, size))
        return "signed with another key"

    def patched(self, world: World) -> str:
        regrow(world)
        for row in [*world["checkpoints"], world["head"][0]]:
            if row["note"] is not None:
                size = row.get("size", world["head"][0]["position"])
                row["note"] = f"{self.text(world, size)}\n{row['note'].partition(chr(10) * 2)[2]}"
        return "checkpoints rewritten under their signatures"

    def text(self, world: World, size: int) -> str:
        tree = Frontier()
        for row in world["log"][:size]:
            tree.append(row["leaf"])
        return checkpoint_text("city", size, tree.root, NOW)


@pytest.fixture
async def hub(database, tmp_path):
    hub = Hub(database, tmp_path)
    await hub.live()
    yield hub
    hub.engine.dispose()


@pytest.fixture
def make_attacker():
    return Attacker
