"""Principals, roles and grants by the command line, and who may do what, against a real platform."""

from itertools import count

import pytest

from ucs_sdk.commands import Exit

ADMIN, BUREAU = ("--as", "platform-admin"), ("--as", "bureau-admin")
_numbers = count(1)


@pytest.fixture
def li_na(here, ucs) -> str:
    """A person of the water bureau that no other test knows; its id."""
    id = f"li.na-{next(_numbers)}"
    created = ucs("principal", "create", id, "--title", "李娜 Li Na", "--organization", "qingdao-water", *BUREAU)
    assert created.code == Exit.OK, created.err
    return id


@pytest.fixture
def conditional(here, ucs, write, stated, code) -> str:
    """A resource that is online and read with a grant only; its code."""
    file = write(stated(share_type="conditional", share_condition="on request", contact="Ms Li"))
    assert ucs("apply", "-f", file).code == Exit.OK
    for words in (("submit",), ("approve", "--yes", "--as", "reviewer"), ("online", "--as", "reviewer")):
        assert ucs(words[0], code, *words[1:]).code == Exit.OK
    return code


def test_a_principal_goes_from_its_entry_to_being_shut_out(li_na, ucs):
    shown = ucs("principal", "show", li_na, *BUREAU)
    assert shown.out.startswith("李娜 Li Na\n")
    assert "Water bureau (organizations/qingdao-water)" in shown.out
    assert "enabled" in shown.out
    bound = ("bind", li_na, "--issuer", "https://id.example.org", "--subject", li_na)
    assert f"signs in as   {li_na} (https://id.example.org)" in ucs("principal", *bound, *BUREAU).out
    unbound = ucs("principal", "unbind", f"principals/{li_na}", *BUREAU, "--json").json
    assert unbound["principal"]["subject"] is None
    assert "Ms Li" in ucs("principal", "update", li_na, "--title", "Ms Li", *BUREAU).out
    revoked = ucs("principal", "revoke-tokens", li_na, *BUREAU)
    assert "count no more" in revoked.out
    assert "disabled" in ucs("principal", "disable", li_na, "--reason", "left", *BUREAU).out
    assert li_na in ucs("principal", "list", "--state", "disabled", "--all", *BUREAU).out
    assert li_na not in ucs("principal", "list", "--state", "enabled", "--all", *BUREAU).out
    assert "enabled" in ucs("principal", "enable", li_na, *BUREAU).out


def test_a_dry_run_of_a_change_says_so_and_changes_nothing(li_na, ucs):
    dry = ucs("principal", "disable", li_na, "--reason", "left", "--dry-run", *BUREAU)
    assert "would pass; nothing was changed" in dry.out
    assert ucs("principal", "show", li_na, *BUREAU, "--json").json["disabled"] is False
    dry = ucs("role", "assign", li_na, "editor", "--at", "qingdao-water", "--dry-run", *BUREAU)
    assert "would become editor" in dry.out
    assert ucs("principal", "show", li_na, *BUREAU, "--json").json["roles"] == []


def test_what_is_as_stated_already_is_nothing_to_do(li_na, ucs):
    for words in (
        ("role", "assign", li_na, "editor", "--at", "qingdao-water"),
        ("principal", "enable", li_na),
        ("principal", "update", li_na, "--title", "李娜 Li Na"),
    ):
        ucs(*words, *BUREAU)
        again = ucs(*words, *BUREAU)
        assert (again.code, again.err) == (Exit.OK, ""), words
        assert "lready as stated, nothing to do" in again.out
    last = ucs("log", "--first", "9", *ADMIN).out
    assert f"bureau-admin  roles.assign  {li_na} editor @ qingdao-water" in last
    again = ucs("role", "assign", li_na, "editor", "--at", "qingdao-water", *BUREAU, "--json").json
    assert again["assignment"] == {
        "principal": f"principals/{li_na}",
        "role": "editor",
        "anchor": "organizations/qingdao-water",
    }


def test_a_change_of_nothing_is_a_slip(li_na, ucs):
    for words, told in (((), "Nothing to change"), (("--organization", "x", "--no-organization"), "--no-organization")):
        slip = ucs("principal", "update", li_na, *words, *BUREAU)
        assert slip.code == Exit.USAGE
        assert told in slip.err


def test_principals_are_listed_by_kind_organisation_and_role(li_na, ucs, monkeypatch):
    def listed(*words):
        return [item["id"] for item in ucs("principal", "list", *words, "--all", *ADMIN, "--json").records]

    assert f"principals/{li_na}" in listed("--organization", "qingdao-water", "--kind", "person")
    assert f"principals/{li_na}" not in listed("--organization", "qingdao-roads")
    assert f"principals/{li_na}" not in listed("--kind", "application")
    assert "principals/reviewer" in listed("--role", "reviewer")
    assert f"principals/{li_na}" not in listed("--role", "reviewer")
    page = ucs("principal", "list", "--first", "1", *ADMIN)
    assert "More: --after" in page.err
    assert "DISABLED" in page.out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "已停用" in ucs("principal", "list", "--first", "1", *ADMIN).out


