"""`ucs import`: what is fit goes in, what is not goes into a file, and a cut-off import goes on where it was."""

import json

import orjson
import pytest

from ucs_core.rows.limits import LINE_MOST

ITEMS = [{"name": "depth", "title": "水深", "data_type": "decimal"}]


@pytest.fixture
def row(code):
    """A resource as a line has it; no other test has its codes."""

    def make(number, **changes):
        content = {
            "title": {"zh": "易积水点水深", "en": "Depth at waterlogging points"},
            "summary": {"zh": "每十分钟更新", "en": "Renewed every ten minutes"},
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"items": ITEMS},
        }
        line = {"code": f"{code}-{number}", "kind": "data", "type": "dataset", "owner": "qingdao-water"}
        return line | {"content": content | changes.pop("content", {})} | changes

    return make


@pytest.fixture
def write_lines(tmp_path):
    """Writes lines into a file."""

    def write(*lines, name="city.ndjson", end=b"\n"):
        file = tmp_path / name
        file.write_bytes(b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines) + end)
        return file

    return write


@pytest.fixture
def enter(ucs, here):
    """Runs `ucs import` as the administrator."""
    return lambda *words: ucs("import", *words, "--grpc", here.grpc, "--token", here.token("platform-admin"))


def found(ucs, code):
    run = ucs("search", "--json", "--as", "platform-admin", "--first", "200")
    return sorted(item["code"] for item in run.json["items"] if item["code"].startswith(f"{code}-"))


def rejects_of(file):
    return [json.loads(line) for line in file.with_name(f"{file.name}.rejects.ndjson").read_text("utf-8").splitlines()]


def test_every_line_is_entered_and_nothing_is_left_beside_the_file(enter, ucs, write_lines, row, code, tmp_path):
    file = write_lines(*map(row, range(3)))
    run = enter(file)
    assert (run.code, run.out) == (0, "3 resources entered.\n")
    assert found(ucs, code) == [f"{code}-{number}" for number in range(3)]
    assert [each.name for each in tmp_path.glob("city*")] == ["city.ndjson"]


def test_bad_lines_go_to_the_rejects_file_with_number_and_reason(enter, ucs, write_lines, row, code):
    file = write_lines(row(1), b'{"code": ', b"", row(2, owner="nobody"), row(1), row(3))
    run = enter(file)
    assert run.code == 1
    assert [(each["line"], each["reason"]) for each in rejects_of(file)] == [
        (2, "LINE_NOT_JSON"),
        (4, "ORGANIZATION_UNKNOWN"),
        (5, "CODE_TAKEN"),
    ]
    assert json.loads(rejects_of(file)[1]["row"])["code"] == f"{code}-2"
    assert "nobody" in rejects_of(file)[1]["message_zh"]
    assert "nobody" in rejects_of(file)[1]["message_en"]
    assert "line 4 owner: There is no organisation" in run.err
    assert "3 rows were rejected" in run.out
    assert found(ucs, code) == [f"{code}-1", f"{code}-3"]


def test_rejects_go_where_they_are_told_and_are_told_in_chinese(enter, write_lines, tmp_path, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "zh")
    run = enter(write_lines(b"{"), "--rejects", tmp_path / "bad.ndjson", "--json")
    assert run.json | {"rejects": "bad"} == {
        "entered": 0,
        "rejected": 1,
        "rejects": "bad",
        "dry_run": False,
        "atomic": False,
    }
    assert "第 1 行: 该行不是 JSON 文本" in run.err
    assert json.loads((tmp_path / "bad.ndjson").read_text("utf-8"))["line"] == 1


def test_file_that_is_cut_in_half_is_entered_up_to_its_last_line(enter, ucs, write_lines, row, code):
    whole = write_lines(*map(row, range(4)))
    text = whole.read_bytes()
    whole.write_bytes(text[: len(text) - 40])
    run = enter(whole)
    assert (run.code, found(ucs, code)) == (1, [f"{code}-{number}" for number in range(3)])
    [rejected] = rejects_of(whole)
    assert (rejected["line"], rejected["reason"]) == (4, "LINE_NOT_JSON")


def test_line_without_end_is_a_reject_and_is_not_held(enter, ucs, row, code, tmp_path):
    file = tmp_path / "city.ndjson"
    with file.open("wb") as out:
        out.write(orjson.dumps(row(1)) + b"\n")
        # A hole of 32 MiB: the file system keeps none of it, and neither may the reader.
        out.seek(32 * LINE_MOST, 1)
        out.write(b"\n" + orjson.dumps(row(2)))
    run = enter(file)
    assert (run.code, found(ucs, code)) == (1, [f"{code}-1", f"{code}-2"])
    [rejected] = rejects_of(file)
    assert (rejected["line"], rejected["reason"], "row" in rejected) == (2, "LINE_TOO_LONG", False)


