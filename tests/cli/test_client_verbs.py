"""Finding, reading and moving resources against a real platform."""

import io
import json
import re
import sys

import pytest
import yaml

from ucs_core.cli.catalogue import CONTENT_FIELDS
from ucs_registry.resources import ResourceContent
from ucs_sdk.commands import Exit


def test_every_field_of_the_content_is_asked_for():
    assert set(CONTENT_FIELDS) == set(ResourceContent.model_fields)


def test_search_shows_titles_in_the_readers_language(published, ucs, monkeypatch):
    english = ucs("search", published)
    assert english.code == Exit.OK
    assert "Depth at waterlogging points" in english.out
    assert "Water bureau" in english.out
    assert "1 of 1 resources: Data 1" in english.out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    chinese = ucs("search", published)
    assert "易积水点水深" in chinese.out
    assert "无条件共享" in chinese.out
    assert "共 1 项，显示 1 项：数据 1" in chinese.out


def test_search_answers_in_json(published, ucs):
    answer = ucs("search", published, "--kind", "data", "--state", "online", "--json").json
    assert answer["total"] == 1
    assert answer["facets"] == {"kind": {"data": 1}}
    assert [item["code"] for item in answer["items"]] == [published]
    assert answer["items"][0]["share_type"] == "unconditional"
    assert answer["next"] is None


def test_search_goes_on_behind_a_cursor(here, ucs, write, stated):
    first, second = stated(tags=["cursor"]), stated(tags=["cursor"])
    second["code"] += "-B"
    assert ucs("apply", "-f", write(first, second)).code == Exit.OK
    page = ucs("search", "--tag", "cursor", "--first", "1", "--order", "code", "--json").json
    assert [item["code"] for item in page["items"]] == [first["code"]]
    rest = ucs("search", "--tag", "cursor", "--order", "code", "--after", page["next"], "--json").json
    assert [item["code"] for item in rest["items"]] == [second["code"]]
    every = ucs("search", "--tag", "cursor", "--order", "code", "--all", "--json").records
    assert [item["code"] for item in every] == [first["code"], second["code"]]
    lines = ucs("search", "--tag", "cursor", "--order", "code", "--all").out.splitlines()
    assert [line.split("\t")[1] for line in lines] == [first["code"], second["code"]]


def test_a_search_without_a_match_says_so_and_guesses_the_type(here, ucs):
    nothing = ucs("search", "--type", "datset")
    assert nothing.code == Exit.OK
    assert "Nothing that you may see matches." in nothing.out
    assert "Did you mean dataset?" in nothing.err


def test_an_unknown_owner_is_refused_by_the_platform(here, ucs):
    refused = ucs("search", "--owner", "atlantis")
    assert refused.code == Exit.REFUSED
    assert "atlantis" in refused.err


def test_get_takes_a_code_a_name_and_a_bare_ulid(published, ucs):
    by_code = ucs("get", published, "--json").json
    for reference in (by_code["id"], by_code["id"].removeprefix("resources/"), by_code["id"].lower()):
        assert ucs("get", reference, "--json").json == by_code


def test_get_shows_a_card_in_both_languages(published, ucs, monkeypatch):
    card = ucs("get", published).out
    assert card.startswith("Depth at waterlogging points\n易积水点水深\n")
    assert "Online; revision 1: Approved" in card
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "已上架；第 1 版：已通过" in ucs("get", published).out


def test_what_may_not_be_read_is_said_to_be_hidden(here, ucs, write, stated, code):
    file = write(stated(share_type="conditional", share_condition="on request", contact="Ms Li"))
    assert ucs("apply", "-f", file).code == Exit.OK
    for words in (
        ("submit", code),
        ("approve", code, "--yes", "--as", "reviewer"),
        ("online", code, "--as", "reviewer"),
    ):
        assert ucs(*words).code == Exit.OK
    assert "Ms Li" in ucs("get", code).out
    seen = ucs("get", code, "--as", "app").out
    assert "Ms Li" not in seen
    assert "ucs why read" in seen


def test_get_as_a_file_is_what_apply_takes(published, ucs, write):
    file = write(ucs("get", published, "--yaml").out)
    assert yaml.safe_load(file.read_text("utf-8"))["code"] == published
    again = ucs("apply", "-f", file, "--json").json["results"][0]
    assert again["outcome"] == "unchanged"


def test_a_misspelt_code_gets_near_misses(published, ucs):
    missed = ucs("get", f"{published[:-1]}X")
    assert missed.code == Exit.NOT_FOUND
    assert published in missed.err.partition("Did you mean ")[2]
    assert published in ucs("get", f"{published[:-1]}X", "--json").json["error"]["fields"]["near"]


