"""`ucs apply`: what files state becomes what the catalogue holds, and every change is shown."""

import io
import sys

import pytest

from ucs_sdk.commands import Exit


def outcomes(run) -> list[str]:
    return [result["outcome"] for result in run.json["results"]]


def test_a_new_code_is_created_and_every_field_shown(here, ucs, write, stated, code):
    done = ucs("apply", "-f", write(stated()))
    assert done.code == Exit.OK
    assert f"{code}: created" in done.out
    assert "+ content.title.zh: 易积水点水深" in done.out
    assert f"ucs submit {code}" in done.err
    assert ucs("get", code, "--json").json["head"]["state"] == "draft"


def test_an_update_shows_and_sends_only_what_differs(drafted, ucs, write, stated):
    changed = stated(tags=["积水", "防汛"], summary={"zh": "每小时更新", "en": "Renewed every ten minutes"})
    done = ucs("apply", "-f", write(changed), "--json").json["results"][0]
    assert done["outcome"] == "updated"
    assert done["revision"] == 2
    assert {change["path"] for change in done["differences"]} == {"content.tags", "content.summary.zh"}
    shown = ucs("apply", "-f", write(stated())).out
    assert "~ content.summary.zh: 每小时更新 → 每十分钟更新" in shown


def test_nothing_to_do_is_said_and_opens_no_revision(drafted, ucs, write, stated):
    again = ucs("apply", "-f", write(stated()))
    assert again.code == Exit.OK
    assert "already as stated" in again.out
    assert ucs("get", drafted, "--json").json["head"]["number"] == 1


def test_space_around_texts_is_no_difference_but_it_is_within_the_specification(drafted, ucs, write, stated):
    padded = stated(summary={"zh": "每十分钟更新\n", "en": " Renewed every ten minutes "})
    assert outcomes(ucs("apply", "-f", write(padded), "--json")) == ["unchanged"]
    items = [{"name": "depth", "title": "水深 ", "data_type": "decimal"}]
    assert outcomes(ucs("apply", "-f", write(stated(spec={"items": items})), "--json")) == ["updated"]


def test_what_a_file_leaves_out_stays_and_null_clears_it(here, ucs, write, stated, code):
    assert ucs("apply", "-f", write(stated(contact="Ms Li", format="csv"))).code == Exit.OK
    partial = {**stated(), "content": {"format": None}}
    done = ucs("apply", "-f", write(partial))
    assert "- content.format: csv" in done.out
    held = ucs("get", code, "--json").json["head"]["content"]
    assert (held["format"], held["contact"]) == (None, "Ms Li")


def test_dry_run_checks_shows_and_changes_nothing(here, ucs, write, stated, code):
    dry = ucs("apply", "-f", write(stated()), "--dry-run")
    assert dry.code == Exit.OK
    assert f"{code}: would be created; nothing was changed" in dry.out
    assert ucs("get", code).code == Exit.NOT_FOUND
    # The twin: without --dry-run the same file does change something.
    assert ucs("apply", "-f", write(stated())).code == Exit.OK
    assert ucs("get", code).code == Exit.OK
    changed = stated(tags=["x"])
    assert "would be updated" in ucs("apply", "-f", write(changed), "--dry-run").out
    assert ucs("get", code, "--json").json["head"]["number"] == 1


def test_each_change_carries_a_request_id_of_its_own(here, ucs, write, stated):
    first, second = stated(), stated()
    second["code"] += "-B"
    assert ucs("apply", "-f", write(first, second)).code == Exit.OK
    entries = ucs("log", "--first", "2", "--as", "platform-admin", "--json").records
    ids = [entry["request_id"] for entry in entries]
    assert all(id.startswith("cli-") for id in ids)
    assert len(set(ids)) == 2


