"""What a node keeps of the log outside of the database, and that it does not serve a log that lost what it kept."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from ucs_core.access.log_keys import LogSigner
from ucs_core.app import running
from ucs_core.cli import log_verifier
from ucs_core.demo.folder import DemoFolder
from ucs_core.platform.calls import Call, system_clock
from ucs_core.platform.checkpoint_file import CheckpointFile
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.principals import Principal
from ucs_registry.testing import NOW, an_entry, an_organization
from ucs_sdk.errors import FailedPrecondition, Invalid
from ucs_sdk.vocabulary import PrincipalKind


@pytest.fixture
def settings(sqlite_url, tmp_path):
    return Settings(
        database_url=sqlite_url,
        key_file=tmp_path / "key.pem",
        http="127.0.0.1:0",
        grpc="127.0.0.1:0",
        lame_duck_seconds=0,
    )


@pytest.fixture
def signer(tmp_path):
    return LogSigner.load_or_create(tmp_path / "log-key.pem", "city")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "log-checkpoints.txt"


def made(**changes):
    return an_entry(origin="city", salt=secrets.token_hex(16), **changes)


def edit(settings, statement: str) -> None:
    """What somebody does who has the database."""
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)


async def write(store, *entries) -> None:
    for entry in entries or (made(),):
        async with store.write() as unit:
            unit.append(entry)
            await unit.commit()


async def checkpoints_of(signer, hours: range):
    """A checkpoint after each hour's entry."""
    store = InMemoryStore(signer=signer)
    for hour in hours:
        await write(store, made(at=NOW + timedelta(hours=hour)))
        async with store.read() as reader:
            yield (await reader.checkpoints())[-1]


async def test_the_last_of_each_day_and_the_latest_are_kept(signer, file, tmp_path):
    kept = CheckpointFile(file)
    made = [checkpoint async for checkpoint in checkpoints_of(signer, range(0, 80, 5))]
    for checkpoint in made:
        kept.keep(checkpoint)
    kept.keep(made[3])
    found = kept.kept()
    last_of = {checkpoint.at.date(): checkpoint for checkpoint in made}
    assert found == list(last_of.values())
    notes = list(log_verifier.notes_of(file.read_text("utf-8")))
    assert [(note.size, note.root.hex()) for note in notes] == [(item.size, item.root) for item in found]


async def test_a_node_leaves_the_last_checkpoint_behind(settings, file):
    async with running(settings) as node:
        await write(node.store)
    [last] = CheckpointFile(file).kept()
    assert last.size == 1
    async with running(settings) as node:
        await write(node.store, made(), made())
    assert CheckpointFile(file).kept()[-1].size == 3


async def test_a_database_that_was_put_back_is_not_served(settings, file):
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    async with running(settings) as node:
        await write(node.store)
    older = database.with_suffix(".older")
    shutil.copy(database, older)
    async with running(settings) as node:
        await write(node.store, made())
    for leftover in database.parent.glob(f"{database.name}-*"):
        leftover.unlink()
    shutil.copy(older, database)
    with pytest.raises(FailedPrecondition, match="LOG_NOT_AS_SEEN") as refused:
        async with running(settings):
            pytest.fail("the node is up")
    assert refused.value.fields == {"file": str(file), "position": 1, "signed": 2}
    # The twin: a node that keeps nothing elsewhere serves the older log, whose checkpoint is genuine.
    careless = settings.model_copy(update={"checkpoint_file": file.with_name("none.txt")})
    async with running(careless) as node:
        await write(node.store)
    # And once the loss is accepted, the log goes on.
    file.rename(file.with_name("evidence.txt"))
    async with running(settings) as node:
        await write(node.store)
    assert CheckpointFile(file).kept()[-1].size == 3


async def test_a_log_of_the_same_length_with_another_root_is_not_served(signer, file):
    kept = CheckpointFile(file)
    async for checkpoint in checkpoints_of(signer, range(4)):
        kept.keep(checkpoint)
    same, other = InMemoryStore(signer=signer), InMemoryStore(signer=signer)
    await write(other, *(made() for _ in range(4)))
    with pytest.raises(FailedPrecondition, match="LOG_NOT_AS_SEEN"):
        await kept.check(other)
    await write(same, *(made(at=NOW + timedelta(hours=hour)) for hour in range(4)))
    with pytest.raises(FailedPrecondition, match="LOG_NOT_AS_SEEN"):
        # The salts differ, and so do the leaves: it only looks the same.
        await kept.check(same)