def test_near_misses_name_nothing_that_the_caller_may_not_see(drafted, ucs):
    missed = ucs("get", f"{drafted[:-1]}X", "--as", "outsider", "--json")
    assert missed.code == Exit.NOT_FOUND
    assert drafted not in missed.out + missed.err


def test_a_resource_goes_from_draft_to_online_and_back(drafted, ucs):
    submitted = ucs("submit", drafted)
    assert "In review" in submitted.out
    assert f"ucs approve {drafted}" in submitted.err
    approved = ucs("approve", drafted, "--yes", "--as", "reviewer")
    assert "the first revision" in approved.out
    assert "submitted by principals/publisher" in approved.out
    assert ucs("online", drafted, "--as", "reviewer", "--json").json["after"]["availability"] == "online"
    offline = ucs("offline", drafted, "--reason", "sensor broken", "--as", "reviewer")
    assert "Offline" in offline.out
    assert "sensor broken" in ucs("get", drafted).out


def test_a_withdrawn_revision_is_a_draft_again(drafted, ucs):
    assert ucs("submit", drafted).code == Exit.OK
    assert ucs("withdraw", drafted, "--json").json["after"]["head"]["state"] == "draft"


def test_a_rejection_carries_its_reason(drafted, ucs):
    assert ucs("submit", drafted).code == Exit.OK
    assert ucs("reject", drafted, "--as", "reviewer").code == Exit.USAGE
    assert ucs("reject", drafted, "--yes", "--reason", "no units", "--as", "reviewer").code == Exit.OK
    assert ucs("get", drafted, "--json").json["head"]["reason"] == "no units"
    for words in (("get", drafted), ("get", drafted, "--head")):
        shown = " ".join(ucs(*words).out.split())
        assert "reviewer principals/reviewer, " in shown
        assert "rejected for no units" in shown
    last = ucs("log", "--first", "1", "--as", "platform-admin")
    assert re.search("reviewer  resources.reject  .* “no units”", last.out)
    assert ucs("log", "--first", "1", "--as", "platform-admin", "--json").records[0]["stated_reason"] == "no units"


def test_who_is_shown_no_head_is_shown_no_rejection(published, ucs, write, stated):
    assert ucs("apply", "-f", write(stated(tags=["x"]))).code == Exit.OK
    assert ucs("submit", published).code == Exit.OK
    assert ucs("reject", published, "--yes", "--reason", "no units", "--as", "reviewer").code == Exit.OK
    assert "no units" in ucs("get", published).out
    seen = ucs("get", published, "--as", "app")
    assert seen.code == Exit.OK
    assert "no units" not in seen.out
    hidden = ucs("get", published, "--head", "--as", "app")
    assert hidden.code == Exit.DENIED
    assert "Only those who work on" in hidden.err
    assert hidden.out == ""


def test_get_head_shows_the_latest_revision_and_the_etag_to_approve_by(published, ucs, write, stated):
    changed = stated(title={"zh": "易积水点水深", "en": "Water depth"})
    assert ucs("apply", "-f", write(changed)).code == Exit.OK
    assert ucs("submit", published).code == Exit.OK
    served, head = ucs("get", published).out, ucs("get", published, "--head", "--as", "reviewer").out
    assert served.startswith("Depth at waterlogging points\n")
    assert head.startswith("Water depth\n")
    shown = " ".join(head.split())
    for line in ("revision 2", "authors principals/publisher", "submitter principals/publisher, "):
        assert line in shown
    etag = re.search(r"^etag +(v[0-9]+)$", head, re.MULTILINE)[1]
    assert ucs("approve", published, "--etag", etag, "--as", "reviewer").code == Exit.OK


@pytest.mark.parametrize("words", [("approve",), ("reject", "--reason", "no units")])
def test_nobody_judges_what_nobody_is_there_to_see(drafted, ucs, monkeypatch, words):
    assert ucs("submit", drafted).code == Exit.OK
    etag = ucs("get", drafted, "--json").json["etag"]
    for more in ((), ("--json",)):
        refused = ucs(*words, drafted, "--as", "reviewer", *more)
        assert refused.code == Exit.USAGE
        assert f"`ucs get {drafted} --head`" in refused.err
        assert f"(now {etag}); or give --yes" in refused.err
    assert "Depth at waterlogging points" in ucs(*words, drafted, "--as", "reviewer").out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "此处无法询问确认" in ucs(*words, drafted, "--as", "reviewer").err
    assert ucs("get", drafted, "--json").json["head"]["state"] == "in_review"
    # The twin: the same call by somebody who names what they saw goes through.
    assert ucs(*words, drafted, "--etag", etag, "--as", "reviewer").code == Exit.OK


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("said", "ends", "state"), [("y\n", 0, "approved"), ("\n", 1, "in_review"), ("", 1, "in_review")]
)
def test_on_a_terminal_one_is_shown_and_asked(drafted, ucs, monkeypatch, said, ends, state):
    assert ucs("submit", drafted).code == Exit.OK
    monkeypatch.setattr(sys, "stdin", _Terminal(said))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    asked = ucs("approve", drafted, "--as", "reviewer")
    assert asked.code == ends
    assert "approve this? [y/N]" in asked.err
    assert ("Nothing was done." in asked.err) is (ends == 1)
    assert "Renewed every ten minutes" in asked.out
    assert ucs("get", drafted, "--json").json["head"]["state"] == state


