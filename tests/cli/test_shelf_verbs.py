"""What people type to take resources off the shelf, and to find them in the bin."""

from __future__ import annotations

import pytest


@pytest.fixture
def needed(published, ucs, write, stated, city):
    """A resource that is online and another that needs it; their codes."""
    other = next(city.codes)
    target = ucs("get", published, "--json").json["id"]
    user = stated(dependencies=[{"target": target, "relation": "reads"}], title={"zh": "用户", "en": "The user"})
    assert ucs("apply", "-f", write(user | {"code": other})).code == 0
    assert ucs("submit", other).code == 0
    assert ucs("approve", other, "--yes", "--as", "reviewer").code == 0
    return published, other


def test_pause_has_a_reason_and_an_end(published, ucs):
    assert ucs("suspend", published, "--as", "reviewer").code == 2
    paused = ucs("suspend", published, "--reason", "Repairs.", "--as", "reviewer")
    assert (paused.code, f"ucs resume {published}" in paused.err) == (0, True)
    assert "Repairs." in ucs("get", published).out
    again = ucs("suspend", published, "--reason", "x", "--as", "reviewer", "--json")
    assert (again.code, again.json["error"]["reason"]) == (6, "TRANSITION_ILLEGAL")
    assert ucs("resume", published, "--as", "reviewer", "--json").json["after"]["availability"] == "online"


def test_announcement_is_shown_to_those_it_concerns(needed, ucs, monkeypatch):
    old, user = needed
    bad = ucs("deprecate", old, "--from", "soon", "--as", "bureau-admin")
    assert (bad.code, "soon" in bad.err) == (1, True)
    backwards = ucs("deprecate", old, "--from", "2026-06-01", "--until", "2026-05-01", "--as", "bureau-admin", "--json")
    assert backwards.json["error"]["reason"] == "REMOVAL_BEFORE_DEPRECATION"
    words = ("--from", "2026-06-01", "--until", "2027-06-01", "--instead", user, "--note", "Moved.")
    made = ucs("deprecate", old, *words, "--as", "bureau-admin")
    assert (made.code, "deprecated from 2026-06-01 on" in made.out) == (0, True)
    card = ucs("get", old).out
    assert f"from 2026-06-01 on; to go on 2027-06-01; use {user} The user instead; Moved." in card
    assert "! deprecated" in ucs("get", user).out
    assert "! deprecated" not in ucs("get", user, "--as", "bureau-admin", "--json").out
    listed = ucs("search", "--affected", "--json").json
    assert user in [item["code"] for item in listed["items"]]
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert f"自 2026-06-01 起；计划于 2027-06-01 移除；请改用 {user} 用户" in ucs("get", old).out.replace("; ", "；")
    assert ucs("undeprecate", old, "--as", "bureau-admin").code == 0
    assert "弃用" not in ucs("get", old).out


@pytest.mark.parametrize("verb", ["retire", "delete"])
def test_what_is_still_needed_names_its_users(needed, ucs, verb, monkeypatch):
    old, user = needed
    yes = ["--yes"] if verb == "retire" else []
    refused = ucs(verb, old, *yes, "--as", "bureau-admin")
    id = ucs("get", user, "--json").json["id"]
    assert (refused.code, f"{user}  The user" in refused.err) == (6, True)
    assert "resources/" not in refused.err
    error = ucs(verb, old, *yes, "--as", "bureau-admin", "--json").json["error"]
    assert (error["fields"]["dependants"], f"{id}  The user" in error["message"]) == ([id], True)
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert f"{user}  用户" in ucs(verb, old, *yes, "--as", "bureau-admin").err


def test_retirement_is_asked_for(published, ucs, typed):
    alone = ucs("retire", published, "--as", "bureau-admin")
    assert (alone.code, "--yes" in alone.err) == (2, True)
    typed("n\n")
    assert ucs("retire", published, "--as", "bureau-admin").code != 0
    typed("y\n")
    assert ucs("retire", published, "--as", "bureau-admin").code == 0
    assert ucs("get", published, "--as", "bureau-admin", "--json").json["availability"] == "retired"


