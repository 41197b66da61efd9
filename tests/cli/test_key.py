"""`ucs key`: keys are listed, rotated and revoked on the serving machine, and what is done is in the log."""

import asyncio
from datetime import timedelta

import pytest

from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogSigner
from ucs_core.access.tokens import LocalIssuer
from ucs_core.profile import write_profile
from ucs_registry.sql import open_store
from ucs_sdk.commands import Exit

FOUND = ("--organization", "3702", "--title-zh", "青岛市", "--title-en", "Qingdao", "--administrator", "ana")


@pytest.fixture
def machine(ucs, sqlite_url, tmp_path, monkeypatch):
    """A serving machine: a database with its first administrator, and both key files."""
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("UCS_KEY_FILE", str(tmp_path / "keys" / "token-key.pem"))
    monkeypatch.setenv("UCS_ORIGIN", "harbour")
    assert ucs("db", "init", *FOUND).code == Exit.OK
    LocalIssuer.load_or_create(tmp_path / "keys" / "token-key.pem")
    LogSigner.load_or_create(tmp_path / "keys" / "log-key.pem", "harbour")
    return tmp_path / "keys"


def _stored(url):
    async def read():
        store = await open_store(url)
        try:
            async with store.read() as reader:
                return await reader.log(after=0, first=1000), await reader.checkpoints(), await reader.revoked_keys()
        finally:
            await store.close()

    return asyncio.run(read())


def test_a_rotated_key_signs_and_the_earlier_one_stays(ucs, machine):
    [before] = KeyRing.load(machine / "token-key.pem").public
    made = ucs("key", "rotate", "--json").json["id"]
    listed = ucs("key", "list", "--json").json["keys"]
    assert listed == [{"id": made, "state": "signs"}, {"id": before, "state": "trusted"}]
    assert before in ucs("key", "list").out


def test_a_revoked_key_is_shown_as_such_and_logged(ucs, machine, sqlite_url):
    [old] = KeyRing.load(machine / "token-key.pem").public
    ucs("key", "rotate")
    done = ucs("key", "revoke", f"keys/{old}", "--by", "ana", "--json")
    assert done.json == {"by": "principals/ana", "names": [f"keys/{old}"]}
    assert [row["state"] for row in ucs("key", "list", "--json").json["keys"]] == ["signs", "revoked"]
    log, _, revoked = _stored(sqlite_url)
    assert (log[-1].verb, log[-1].object, log[-1].actor) == ("keys.revoke", f"keys/{old}", "principals/ana")
    assert revoked == [old]


def test_the_key_that_signs_is_not_revoked_before_another_does(ucs, machine, sqlite_url):
    [old] = KeyRing.load(machine / "token-key.pem").public
    done = ucs("key", "revoke", f"keys/{old}", "--by", "ana")
    assert (done.code, "ucs key rotate" in done.err) == (Exit.CONFLICT, True)
    assert _stored(sqlite_url)[2] == []
    ucs("key", "rotate")
    assert ucs("key", "revoke", f"keys/{old}", "--by", "ana").code == Exit.OK


def test_a_new_key_of_the_log_is_announced_and_vouched_for_by_the_earlier_one(ucs, machine, sqlite_url):
    earlier = LogSigner(KeyRing.load(machine / "log-key.pem"), "harbour")
    told = ucs("key", "rotate", "--log", "--by", "ana", "--json").json
    log, checkpoints, _ = _stored(sqlite_url)
    assert (log[-1].verb, log[-1].object) == ("log.rotate_key", told["name"])
    assert told["verification_key"] in log[-1].body
    assert checkpoints[-1].size == log[-1].position
    assert earlier.trusts(checkpoints[-1].note)
    lines = ucs("key", "list", "--log").out.split()
    assert lines[0] == told["verification_key"]
    [only] = earlier.verification_keys
    assert lines[1:] == [only]
    assert checkpoints[-1].note.count("\n— harbour ") == 2


@pytest.mark.parametrize("words", [("rotate", "--log", "--by", "nobody"), ("revoke", "x" * 43, "--by", "nobody")])
def test_whoever_is_no_administrator_changes_nothing(ucs, machine, sqlite_url, words):
    before, length = (machine / "log-key.pem").read_bytes(), len(_stored(sqlite_url)[0])
    done = ucs("key", *words)
    assert done.code != Exit.OK
    assert "nobody" in done.err
    assert (machine / "log-key.pem").read_bytes() == before
    assert len(_stored(sqlite_url)[0]) == length


def test_a_log_key_needs_somebody_in_whose_name_it_changes(ucs, machine):
    done = ucs("key", "rotate", "--log")
    assert (done.code, "--by is required" in done.err) == (Exit.USAGE, True)


def test_what_is_no_key_id_is_refused(ucs, machine):
    done = ucs("key", "revoke", "keys/short", "--by", "ana")
    assert done.code == Exit.REFUSED
    assert "`ucs key list` shows" in done.err


def test_no_key_is_made_by_asking_for_one(ucs, tmp_path, monkeypatch):
    monkeypatch.setenv("UCS_KEY_FILE", str(tmp_path / "none.pem"))
    assert ucs("key", "list").code != Exit.OK
    assert ucs("key", "rotate").code != Exit.OK
    assert list(tmp_path.glob("*.pem")) == []


def test_a_token_is_issued_with_the_key_that_signs_now(ucs, machine):
    ucs("key", "rotate")
    first = LocalIssuer.load_or_create(machine / "token-key.pem")
    issued = first.issue("ana", lifetime=timedelta(minutes=1))
    assert first.verifier().verify(issued).key == next(iter(first.public_keys))


def test_issuers_that_are_no_json_are_told_of(ucs, monkeypatch):
    monkeypatch.setenv("UCS_ISSUERS", "[{")
    done = ucs("key", "list")
    assert done.code == Exit.REFUSED
    assert "UCS_ISSUERS" in done.err


def test_the_keys_of_the_demo_are_found_where_no_node_was_set_up(ucs, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name in ("UCS_DATABASE_URL", "UCS_KEY_FILE", "UCS_ORIGIN", "UCS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "demo"
    signer = LogSigner.load_or_create(data / "log-key.pem", "qingdao-demo")
    write_profile("127.0.0.1:1", "127.0.0.1:2", data / "tokens.json")
    assert ucs("key", "list", "--log").out.strip() == signer.verification_keys[0]