def test_who_may_not_review_is_told_so_and_not_asked(published, ucs, write, stated):
    assert ucs("apply", "-f", write(stated(tags=["x"]))).code == Exit.OK
    assert ucs("submit", published).code == Exit.OK
    assert ucs("approve", published, "--as", "app").code == Exit.DENIED
    assert ucs("approve", published, "--yes").code == Exit.DENIED


def test_what_is_approved_is_shown_field_by_field(published, ucs, write, stated):
    changed = stated(title={"zh": "易积水点水深", "en": "Water depth"})
    assert ucs("apply", "-f", write(changed)).code == Exit.OK
    assert ucs("submit", published).code == Exit.OK
    seen = ucs("approve", published, "--as", "reviewer", "--dry-run")
    assert "revision 2" in seen.out
    assert "~ content.title.en: Depth at waterlogging points → Water depth" in seen.out
    assert "Nothing was changed" in seen.out
    assert ucs("get", published, "--json").json["head"]["state"] == "in_review"
    approved = ucs("approve", published, "--yes", "--as", "reviewer", "--json").json
    assert approved["differences"] == [
        {"path": "content.title.en", "before": "Depth at waterlogging points", "after": "Water depth"}
    ]
    assert approved["after"]["revision"] == 2


def test_what_changed_since_it_was_seen_is_not_approved(drafted, ucs):
    seen = ucs("get", drafted, "--json").json["etag"]
    assert ucs("submit", drafted).code == Exit.OK
    stale = ucs("approve", drafted, "--etag", seen, "--as", "reviewer")
    assert stale.code == Exit.CONFLICT
    assert "changed since you read it" in stale.err
    # The twin: with --yes the state just read is approved, and nothing stands in the way.
    assert ucs("approve", drafted, "--yes", "--as", "reviewer").code == Exit.OK


def test_nobody_approves_their_own_work(drafted, ucs):
    assert ucs("submit", drafted, "--as", "platform-admin").code == Exit.OK
    refused = ucs("approve", drafted, "--yes", "--as", "platform-admin")
    assert refused.code == Exit.CONFLICT
    assert "cannot be reviewed by" in refused.err


def test_why_says_that_ones_own_pending_revision_is_for_somebody_else(drafted, ucs, write, stated, monkeypatch):
    assert ucs("submit", drafted, "--as", "platform-admin").code == Exit.OK
    own = ucs("why", "review", drafted, "--as", "platform-admin")
    assert own.out.startswith("Allowed: principals/platform-admin may review")
    assert "principals/platform-admin wrote or submitted revision 1: another reviewer must decide" in own.out
    assert ucs("why", "review", drafted, "--as", "platform-admin", "--json").json["own_revision"] == 1
    # The twins: neither another reviewer nor another action is held back, nor is anybody once it is approved.
    assert "another reviewer" not in ucs("why", "review", drafted, "--as", "reviewer").out
    assert "another reviewer" not in ucs("why", "edit", drafted, "--as", "platform-admin").out
    assert ucs("approve", drafted, "--yes", "--as", "reviewer").code == Exit.OK
    assert "another reviewer" not in ucs("why", "review", drafted, "--as", "platform-admin").out
    # Who wrote it may not judge it either, whoever submitted it.
    assert ucs("apply", "-f", write(stated(tags=["y"])), "--as", "platform-admin").code == Exit.OK
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "须由其他审核人员处理" in ucs("why", "review", drafted, "--as", "platform-admin").out


def test_a_verb_out_of_turn_is_a_conflict(drafted, ucs):
    refused = ucs("online", drafted, "--as", "reviewer", "--json")
    assert refused.code == Exit.CONFLICT
    assert refused.json["error"]["reason"] == "NO_CURRENT_REVISION"


def test_a_caller_without_the_role_is_denied(published, ucs):
    refused = ucs("offline", published, "--reason", "mine", "--as", "app")
    assert refused.code == Exit.DENIED
    assert "ucs why operate" in refused.err