def test_a_misspelt_principal_gets_near_misses_among_those_one_may_know_of(li_na, ucs):
    missed = ucs("principal", "show", f"{li_na}x", *BUREAU)
    assert missed.code == Exit.NOT_FOUND
    assert f"Did you mean {li_na}" in missed.err
    # A principal of another part of the tree does not exist for the bureau's administrator, not as a guess either.
    for words in (("show", "app"), ("disable", "app", "--reason", "x"), ("show", "appp")):
        hidden = ucs("principal", *words, *BUREAU)
        assert hidden.code == Exit.NOT_FOUND
        assert "Did you mean" not in hidden.err
    assert ucs("principal", "show", "app", *ADMIN).code == Exit.OK


def test_a_role_is_assigned_within_ones_own_subtree_only(li_na, ucs):
    given = ucs("role", "assign", li_na, "editor", "--at", "qingdao-water", *BUREAU)
    assert f"principals/{li_na} is now editor at organizations/qingdao-water" in given.out
    assert f"{li_na} @ qingdao-water" in ucs("role", "show", "editor", *BUREAU).out
    assert "role          editor @ qingdao-water" in ucs("principal", "show", li_na, *BUREAU).out
    for words in (("platform_administrator",), ("editor", "--at", "3702"), ("editor", "--at", "qingdao-roads")):
        beyond = ucs("role", "assign", li_na, *words, *BUREAU)
        assert beyond.code in (Exit.DENIED, Exit.NOT_FOUND), words
    taken = ucs("role", "unassign", li_na, "editor", "--at", "qingdao-water", *BUREAU)
    assert "is no longer editor" in taken.out
    assert ucs("role", "unassign", li_na, "editor", "--at", "qingdao-water", *BUREAU).code == Exit.NOT_FOUND
    # The twin: an administrator of the whole platform may.
    assert ucs("role", "assign", li_na, "editor", "--at", "qingdao-roads", *ADMIN).code == Exit.OK


def test_roles_are_listed_with_their_titles_and_guessed(here, ucs, monkeypatch):
    roles = {item["role"]: item for item in ucs("role", "list", *ADMIN, "--json").json["items"]}
    assert {"editor", "reviewer", "operator", "auditor", "organization_administrator"} <= set(roles)
    assert roles["reviewer"]["policies"] == 3
    assert roles["reviewer"]["title"]["en"] in ucs("role", "list", *ADMIN).out
    missed = ucs("role", "show", "reviewr", *ADMIN)
    assert missed.code == Exit.NOT_FOUND
    assert "Did you mean reviewer?" in missed.err
    assert "Did you mean reviewer?" in ucs("role", "assign", "app", "reviewr", "--at", "3702", *ADMIN).err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert roles["reviewer"]["title"]["zh"] in ucs("role", "show", "reviewer", *ADMIN).out


def test_the_last_administrator_is_not_shut_out(here, ucs):
    for words in (
        ("principal", "disable", "platform-admin", "--reason", "x"),
        ("role", "unassign", "platform-admin", "platform_administrator"),
    ):
        refused = ucs(*words, *ADMIN)
        assert refused.code == Exit.CONFLICT, refused
        assert "nothing was changed" in refused.err


def test_a_grant_opens_one_resource_until_it_is_revoked(conditional, ucs):
    assert "Ms Li" not in ucs("get", conditional, "--as", "app").out
    given = ucs("grant", "give", "app", "read", conditional, "--days", "30", *BUREAU)
    assert given.code == Exit.OK, given.err
    assert "principals/app may read" in given.out
    assert "ucs grant revoke" in given.err
    assert "changes nothing" not in given.err
    assert "Ms Li" in ucs("get", conditional, "--as", "app").out
    own = ucs("grant", "list", "--resource", conditional, "--live", "--as", "app", "--json").json["items"]
    assert [(grant["grantee"], grant["action"]) for grant in own] == [("principals/app", "read")]
    id = own[0]["id"].removeprefix("grants/")
    assert id in ucs("grant", "list", "--grantee", "app", "--as", "app").out
    assert "would be revoked" in ucs("grant", "revoke", id, "--reason", "over", "--dry-run", *BUREAU).out
    assert ucs("grant", "revoke", id, "--reason", "over", "--as", "app").code == Exit.DENIED
    assert "revoked" in ucs("grant", "revoke", own[0]["id"], "--reason", "over", *BUREAU).out
    assert "Ms Li" not in ucs("get", conditional, "--as", "app").out
    assert ucs("grant", "revoke", id, "--reason", "over", *BUREAU).code == Exit.NOT_FOUND


