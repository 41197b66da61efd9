"""What the verbs of a serving machine do about a log that is not the one which this machine has seen signed."""

import asyncio
import re
import sqlite3
from contextlib import closing

import pytest

from ucs_core.access.log_keys import LogSigner
from ucs_core.platform.checkpoint_file import CheckpointFile
from ucs_registry.sql import open_store
from ucs_sdk.commands import Exit

FOUND = ("--organization", "3702", "--title-zh", "青岛市", "--title-en", "Qingdao", "--administrator", "ana")
PEOPLE = 'principals:\n  - {{id: {id}, kind: person, title: Somebody, organization: "3702"}}\n'


@pytest.fixture
def machine(ucs, sqlite_url, tmp_path, monkeypatch):
    """A serving machine with a log key and a founded platform; the folder of its keys."""
    folder = tmp_path / "keys"
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("UCS_KEY_FILE", str(folder / "token-key.pem"))
    LogSigner.load_or_create(folder / "log-key.pem", "city")
    assert ucs("db", "init", *FOUND).code == Exit.OK
    return folder


@pytest.fixture
def put(ucs, write):
    """Enters a person on the serving machine."""
    return lambda id: ucs("db", "put", str(write(PEOPLE.format(id=id))), "--by", "ana")


@pytest.fixture
def looked(ucs):
    """What doctor says of the log."""

    def look():
        done = ucs("doctor", "--json")
        return next(item for item in done.json["findings"] if item["name"] == "log")

    return look


async def _seen(url, folder):
    store = await open_store(url)
    async with store.read() as reader:
        [*_, last] = await reader.checkpoints()
    await store.close()
    CheckpointFile(folder / "log-checkpoints.txt").keep(last)


def _copy(source, target):
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


@pytest.fixture
def put_back(machine, put, sqlite_url, tmp_path):
    """The machine with its database put back to an older copy."""
    path, backup = sqlite_url.removeprefix("sqlite:///"), tmp_path / "backup.db"
    assert put("first").code == Exit.OK
    _copy(path, backup)
    assert put("second").code == Exit.OK
    asyncio.run(_seen(sqlite_url, machine))
    _copy(backup, path)
    return machine


def test_nothing_is_written_behind_an_older_copy_of_the_log(put_back, put):
    done = put("third")
    assert done.code == Exit.CONFLICT
    assert "Nothing is served or written" in done.err
    # The twin: without what was seen, nobody could tell, and a second history would be signed.
    (put_back / "log-checkpoints.txt").unlink()
    assert put("third").code == Exit.OK


def test_doctor_finds_an_older_copy_of_the_log(put_back, looked):
    found = looked()
    assert found["verdict"] == "fail"
    assert "does not contain them" in found["text"]


def test_doctor_finds_the_log_well_where_this_machine_signs_it(machine, put, looked):
    assert put("first").code == Exit.OK
    assert (looked()["verdict"], looked()["text"]) == ("ok", str(machine / "log-key.pem"))


def test_doctor_misses_the_key_of_a_signed_log(machine, put, looked, ucs, monkeypatch):
    assert put("first").code == Exit.OK
    (machine / "log-key.pem").rename(machine / "elsewhere.pem")
    gone = looked()
    assert (gone["verdict"], "is not at" in gone["text"]) == ("fail", True)
    LogSigner.load_or_create(machine / "log-key.pem", "city")
    other = looked()
    assert (other["verdict"], "has signed the end" in other["text"]) == ("fail", True)
    assert "UCS_LOG_KEY_FILE" in other["advice"]
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert re.search(r"fail +log +.*无法写入", ucs("doctor").out)


def test_doctor_says_who_may_read_the_logs_key(machine, looked):
    (machine / "log-key.pem").chmod(0o644)
    assert looked()["advice"] == f"chmod 600 {machine / 'log-key.pem'}"


@pytest.mark.parametrize(
    ("stated", "place", "told", "chinese"),
    [
        ('[{"issuer": "https://id.example.org"}]', "UCS_ISSUERS[0].audience", "it is missing", "缺少此项"),
        (
            '[{"issuer": "https://id.example.org", "audience": "ucs", "algorithms": ["HS256"]}]',
            "UCS_ISSUERS[0].algorithms[0]",
            "'EdDSA'",
            "应为",
        ),
        ('[{"issuer": "http://id.example.org", "audience": "ucs"}]', "UCS_ISSUERS[0]", "its keys must come", ""),
        ('[{"issuer": "https://id.example.org", "audience": "u", "tpyes": ["x"]}]', ".tpyes", "no such", "没有此项"),
    ],
)
def test_a_mistake_about_an_issuer_is_told_by_its_place(ucs, monkeypatch, stated, place, told, chinese):
    monkeypatch.setenv("UCS_ISSUERS", stated)
    done = ucs("db", "current")
    assert done.code == Exit.REFUSED
    assert place in done.err
    assert told in done.err
    assert "Value error" not in done.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert chinese in ucs("db", "current").err


def test_a_database_that_does_not_answer_is_named(ucs, monkeypatch):
    monkeypatch.setenv("UCS_DATABASE_URL", "postgresql://ucs:hunter2@127.0.0.1:1/ucs")
    done = ucs("doctor")
    assert "postgresql://ucs:***@127.0.0.1:1/ucs does not answer" in done.out
    assert "correct UCS_DATABASE_URL" in done.out
    served = ucs("serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0")
    assert served.code == Exit.UNREACHABLE
    assert "The database is postgresql://ucs:***@127.0.0.1:1/ucs" in served.err


def test_an_organisation_is_not_taken_for_a_resource(here, ucs):
    for words in (("why", "administer"), ("who-can", "administer"), ("get",)):
        done = ucs(*words, "organizations/qingdao-water")
        assert (done.code, "is not a resource" in done.err) == (Exit.USAGE, True)