def test_deleted_resource_is_found_in_the_bin_and_taken_back(published, ucs):
    tried = ucs("delete", published, "--dry-run", "--as", "bureau-admin")
    assert (tried.code, ucs("get", published).code) == (0, 0)
    gone = ucs("delete", published, "--as", "bureau-admin")
    assert (gone.code, "is in the bin until" in gone.out, f"ucs undelete {published}" in gone.err) == (0, True, True)
    assert ucs("get", published).code == 5
    assert published in ucs("bin", "--as", "bureau-admin").out
    assert published not in ucs("bin", "--as", "app").out
    found = next(
        item for item in ucs("bin", "--as", "bureau-admin", "--json").json["items"] if item["code"] == published
    )
    assert found["deleted_by"] == "principals/bureau-admin"
    for reference in ("QD-NOWHERE", published[:-1]):
        lost = ucs("undelete", reference, "--as", "bureau-admin", "--json")
        assert (lost.code, lost.json["error"]["reason"]) == (5, "NOT_IN_BIN")
    assert ucs("undelete", "organizations/3702", "--as", "bureau-admin").code == 2
    assert ucs("undelete", published, "--as", "app").code == 5
    assert ucs("undelete", published, "--dry-run", "--as", "bureau-admin").code == 0
    assert ucs("undelete", found["id"], "--as", "bureau-admin").code == 0
    assert ucs("get", published).code == 0


def test_purge_is_for_good_and_asked_for(published, ucs, typed):
    assert ucs("delete", published, "--as", "bureau-admin").code == 0
    assert "--yes" in ucs("purge", published, "--as", "bureau-admin").err
    typed("n\n")
    assert ucs("purge", published, "--as", "bureau-admin").code != 0
    purged = ucs("purge", published, "--yes", "--as", "bureau-admin")
    assert (purged.code, "gone for ever" in purged.out) == (0, True)
    assert ucs("undelete", published, "--as", "bureau-admin").code == 5


def test_bin_goes_on_where_it_ended(here, ucs, write, stated, city):
    codes = [next(city.codes) for _ in range(3)]
    for code in codes:
        assert ucs("apply", "-f", write(stated() | {"code": code})).code == 0
        # Nothing of it was ever approved: whoever edits it may delete it.
        assert ucs("delete", code).code == 0
    first = ucs("bin", "--first", "2", "--json").json
    rest = ucs("bin", "--after", first["next"], "--json").json
    listed = [item["code"] for item in (*first["items"], *rest["items"])]
    assert [code for code in listed if code in codes] == codes[::-1]
    assert "--after" in ucs("bin", "--first", "1").err


def test_what_is_announced_again_keeps_what_is_not_stated(needed, ucs, monkeypatch):
    old, user = needed

    def announce(*words):
        return ucs("deprecate", old, *words, "--as", "bureau-admin")

    def announced():
        return ucs("get", old, "--json").json["deprecation"]

    first = announce("--from", "2026-06-01", "--instead", user, "--note", "Moved.")
    assert (first.code, "Kept" in first.err) == (0, False)
    again = announce("--until", "2027-06-01")
    assert again.code == 0
    assert f"Kept of what was announced before: --instead {user} --note “Moved.”" in again.err
    found = announced()
    assert (found["effective_on"], found["removal_on"], found["note"]) == ("2026-06-01", "2027-06-01", "Moved.")
    assert found["alternative"]["code"] == user
    monkeypatch.setenv("UCS_LOCALE", "zh")
    gone = announce("--note", "")
    assert (gone.code, "沿用此前声明：--until 2027-06-01" in gone.err, "Moved." in gone.err) == (0, True, False)
    assert announced()["note"] is None
