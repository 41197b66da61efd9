"""The verb that prints bearer tokens."""

import json
import time
from datetime import timedelta

import pytest

from ucs_core.access.tokens import LocalIssuer
from ucs_core.profile import write_profile
from ucs_sdk.commands import Exit

FOUND = ("--organization", "3702", "--title-zh", "青岛市", "--title-en", "Qingdao", "--administrator", "ana")


def test_token_prints_the_personas_token_and_nothing_else(here, ucs, tmp_path):
    tokens = json.loads((tmp_path / "tokens.json").read_text("utf-8"))
    assert ucs("token").out == tokens["publisher"] + "\n"
    assert ucs("token", "reviewer").out == tokens["reviewer"] + "\n"
    assert ucs("token", "reviewer", "--json").json["token"] == tokens["reviewer"]


def test_token_issues_for_any_principal_with_the_key_of_this_machine(ucs, tmp_path, monkeypatch):
    issuer = LocalIssuer.load_or_create(tmp_path / "key.pem")
    done = ucs("token", "ana", "--lifetime", "60", "--key-file", tmp_path / "key.pem", "--json").json
    assert issuer.verifier().verify(done["token"]).principal == "ana"
    assert done["expires_at"] is not None
    monkeypatch.setenv("UCS_KEY_FILE", str(tmp_path / "key.pem"))
    assert issuer.verifier().verify(ucs("token", "bob").out.strip()).principal == "bob"


def test_a_persona_whose_token_has_ended_gets_a_fresh_one_from_the_demos_key(ucs, tmp_path):
    issuer = LocalIssuer.load_or_create(tmp_path / "token-key.pem")
    long_ago = LocalIssuer.load_or_create(tmp_path / "token-key.pem", now=lambda: time.time() - 7200)
    ended = long_ago.issue("reviewer", lifetime=timedelta(hours=1))
    living = issuer.issue("app", lifetime=timedelta(hours=1))
    tokens = tmp_path / "tokens.json"
    tokens.write_text(json.dumps({"reviewer": ended, "app": living}), "utf-8")
    write_profile("127.0.0.1:1", "127.0.0.1:2", tokens)
    fresh = ucs("token", "reviewer").out.strip()
    assert fresh != ended
    assert issuer.verifier().verify(fresh).principal == "reviewer"
    assert ucs("token", "app").out.strip() == living


def test_token_is_not_issued_for_a_principal_that_the_database_lacks(ucs, tmp_path, sqlite_url, monkeypatch):
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("UCS_KEY_FILE", str(tmp_path / "key.pem"))
    LocalIssuer.load_or_create(tmp_path / "key.pem")
    assert ucs("db", "init", *FOUND[:-1], "administrator").code == Exit.OK
    refused = ucs("token", "adminstrator")
    assert (refused.code, refused.out) == (Exit.NOT_FOUND, "")
    assert "There is no principal 'adminstrator'" in refused.err
    assert "Did you mean administrator?" in refused.err
    # The twin: one that is there gets its token, and nothing else is said.
    there = ucs("token", "administrator")
    assert (there.code, there.err) == (Exit.OK, "")


def test_token_says_that_nobody_was_looked_up_where_there_is_no_database(ucs, tmp_path, monkeypatch):
    LocalIssuer.load_or_create(tmp_path / "key.pem")
    unchecked = ucs("token", "ana", "--key-file", tmp_path / "key.pem")
    assert unchecked.code == Exit.OK
    assert len(unchecked.out.splitlines()) == 1
    assert "It was not checked whether there is a principal 'ana': there is no database here." in unchecked.err
    monkeypatch.setenv("UCS_DATABASE_URL", "postgresql://ucs@127.0.0.1:1/ucs")
    away = ucs("token", "ana", "--key-file", tmp_path / "key.pem")
    assert away.code == Exit.OK
    assert "It was not checked" in away.err


def test_token_makes_no_key(ucs, tmp_path):
    refused = ucs("token", "ana", "--key-file", tmp_path / "none.pem")
    assert refused.code == Exit.CONFLICT
    assert "none.pem" in refused.err
    assert not (tmp_path / "none.pem").exists()


def test_token_asks_who_where_there_is_no_profile(ucs):
    refused = ucs("token")
    assert refused.code == Exit.REFUSED
    assert "WHO: it is needed" in refused.err


@pytest.mark.parametrize("lifetime", ["0", "86401", "soon"])
def test_a_lifetime_has_its_bounds(ucs, lifetime):
    assert ucs("token", "ana", "--lifetime", lifetime).code == Exit.USAGE
