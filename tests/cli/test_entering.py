"""`ucs db put`: people, roles and policies come in on the serving machine, checked and logged like every other write."""

import json
import sqlite3
from contextlib import closing

import pytest

from ucs_sdk.commands import Exit

FOUND = ("--organization", "3702", "--title-zh", "青岛市", "--title-en", "Qingdao")
PEOPLE = {
    "principals": [
        {"id": "li.na", "kind": "person", "title": "李娜", "organization": "3702"},
        {"id": "wang.wei", "kind": "person", "title": "王伟", "organization": "3702"},
    ],
    "assignments": [
        {"principal": "li.na", "role": "editor", "anchor": "3702"},
        {"principal": "wang.wei", "role": "platform_administrator"},
    ],
    "policies": [{"role": "editor", "relation": "own", "kind": "data", "type": "video_*", "action": "audit"}],
}


@pytest.fixture
def database(ucs, sqlite_url, tmp_path, monkeypatch):
    """A founded platform's database, with `administrator` in it; asks it by SQL."""
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    assert ucs("db", "init", *FOUND).code == Exit.OK

    def ask(statement):
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(statement).fetchall()

    return ask


def put(ucs, file, *more):
    return ucs("db", "put", file, "--by", "administrator", *more)


def test_what_a_file_states_is_entered_and_logged_in_the_administrators_name(ucs, database, write):
    done = put(ucs, write(PEOPLE), "--json").json
    assert done["names"] == [
        "principals/li.na",
        "principals/wang.wei",
        "rules/local.editor.own.kind-data.type-video_-.audit.allow",
        "rules/assigned.editor.li.na.3702",
        "rules/assigned.platform_administrator.wang.wei.-",
    ]
    logged = database("SELECT object, actor, verb FROM log WHERE verb <> 'platform.found' ORDER BY position")
    assert [object for object, _, _ in logged] == done["names"]
    assert {(actor, verb) for _, actor, verb in logged} == {
        ("principals/administrator", "principals.put"),
        ("principals/administrator", "rules.put"),
    }
    # Who was entered may act at once: the second administrator enters somebody, the editor may not.
    assert ucs("db", "put", write(PEOPLE), "--by", "wang.wei").code == Exit.OK
    assert ucs("db", "put", write(PEOPLE), "--by", "li.na").code == Exit.DENIED


def test_a_dry_run_checks_everything_and_changes_nothing(ucs, database, write):
    before = database("SELECT count(*) FROM log")
    dry = put(ucs, write(PEOPLE), "--dry-run")
    assert dry.code == Exit.OK, dry.err
    assert "rules/assigned.editor.li.na.3702" in dry.out
    assert "Would enter 5; nothing was changed." in dry.out
    assert database("SELECT count(*) FROM log") == before
    # The twin: without --dry-run the same file does change something.
    assert "Entered 5 as principals/administrator." in put(ucs, write(PEOPLE)).out
    assert database("SELECT count(*) FROM log") != before


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("section", "stated", "told"),
    [
        ("principals", {"id": "Li Na", "kind": "person", "title": "x"}, "principals[2].id"),
        ("principals", {"id": "a", "kind": "persn", "title": "x"}, "Did you mean person?"),
        ("principals", {"id": "a", "kind": "person", "title": "x", "organization": "atlantis"}, "atlantis"),
        ("assignments", {"principal": "li.na", "role": "edtor", "anchor": "3702"}, "Did you mean editor"),
        ("assignments", {"principal": "li.na", "role": "editor", "anchor": "atlantis"}, "there is no anchor"),
        ("assignments", {"principal": "nobody", "role": "editor", "anchor": "3702"}, "there is no principal"),
        ("assignments", {"principal": "li.na", "rol": "editor"}, "assignments[2]"),
        ("policies", {"role": "editor", "relation": "own", "action": "aprove"}, "its action 'aprove' is not one of"),
        ("policies", {"role": "editor", "relation": "own", "kind": "d.*", "action": "read"}, "cannot be indexed"),
    ],
)
def test_one_mistake_and_nothing_of_the_file_is_entered(ucs, database, write, section, stated, told, more):
    before = database("SELECT count(*) FROM log WHERE outcome = 'accepted'")
    refused = put(ucs, write(PEOPLE | {section: [*PEOPLE[section], stated]}), *more)
    assert refused.code == Exit.REFUSED
    assert told in refused.err
    assert database("SELECT count(*) FROM log WHERE outcome = 'accepted'") == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("[]", "it must hold principals, assignments, policies"),
        ("principls: []", "Did you mean principals?"),
        ("principals: {id: a}", "principals must be a list of objects"),
        ("principals: []\n---\npolicies: []", "document 2: one document holds everything here"),
        ("a: &x [1]\nb: *x", "aliases (*name) are not taken"),
    ],
)
def test_a_malformed_file_is_told_by_place(ucs, database, write, text, told):
    refused = put(ucs, write(text))
    assert refused.code == Exit.REFUSED
    assert told in refused.err


def test_an_administrator_who_is_not_there_is_guessed(ucs, database, write):
    refused = ucs("db", "put", write(PEOPLE), "--by", "adminstrator", "--json")
    assert refused.code == Exit.NOT_FOUND
    assert refused.json["error"]["reason"] == "PRINCIPAL_ABSENT"
    assert "Did you mean administrator?" in refused.err


def test_a_row_put_right_under_its_id_takes_the_place_of_the_broken_one(ucs, database, write):
    policy = {"id": "local.rule", "role": "editor", "relation": "own", "action": "audit"}
    assert put(ucs, write({"policies": [policy]})).code == Exit.OK
    assert put(ucs, write({"policies": [policy | {"relation": "subtree"}]})).code == Exit.OK
    [(fields,)] = database("SELECT fields FROM rules WHERE id = 'local.rule'")
    assert json.loads(fields)[1] == "subtree"


def test_two_roles_never_share_an_id(ucs, database, write):
    people = [{"id": id, "kind": "person", "title": id} for id in ("a", "a.b")]
    roles = [{"principal": "a.b", "role": "editor"}, {"principal": "a", "role": "editor", "anchor": "3702"}]
    names = put(ucs, write({"principals": people, "assignments": roles}), "--json").json["names"]
    assert len(set(names)) == 4


def test_the_example_is_accepted(ucs, database, request):
    file = request.config.rootpath / "examples" / "04-people.yaml"
    assert put(ucs, file, "--dry-run").code == Exit.OK
    assert put(ucs, file).code == Exit.OK


def test_a_database_that_is_behind_or_away_is_told(ucs, empty_sqlite_url, write):
    refused = put(ucs, write(PEOPLE), "--database-url", empty_sqlite_url)
    assert refused.code == Exit.CONFLICT
    assert "ucs db upgrade" in refused.err