def test_dates_and_numbers_arrive_as_the_catalogue_knows_them(here, ucs, write, stated, code):
    text = write(stated(issued_on="ISSUED")).read_text("utf-8").replace("ISSUED", "2026-06-01")
    done = ucs("apply", "-f", write(text))
    assert done.code == Exit.OK, done.err
    assert ucs("get", code, "--json").json["head"]["content"]["issued_on"] == "2026-06-01"
    assert outcomes(ucs("apply", "-f", write(text), "--json")) == ["unchanged"]


def test_a_dependency_may_be_named_by_code(here, ucs, write, stated):
    data = stated()
    layer = stated(dependencies=[{"target": data["code"], "relation": "reads"}])
    layer["code"] += "-B"
    done = ucs("apply", "-f", write(data, layer), "--json")
    assert outcomes(done) == ["created", "created"]
    needs = ucs("get", layer["code"], "--json").json["head"]["content"]["dependencies"]
    assert [end["resource"]["code"] for end in needs] == [data["code"]]
    assert outcomes(ucs("apply", "-f", write(data, layer), "--json")) == ["unchanged", "unchanged"]


def test_standard_input_is_a_file_as_well(here, ucs, write, stated, monkeypatch):
    raw = write(stated()).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert outcomes(ucs("apply", "-f", "-", "--json")) == ["created"]


def test_one_refused_document_does_not_stop_the_others(here, ucs, write, stated):
    bad, good = stated(share_type="conditional"), stated()
    good["code"] += "-B"
    done = ucs("apply", "-f", write(bad, good), "--json")
    assert done.code == Exit.REFUSED
    assert outcomes(done) == ["failed", "created"]
    error = done.json["results"][0]["error"]
    assert error["reason"] == "SHARE_CONDITION_MISSING"
    assert error["fields"]["path"] == "content.share_condition"
    assert f"document 1 ({bad['code']}): share_condition is required" in done.err
    assert "1 of 2 resources are as stated." in done.err


def test_a_mistake_is_told_in_chinese_as_well(here, ucs, write, stated, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "zh")
    done = ucs("apply", "-f", write(stated(share_type="conditional")))
    assert "第 1 个文档" in done.err
    assert "必须填写 share_condition" in done.err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"data_level": "l9"}, "content.data_level is 'l9'; it must be one of l1, l2, l3, l4."),
        ({"title": {"zh": "水"}}, "content.title.en is required."),
        ({"region_code": 3702}, "content.region_code is '3702', which is not"),
        ({"spec": {"items": []}}, "content.spec.items"),
    ],
)
def test_a_refusal_names_file_document_and_field(here, ucs, write, stated, change, told):
    done = ucs("apply", "-f", write(stated(**change)))
    assert done.code == Exit.REFUSED
    assert "resources.yaml, document 1" in done.err
    assert told in done.err


def test_an_unknown_field_is_refused_with_a_guess_before_anything_is_sent(here, ucs, write, stated, code):
    fine, slip = stated(), stated(sharetype="none")
    slip["code"] += "-B"
    done = ucs("apply", "-f", write(fine, slip))
    assert done.code == Exit.REFUSED
    assert (
        "document 2: content.sharetype is not a field here. Nothing was sent. Did you mean share_type, share_mode?"
        in done.err
    )
    assert ucs("get", code).code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("code: [", "line 1, column"),
        ("- a list", "code is required"),
        ("kidn: data", "kidn is not a field here. Nothing was sent. Did you mean kind?"),
        ("code: X\nkind: data\ntype: dataset\nowner: 3702\ncontent: {}", "owner must be a text: put '3702' in quotes"),
        ("code: X\nkind: data\ntype: dataset\nowner: a\ncontent: []", "content must hold fields"),
        ("code: X\ncode: Y", "the field 'code' occurs twice"),
        ("a: &x [1]\nb: *x", "aliases (*name) are not taken"),
        ("code: !!python/object:os.system {}", "line 1"),
        ("code: X\nkind: data\ntype: d\nowner: a\ncontent: {}\n---\nnonsense: 1", "document 2: nonsense"),
        (
            "{code: X, kind: k, type: t, owner: o, content: {}}\n---\n{code: X, kind: k, type: t, owner: o, content: {}}",
            "in document 1 already",
        ),
        ("[" * 3000, "resources.yaml, document 1"),
    ],
)
def test_a_malformed_file_is_refused_by_place(here, ucs, write, text, told):
    done = ucs("apply", "-f", write(text))
    assert done.code == Exit.REFUSED
    assert told in done.err
    assert done.out == ""