def test_a_grant_to_an_organisation_serves_those_in_it(conditional, ucs):
    given = ucs("grant", "give", "organizations/qingdao-roads", "read", conditional, "--until", "2999-01-31", *BUREAU)
    assert "until 2999-01-31 00:00Z" in given.out
    assert "Ms Li" in ucs("get", conditional, "--as", "app").out


def test_a_grant_that_changes_nothing_says_so(conditional, ucs):
    idle = ucs("grant", "give", "app", "audit", conditional, *BUREAU)
    assert idle.code == Exit.OK
    assert "It changes nothing yet" in idle.err
    assert f"`ucs why audit {conditional} --principal app`" in idle.err


@pytest.mark.parametrize(
    ("words", "ends", "told"),
    [
        (("--until", "2020-01-01"), Exit.REFUSED, "ended already"),
        (("--until", "tomorrow"), Exit.REFUSED, "--until"),
        (("--until", "2999-01-01", "--days", "3"), Exit.USAGE, "not both"),
        (("--as", "app"), Exit.DENIED, "administer"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(conditional, ucs, words, ends, told):
    refused = ucs("grant", "give", "app", "read", conditional, *BUREAU, *words)
    assert refused.code == ends
    assert told in refused.err


def test_who_can_lists_everybody_and_by_which_policy(conditional, ucs, monkeypatch):
    assert ucs("grant", "give", "app", "read", conditional, *BUREAU).code == Exit.OK
    answer = ucs("who-can", "read", conditional, *BUREAU, "--json").json
    by = {item["principal"]["id"]: (item["policy"], item["granted"]) for item in answer["items"]}
    assert by["principals/app"] == ("policies/ready.member.conditional.read", True)
    assert by["principals/reviewer"][1] is False
    assert "principals/outsider" not in by
    assert answer["total"] == len(by)
    assert "ready.member.conditional.read and a grant" in ucs("who-can", "read", conditional, *BUREAU).out
    every = ucs("who-can", "read", conditional, "--all", *BUREAU, "--json").records
    assert [item["principal"]["id"] for item in every] == list(by)
    page = ucs("who-can", "read", conditional, "--first", "1", *BUREAU)
    assert f"{len(by)} may read {conditional}." in page.out
    assert "More: --after" in page.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "可以对" in ucs("who-can", "read", conditional, *BUREAU).out


def test_who_may_neither_audit_nor_administer_is_not_told_who_can(conditional, ucs):
    assert ucs("who-can", "read", conditional, "--as", "app").code == Exit.DENIED
    assert ucs("who-can", "raed", conditional, *BUREAU).code == Exit.USAGE


def test_why_without_an_action_tells_all_that_one_may(conditional, ucs, monkeypatch):
    told = ucs("why", conditional, "--as", "app")
    assert f"What principals/app may do to {conditional}:" in told.out
    cells = {line.split()[0]: line.split(maxsplit=2)[1:] for line in told.out.splitlines()[2:]}
    assert cells["discover"] == ["yes", "ready.member.conditional.online.discover"]
    assert cells["read"] == ["no", "a grant would allow it"]
    assert cells["review"] == ["no", "no policy allows it"]
    answer = ucs("why", conditional, "--principal", "app", *BUREAU, "--json").json
    assert answer["principal"] == "principals/app"
    assert {item["action"]: item["allowed"] for item in answer["actions"]}["discover"] is True
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "没有策略允许" in ucs("why", conditional, "--as", "app").out


def test_why_takes_one_word_for_the_resource_and_two_for_both(here, ucs):
    usage = "Usage: ucs why [ACTION] RESOURCE [OPTIONS]"
    assert ucs("why", "--help").out.startswith(usage)
    assert "read does not exist" in ucs("why", "read").err
    misspelt = ucs("why", "raed", "X-1")
    assert misspelt.code == Exit.USAGE
    assert "Did you mean read?" in misspelt.err
    assert "RESOURCE is missing" in ucs("why").err


@pytest.mark.parametrize("group", ["principal", "role", "policy", "grant"])
@pytest.mark.parametrize(("locale", "told"), [("en", "Examples"), ("zh", "示例")])
def test_every_verb_of_a_group_explains_itself_with_an_example(ucs, monkeypatch, group, locale, told):
    monkeypatch.setenv("UCS_LOCALE", locale)
    for name in ucs(group, "--json").json["verbs"]:
        page = ucs(group, name, "--help")
        assert page.code == Exit.OK
        assert told in page.out
        assert f"ucs {group} {name}" in page.out.partition(told)[2]