def test_why_names_the_rule_or_the_way_out(published, ucs, monkeypatch):
    allowed = ucs("why", "read", published, "--as", "app")
    assert allowed.code == Exit.OK
    assert allowed.out.startswith("Allowed: principals/app may read")
    assert "decided by ready.member.unconditional.l1.read" in allowed.out
    denied = ucs("why", "review", published)
    assert denied.code == Exit.OK
    assert denied.out.startswith("Denied: principals/publisher may not review")
    assert "editor@organizations/qingdao-water" in denied.out
    assert "would allow it: the role reviewer" in denied.out
    assert "could grant it: principals/platform-admin" in denied.out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "拒绝：principals/publisher" in ucs("why", "review", published).out


def test_why_about_another_principal_is_for_those_who_administer(published, ucs):
    told = ucs("why", "edit", published, "--principal", "app", "--as", "platform-admin", "--json").json
    assert told["allowed"] is False
    assert told["principal"] == "principals/app"
    assert ucs("why", "edit", published, "--principal", "reviewer", "--as", "app").code == Exit.DENIED


def test_why_guesses_a_misspelt_action(here, ucs):
    missed = ucs("why", "aprove", "X-1")
    assert missed.code == Exit.USAGE
    assert "it must be one of discover, read" in missed.err


def test_log_shows_the_last_entries_as_lines_and_as_json(drafted, ucs):
    lines = ucs("log", "--first", "3", "--as", "platform-admin").out.splitlines()
    assert len(lines) == 3
    assert "publisher  resources.create  resources/" in lines[-1]
    records = ucs("log", "--first", "3", "--as", "platform-admin", "--json").records
    assert [record["position"] for record in records] == sorted(record["position"] for record in records)
    assert records[-1]["verb"] == "resources.create"
    behind = records[-2]["position"]
    assert [r["position"] for r in ucs("log", "--after", str(behind), "--as", "platform-admin", "--json").records] == [
        behind + 1
    ]


def test_refusals_stand_in_the_log_with_their_reason(published, ucs, monkeypatch):
    assert ucs("offline", published, "--reason", "mine", "--as", "app").code == Exit.DENIED
    last = ucs("log", "--first", "1", "--as", "platform-admin")
    assert "refused: DENIED" in last.out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "拒绝：DENIED" in ucs("log", "--first", "1", "--as", "platform-admin").out


def test_who_may_audit_nothing_is_told_so(here, ucs):
    empty = ucs("log", "--as", "outsider")
    assert (empty.code, empty.out) == (Exit.OK, "")
    assert "Nothing that you may audit stands behind position 0;" in empty.err


def test_an_auditor_of_a_part_is_shown_the_last_entries_of_that_part(drafted, city, ucs, write, stated):
    part = ("--as", "roads-auditor")
    title = {"zh": "道路", "en": "Roads"}
    documents = [stated(title=title) | {"code": f"{drafted}-R{n}", "owner": "qingdao-roads"} for n in range(3)]
    assert ucs("apply", "-f", write(*documents), "--as", "platform-admin").code == Exit.OK
    # Many entries of others stand behind them.
    others = [stated() | {"code": f"{drafted}-W{n}"} for n in range(30)]
    assert ucs("apply", "-f", write(*others)).code == Exit.OK
    names = [ucs("get", document["code"], "--as", "platform-admin", "--json").json["id"] for document in documents]
    assert [entry["object"] for entry in ucs("log", "--first", "2", *part, "--json").records] == names[1:]
    assert [entry["object"] for entry in ucs("log", "--first", "3", *part, "--json").records] == names
    # Fewer than were asked for are all there are; an auditor of everything needs no look back.
    assert names == [entry["object"] for entry in ucs("log", "--first", "200", *part, "--json").records][-3:]
    assert len(ucs("log", "--first", "7", "--as", "platform-admin", "--json").records) == 7


def test_a_position_beyond_the_end_is_refused(here, ucs):
    refused = ucs("log", "--after", "999999", "--as", "platform-admin", "--json")
    assert refused.code == Exit.REFUSED
    assert refused.json["error"]["reason"] == "POSITION_UNKNOWN"


@pytest.mark.parametrize(
    "words",
    [
        ("search", "水"),
        ("get", "{code}"),
        ("why", "read", "{code}"),
        ("submit", "{code}", "--dry-run"),
        ("apply", "-f", "{file}"),
        ("token", "reviewer"),
        ("doctor",),
    ],
)
def test_json_is_one_document_on_stdout(drafted, ucs, write, stated, words):
    file = str(write(stated()))
    done = ucs(*(word.format(code=drafted, file=file) for word in words), "--json")
    assert isinstance(json.loads(done.out), dict)


def test_an_error_in_json_is_one_document_as_well(here, ucs):
    missed = ucs("get", "QD-NOWHERE", "--json")
    assert missed.json["error"]["code"] == "not_found"
    assert missed.json["error"]["message"] in missed.err