def test_a_file_that_is_missing_too_large_or_no_text_is_refused(here, ucs, write, tmp_path):
    assert "No such file" in ucs("apply", "-f", tmp_path / "nowhere.yaml").err
    large = write("#" * 1_048_577, name="large.yaml")
    assert "more than 1048576 bytes" in ucs("apply", "-f", large).err
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in ucs("apply", "-f", binary).err


def test_what_stays_for_ever_is_not_changed(drafted, ucs, write, stated):
    moved = {**stated(), "owner": "qingdao-roads"}
    done = ucs("apply", "-f", write(moved))
    assert done.code == Exit.CONFLICT
    assert "owner of" in done.err


def test_who_may_not_write_is_denied(here, ucs, write, stated):
    done = ucs("apply", "-f", write(stated()), "--as", "app")
    assert done.code == Exit.DENIED


def test_the_examples_are_accepted(here, ucs, request):
    files = sorted((request.config.rootpath / "examples").glob("0[12]*.yaml"))
    assert len(files) == 2
    # Documents in a run may need one another: a dry run foresees it, and the real one finds them there.
    dry = ucs("apply", "--dry-run", "-f", files[1], "--as", "platform-admin")
    assert dry.code == Exit.OK, dry.err
    assert "QD-3702-COM-9002: would be created" in dry.out
    assert "QD-3702-DAT-9002 is yet to be created by this run, so the dependency on it was not checked." in dry.err
    assert "QD-3702-DAT-9002" in dry.out.partition("content.dependencies")[2]
    assert ucs("get", "QD-3702-DAT-9002", "--as", "platform-admin").code == Exit.NOT_FOUND
    done = ucs("apply", *(word for file in files for word in ("-f", file)), "--as", "platform-admin", "--json")
    assert done.code == Exit.OK, done.err
    again = ucs("apply", *(word for file in files for word in ("-f", file)), "--as", "platform-admin", "--json")
    assert set(outcomes(again)) == {"unchanged"}


def test_a_dry_run_foresees_only_what_this_run_would_create(here, ucs, write, stated):
    data, layer = stated(), stated()
    layer["code"] += "-B"
    layer["content"]["dependencies"] = [{"target": data["code"], "relation": "reads"}]
    # The twins: what stands later, or would be refused itself, is not there for the one that needs it.
    assert outcomes(ucs("apply", "--dry-run", "-f", write(layer, data), "--json")) == ["failed", "created"]
    refused = stated(share_type="conditional")
    assert outcomes(ucs("apply", "--dry-run", "-f", write(refused, layer), "--json")) == ["failed", "failed"]
    # Everything else about the document is still checked.
    layer["content"]["share_type"] = "conditional"
    assert outcomes(ucs("apply", "--dry-run", "-f", write(data, layer), "--json")) == ["created", "failed"]


def test_a_dry_run_of_an_update_shows_a_dependency_on_what_is_coming(drafted, ucs, write, stated):
    new = stated() | {"code": f"{drafted}-B"}
    changed = stated(dependencies=[{"target": new["code"], "relation": "derives_from"}])
    dry = ucs("apply", "--dry-run", "-f", write(new, changed), "--json").json["results"]
    assert [result["outcome"] for result in dry] == ["created", "updated"]
    assert dry[1]["unchecked"] == [new["code"]]
    assert [change["path"] for change in dry[1]["differences"]] == ["content.dependencies"]
    assert ucs("get", drafted, "--json").json["head"]["number"] == 1