@pytest.mark.parametrize("text", ["something else", "city\n3\n", b"\xff\xfe"])
async def test_a_file_that_holds_something_else_is_told(file, text):
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FailedPrecondition, match="LOG_CHECKPOINTS_UNREADABLE"):
        await CheckpointFile(file).check(InMemoryStore())


async def test_a_file_that_cannot_be_written_stops_nothing(signer, file):
    store = InMemoryStore(signer=signer)
    file.with_name(f".{file.name}.part").mkdir()
    async with CheckpointFile(file).following(store):
        await write(store)
    assert not file.exists()
    async with store.read() as reader:
        assert reader.head.position == 1


async def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "taken").write_text("no folder")
    with pytest.raises(FailedPrecondition, match="LOG_CHECKPOINTS_UNREADABLE"):
        await CheckpointFile(tmp_path / "taken" / "checkpoints.txt").check(InMemoryStore())


async def test_a_demo_that_begins_anew_forgets_what_the_one_before_signed(tmp_path):
    folder = DemoFolder(tmp_path / "demo")
    with folder.held():
        folder.prepare("small")
        kept = folder.path / "log-checkpoints.txt"
        kept.write_text("of a city that was never finished")
        folder.prepare("small")
        assert not kept.exists()


async def test_a_node_with_a_strange_log_key_is_not_served(settings, tmp_path):
    async with running(settings) as node:
        await write(node.store)
    (tmp_path / "log-key.pem").rename(tmp_path / "right.pem")
    with pytest.raises(FailedPrecondition, match="LOG_CHECKPOINT_UNTRUSTED"):
        async with running(settings):
            pytest.fail("the node is up")
    (tmp_path / "right.pem").replace(tmp_path / "log-key.pem")
    async with running(settings) as node:
        await write(node.store)


async def test_a_node_whose_log_was_edited_under_it_says_that_it_is_not_ready(settings):
    admin = Principal(id="admin", kind=PrincipalKind.PERSON, title="A", organization="3702")
    new = {"id": "c-1", "parent": "3702", "title": {"zh": "机构", "en": "Org"}, "level": "city", "kind": "department"}
    async with running(settings) as node, httpx2.AsyncClient(base_url=f"http://{node.http}", trust_env=False) as http:
        node.readiness.enter(Phase.SERVING)
        await found(node.store, system_clock, "city", [an_organization("3702")], admin)
        assert (await http.get("/readyz")).status_code == 200
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
            connection.execute("DELETE FROM log WHERE position = (SELECT position FROM head)")
            connection.execute("UPDATE head SET position = position - 1")
        connection.close()
        for parent in ("3702", "nowhere"):
            with pytest.raises((FailedPrecondition, Invalid)):
                await node.platform.organizations.create(Call(principal="admin"), new | {"parent": parent})
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"]["reason"] == "LOG_ROLLED_BACK"
        assert "ucs_log_distrusted 1.0" in (await http.get("/metrics")).text


async def test_a_node_whose_log_is_in_order_again_is_ready_without_being_written_to(settings):
    admin = Principal(id="admin", kind=PrincipalKind.PERSON, title="A", organization="3702")
    new = {"id": "c-1", "parent": "3702", "title": {"zh": "机构", "en": "Org"}, "level": "city", "kind": "department"}
    async with running(settings) as node, httpx2.AsyncClient(base_url=f"http://{node.http}", trust_env=False) as http:
        node.readiness.enter(Phase.SERVING)
        await found(node.store, system_clock, "city", [an_organization("3702")], admin)
        edit(settings, "UPDATE head SET position = position - 1")
        with pytest.raises(FailedPrecondition):
            await node.platform.organizations.create(Call(principal="admin"), new)
        assert (await http.get("/readyz")).status_code == 503
        edit(settings, "UPDATE head SET position = position + 1")
        assert (await http.get("/readyz")).status_code == 200
        await node.platform.organizations.create(Call(principal="admin"), new)


async def test_a_checkpoint_that_is_no_note_is_not_trusted(settings):
    async with running(settings) as node:
        await write(node.store)
    edit(settings, "UPDATE head SET note = 'garbage'")
    with pytest.raises(FailedPrecondition, match="LOG_CHECKPOINT_UNTRUSTED"):
        async with running(settings):
            pytest.fail("the node is up")