def test_checking_tells_what_would_be_rejected_and_changes_nothing(enter, ucs, write_lines, row, code):
    run = enter(write_lines(row(1), row(1), b"[]"), "--dry-run")
    assert (run.code, found(ucs, code)) == (1, [])
    assert "1 resources are fit to be entered; nothing was changed." in run.out
    assert "2 rows were rejected" in run.out


def test_all_or_nothing_names_the_line_that_was_refused(enter, ucs, write_lines, row, code):
    run = enter(write_lines(row(1), row(2), b"", row(1)), "--atomic")
    assert (run.code, found(ucs, code)) == (6, [])
    assert "Nothing was entered, for line 4 was refused:" in run.err
    assert enter(write_lines(row(1), row(2)), "--atomic").code == 0
    assert found(ucs, code) == [f"{code}-1", f"{code}-2"]


def test_all_or_nothing_names_the_field_within_its_line(enter, write_lines, row):
    wrong = row(3)
    wrong["content"]["title"] = {"zh": 5, "en": "x"}
    run = enter(write_lines(row(1), row(2), b"", wrong), "--atomic")
    assert run.code != 0
    assert "Nothing was entered, for line 4 was refused:\ncontent.title.zh is" in run.err
    # The twin told of the place in a stream, which nobody has seen.
    assert "chunks[" not in run.err


def test_table_is_imported_by_its_columns(enter, ucs, code, tmp_path):
    table = tmp_path / "directory.csv"
    titles = "信息资源代码,信息资源名称,信息资源摘要,机构标识,共享类型,数据分级,信息项信息"
    cells = "水位,说明,qingdao-water,无条件共享,L1,depth|水深|decimal"
    table.write_text(f"{titles}\n{code}-1,{cells}\n{code}-2,,{cells}\n", "utf-8")
    run = enter(table)
    assert (run.code, found(ucs, code)) == (1, [f"{code}-1"]), run.err
    assert [each["line"] for each in rejects_of(table)] == [3]


def test_misuse_is_told_before_anything_is_sent(enter, ucs, here, write_lines, row, tmp_path):
    file = write_lines(row(1))
    assert enter(tmp_path / "nowhere.ndjson").code == 2
    assert enter(file, "--resume", "--atomic").code == 2
    assert enter(file, "--resume").code == 6
    assert ucs("import", file, "--grpc", "127.0.0.1:1", "--token", "x").code == 3
    assert ucs("import", file, "--grpc", here.grpc, "--token", "nonsense").code == 4
    # Nothing of it was entered, so nothing has to be resumed.
    assert enter(file).code == 0


def test_caller_who_may_not_administer_gets_every_row_back(ucs, here, write_lines, row):
    run = ucs("import", write_lines(row(1)), "--grpc", here.grpc, "--token", here.token("app"))
    assert run.code == 4
    assert "administer" in run.err


def test_a_file_for_apply_is_told_where_it_belongs(enter, tmp_path, monkeypatch):
    file = tmp_path / "one.yaml"
    file.write_text("code: X-1\n")
    refused = enter(file)
    assert (refused.code, f"ucs apply -f {file}" in refused.err) == (2, True)
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "为 YAML 文件" in enter(file).err
    assert not list(tmp_path.glob("*rejects*"))


def test_an_import_that_is_denied_says_so_once(ucs, here, write_lines, row, monkeypatch):
    def enter_as(persona, *words):
        return ucs("import", *words, "--grpc", here.grpc, "--token", here.token(persona))

    file = write_lines(*map(row, range(30)))
    for words in ((), ("--dry-run",)):
        run = enter_as("reviewer", file, *words)
        assert run.code == 4
        assert run.err.count("qingdao-water") == 1
        assert "30 of them you may not enter" in run.out
    assert len(rejects_of(file)) == 30
    monkeypatch.setenv("UCS_LOCALE", "zh")
    # What else is wrong is told as ever, and is no matter of rights alone.
    mixed = write_lines(*map(row, range(3)), b"{", name="mixed.ndjson")
    run = enter_as("reviewer", mixed)
    assert (run.code, "第 4 行" in run.err, "其中 3 行您无权导入" in run.out) == (1, True, True)
