"""`ucs member` against a real platform, and what files of members say."""

from __future__ import annotations

import json
import re

import pytest

from ucs_core.cli.member_file import BYTES_MOST, CHUNK_MOST, LINE_MOST, chunks_of
from ucs_core.profile import write_profile
from ucs_sdk.commands import Exit
from ucs_sdk.errors import Invalid

TABLE = """编码,名称,英文名称,经度,纬度,行政区划,状态,属性,attributes.ptz,attributes.model
c1,栈桥,Pier,120.3,36.06,3702,在线,"{""lenses"": 2}",true,H-1
c2, 五四广场 ,,,,,offline,,,
,,,,,,,,,
c3,"音乐
广场",,,,,,,12.5,
"""


@pytest.fixture
def stream(here, published, tmp_path):
    """A resource that is online, and a profile that leads to both doors; its code."""
    write_profile(here.address, here.grpc, here.write_tokens(tmp_path))
    return published


@pytest.fixture
def table(tmp_path):
    def write(text, name="members.csv", encoding="utf-8"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return file

    return write


def rows(file):
    return [json.loads(line) for chunk in chunks_of(file) for line in chunk.ndjson.splitlines()]


def test_members_are_imported_listed_shown_and_removed(stream, ucs, table):
    assert ucs("member", "import", stream, table(TABLE), "--dry-run").out == (
        "3 members are fit to be entered; nothing was changed.\n"
    )
    assert ucs("member", "list", stream).out == "There are no such members.\n"
    assert ucs("member", "import", stream, table(TABLE), "--json").json["count"] == 3
    listed = ucs("member", "list", stream)
    assert "c1    Pier" in listed.out
    assert "3 of 3 members." in listed.err
    page = ucs("member", "list", stream, "--first", "2", "--json").json
    assert ([item["code"] for item in page["items"]], page["next"], page["total"]) == (["c1", "c2"], "c2", 3)
    assert (
        ucs("member", "list", stream, "--after", "c2", "--status", "unknown", "--json").json["items"][0]["code"] == "c3"
    )
    assert len(ucs("member", "list", stream, "--text", "广场", "--all", "--json").records) == 2
    shown = ucs("member", "get", stream, "c1").out
    assert re.search(r"^lenses +2$", shown, re.MULTILINE)
    assert shown.startswith("Pier\n栈桥\n")
    assert ucs("member", "get", stream, "c1", "--json").json["attributes"] == {
        "lenses": 2,
        "ptz": True,
        "model": "H-1",
    }
    assert re.search(r"^members +3$", ucs("get", stream).out, re.MULTILINE)
    assert ucs("get", stream, "--json").json["member_count"] == 3
    removed = ucs("member", "remove", stream, "c1", "c2", "--dry-run")
    assert removed.out == "2 members would be removed; nothing was changed.\n"
    assert ucs("member", "remove", stream, "c1", "c2").out == "2 members removed; 1 are left.\n"
    gone = ucs("member", "remove", stream, "c3", "c9")
    assert gone.code == Exit.NOT_FOUND
    assert "no members c9" in gone.err


def test_refused_line_is_named_in_the_readers_language(stream, ucs, table, monkeypatch):
    lines = b'{"code": "a", "title": {"zh": "x"}}\n\n{"code": "b", "title": {"zh": "x"}, "status": "onlin"}\n'
    file = table(lines, "m.ndjson")
    refused = ucs("member", "import", stream, file)
    assert refused.code == Exit.REFUSED
    assert f"{file}, line 3, status is 'onlin'" in refused.err
    assert "Did you mean online?" in refused.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    refused = ucs("member", "import", stream, file, "--json")
    assert refused.json["error"]["fields"]["line"] == 3
    assert f"{file} 第 3 行 status 为 onlin" in refused.err
    assert ucs("member", "list", stream, "--json").json["items"] == []


def test_check_tells_every_line_that_is_not_fit(stream, ucs, table, monkeypatch):
    good, bad = '{"code": "a%s", "title": {"zh": "x"}}', '{"code": "b%s", "title": {"zh": "x"}, "status": "onlin"}'
    file = table("\n".join([good % 1, bad % 1, good % 2, good % 1, bad % 2]), "m.ndjson")
    checked = ucs("member", "import", stream, file, "--dry-run")
    assert (checked.code, checked.out) == (Exit.REFUSED, "3 lines are not fit, 2 are; nothing was changed.\n")
    assert [f"{file}, line {line}, " in checked.err for line in (1, 2, 3, 4, 5)] == [False, True, False, True, True]
    assert "in this batch already, at line 1." in checked.err
    assert "stay" not in checked.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert ucs("member", "import", stream, file, "--dry-run", "--json").json["unfit_lines"] == [2, 4, 5]
    assert "（第 1 行）" in ucs("member", "import", stream, file, "--dry-run").err
    many = table("\n".join(bad % number for number in range(30)), "n.ndjson")
    assert ucs("member", "import", stream, many, "--dry-run").err.count("'onlin'") == 0
    assert ucs("member", "import", stream, many, "--dry-run").err.count("status 为 onlin") == 20
    assert ucs("member", "list", stream, "--json").json["items"] == []


def test_whoever_may_not_write_is_told_so(stream, ucs, table):
    refused = ucs("member", "import", stream, table(TABLE), "--as", "app")
    assert refused.code == Exit.DENIED
    assert "edit" in refused.err
    assert "resources/" not in refused.err
    hidden = ucs("member", "list", stream, "--as", "outsider")
    assert hidden.code == Exit.NOT_FOUND


def test_token_of_the_profile_goes_nowhere_else(stream, ucs, table):
    refused = ucs("member", "import", stream, table(TABLE), "--grpc", "127.0.0.1:1")
    assert "none was sent to 127.0.0.1:1" in refused.err


def test_token_goes_nowhere_in_the_clear_where_tls_was_asked_for(stream, ucs, table):
    refused = ucs("member", "import", stream, table(TABLE), "--grpc", "https://city.example", "--token", "secret")
    assert refused.code == Exit.REFUSED
    assert "TLS" in refused.err
    assert "secret" not in refused.err


def test_misuse_is_told_before_anything_is_sent(stream, ucs, table):
    for words, said in (
        (("member", "import", stream, "nowhere.csv"), "There is no file nowhere.csv."),
        (("member", "import", stream, table(b"", "empty.ndjson")), "holds no members"),
        (("member", "lst"), "Did you mean list?"),
        (("member", "list", stream, "--status", "onlin"), "Did you mean online?"),
        (("member", "remove", stream), "CODES is missing."),
    ):
        run = ucs(*words)
        assert run.code == Exit.USAGE
        assert said in run.err


def test_table_is_read_by_its_titles(table):
    first, second, third = rows(table(b"\xef\xbb\xbf" + TABLE.encode()))
    assert first == {
        "code": "c1",
        "title": {"zh": "栈桥", "en": "Pier"},
        "location": {"longitude": 120.3, "latitude": 36.06},
        "region_code": "3702",
        "status": "online",
        "attributes": {"lenses": 2, "ptz": True, "model": "H-1"},
    }
    assert second == {"code": "c2", "title": {"zh": "五四广场"}, "status": "offline"}
    assert third == {"code": "c3", "title": {"zh": "音乐\n广场"}, "attributes": {"ptz": 12.5}}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("code,title\n", 1, "'title' is not known"),
        ("code,code\n", 1, "'code' occurs twice"),
        ("code\na\n", 1, "a column is missing"),
        ("", 1, "a column is missing"),
        ("code,名称\na\n", 2, "1 cells, 2 columns"),
        ("code,名称,经度\na,x,east\n", 2, "'east' is no number"),
        ("code,名称,属性\na,x,[1]\n", 2, "no JSON object"),
        ('code,名称\na,"x\n', 2, "it is no CSV"),
        ("编码,名称\na,栈桥\n".encode("gbk"), 1, "it is not UTF-8"),
        ("code,名称\na," + "x" * LINE_MOST + "\n", 2, "longer than"),
    ],
)
def test_mistake_in_a_table_is_named_with_its_line(table, text, line, said):
    with pytest.raises(Invalid) as refused:
        rows(table(text))
    assert refused.value.fields["path"].endswith(f"line {line}")
    assert said in str(refused.value.fields["problem"])


def test_endless_line_is_refused_without_being_read(tmp_path):
    file = tmp_path / "endless.ndjson"
    with file.open("wb") as sparse:
        sparse.truncate(2 * 1024**3)
    with pytest.raises(Invalid, match="line 1: the line is longer"):
        rows(file)


def test_chunks_hold_what_the_platform_takes(table):
    small = table(b"".join(b'{"code": "%d"}\n' % at for at in range(CHUNK_MOST * 2 + 1)), "small.ndjson")
    chunks = list(chunks_of(small))
    assert [len(chunk.places) for chunk in chunks] == [CHUNK_MOST, CHUNK_MOST, 1]
    assert chunks[-1].places == [CHUNK_MOST * 2 + 1]
    large = table((b"x" * (LINE_MOST - 1) + b"\n") * 120, "large.ndjson")
    chunks = list(chunks_of(large))
    assert sum(len(chunk.places) for chunk in chunks) == 120
    assert all(len(chunk.ndjson) <= BYTES_MOST for chunk in chunks)
    # A file without a line break at its end has a last line all the same.
    assert [chunk.places for chunk in chunks_of(table(b'{"code": "a"}', "cut.ndjson"))] == [[1]]
