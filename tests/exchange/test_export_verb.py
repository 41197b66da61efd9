"""`ucs export`: what people type, what they get in which format, and what they are told."""

from __future__ import annotations

import csv
import json
import warnings
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rdflib import Graph
from rdflib.namespace import RDF

from ucs_core.cli.dcat.vocabulary import DCAT
from ucs_core.cli.spreadsheets import ready_mapping, rows_of

ALL = 300
EXAMPLE = Path(__file__).parents[2] / "examples" / "07-directory.csv"


def lines_of(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture
def everything(ucs, tmp_path) -> Path:
    """Everything that the administrator exports."""
    file = tmp_path / "city.ndjson"
    run = ucs("export", "-o", file, "--as", "platform-admin")
    assert (run.code, run.out) == (0, f"{ALL} resources were written to {file}.\n")
    return file


def test_an_export_goes_to_standard_output(ucs, everything):
    run = ucs("export", "--as", "platform-admin")
    assert (run.code, run.err) == (0, "")
    assert run.records == lines_of(everything)
    assert len(run.records) == ALL


def test_everything_comes_behind_what_it_depends_on(everything):
    seen: set[str] = set()
    links = 0
    for line in lines_of(everything):
        targets = {link["target"] for link in line["content"]["dependencies"]}
        assert targets <= seen
        links += len(targets)
        seen.add(f"resources/{line['id']}")
    assert links > 100


def test_an_export_makes_the_same_city_elsewhere(ucs, everything, empty_city, tmp_path):
    there = ("--grpc", empty_city.address, "--token", empty_city.token("platform-admin"))
    run = ucs("import", everything, *there)
    assert (run.code, run.out) == (0, f"{ALL} resources entered.\n"), run.err
    again = tmp_path / "again.ndjson"
    assert ucs("export", "-o", again, *there).code == 0
    assert again.read_bytes() == everything.read_bytes()


def test_cards_are_taken_by_no_import(ucs, empty_city, tmp_path):
    assert ucs("export", "-o", tmp_path / "cards.ndjson").code == 0
    withheld = [line["code"] for line in lines_of(tmp_path / "cards.ndjson") if line.get("withheld")]
    there = ("--grpc", empty_city.address, "--token", empty_city.token("platform-admin"))
    assert ucs("import", tmp_path / "cards.ndjson", *there).code == 1
    rejected = [
        line for line in lines_of(tmp_path / "cards.ndjson.rejects.ndjson") if line["reason"] == "FIELD_UNKNOWN"
    ]
    assert len(rejected) == len(withheld)


def test_the_example_table_is_imported_and_its_mistakes_are_told_by_column(ucs, empty_city, tmp_path):
    there = ("--grpc", empty_city.address, "--token", empty_city.token("platform-admin"))
    lines = EXAMPLE.read_text("utf-8").splitlines()
    lines[2] = lines[2].replace("有条件共享", "有条件")
    (tmp_path / "directory.csv").write_text("\n".join(lines), "utf-8")
    run = ucs("import", tmp_path / "directory.csv", *there, locale="zh")
    assert (run.code, "已导入 2 项资源" in run.out) == (1, True)
    assert "第 3 行“共享类型”列：现为“有条件”" in run.err
    [reject] = lines_of(tmp_path / "directory.csv.rejects.ndjson")
    assert (reject["line"], reject["reason"]) == (3, "ROW_INVALID")
    assert reject["message_en"].startswith("Row 3, column '共享类型'")


def test_filters_choose_what_is_exported(ucs, everything):
    lines = lines_of(everything)
    leaf = max((line["owner"] for line in lines), key=len)
    for words, wanted in (
        (("--kind", "data"), [line for line in lines if line["kind"] == "data"]),
        (
            ("--share", "none", "--state", "online"),
            [line for line in lines if line["content"]["share_type"] == "none" and line["availability"] == "online"],
        ),
        (("--type", lines[0]["type"]), [line for line in lines if line["type"] == lines[0]["type"]]),
        (
            ("--level", "l1", "--any", "kind=data", "--any", "kind=component,share=unconditional"),
            [
                line
                for line in lines
                if line["content"]["data_level"] == "l1"
                and (
                    line["kind"] == "data"
                    or (line["kind"] == "component" and line["content"]["share_type"] == "unconditional")
                )
            ],
        ),
        (
            ("--box", "120.0,35.9,120.6,36.3"),
            [
                line
                for line in lines
                if (at := line["content"].get("location"))
                and 120.0 <= at["longitude"] <= 120.6
                and 35.9 <= at["latitude"] <= 36.3
            ],
        ),
        (("--changed-after", "2020-01-01", "--owned-by", leaf), [line for line in lines if line["owner"] == leaf]),
        (("--owner", leaf), [line for line in lines if line["owner"] == leaf]),
    ):
        found = ucs("export", *words, "--as", "platform-admin").records
        # Nothing waits for what is left out, so that the order may be another.
        assert sorted(line["code"] for line in found) == sorted(line["code"] for line in wanted)
        assert found


def test_what_may_not_be_read_is_told_and_can_be_left_out(ucs, tmp_path):
    run = ucs("export", "-o", tmp_path / "cards.ndjson")
    lines = lines_of(tmp_path / "cards.ndjson")
    withheld = [line for line in lines if line.get("withheld")]
    assert 0 < len(withheld) < len(lines) < ALL
    assert all("spec" not in line["content"] for line in withheld)
    assert f"{len(withheld)} of them are cards only" in run.err
    run = ucs("export", "-o", tmp_path / "whole.ndjson", "--whole")
    assert lines_of(tmp_path / "whole.ndjson") == [line for line in lines if "withheld" not in line]
    assert run.err == ""


def test_a_table_has_the_columns_of_the_mapping(ucs, everything, tmp_path):
    assert ucs("export", "--kind", "data", "-o", tmp_path / "d.csv", "--as", "platform-admin").code == 0
    assert ucs("export", "--kind", "data", "-o", tmp_path / "d.xlsx", "--as", "platform-admin").code == 0
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [column.title for column in ready_mapping().columns]
    with closing(load_workbook(tmp_path / "d.xlsx", read_only=True)) as book:
        found = [["" if cell is None else str(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
    # A row of a sheet ends with its last cell that holds something.
    assert [row + [""] * (len(rows[0]) - len(row)) for row in found] == rows
    by_code = {line["code"]: line for line in lines_of(everything)}
    at = rows[0].index("信息资源提供方")
    assert all(row[at] for row in rows[1:])
    assert len(rows) - 1 == sum(line["kind"] == "data" for line in by_code.values())


def test_a_table_is_read_again(ucs, everything, tmp_path):
    assert ucs("export", "--type", "dataset", "-o", tmp_path / "d.csv", "--as", "platform-admin").code == 0
    wanted = {line["code"]: line for line in lines_of(everything) if line["type"] == "dataset"}
    found = {row["code"]: row for _, row in rows_of(tmp_path / "d.csv", ready_mapping())}
    assert found.keys() == wanted.keys()
    for code, row in found.items():
        whole = wanted[code]
        assert (row["owner"], row["availability"]) == (whole["owner"], whole["availability"])
        for name in ("title", "summary", "share_type", "data_level", "update_cycle", "tags"):
            assert row["content"].get(name) == (whole["content"][name] or None)


def test_a_mapping_of_ones_own_names_the_columns(ucs, tmp_path):
    (tmp_path / "m.yaml").write_text("columns: {Code: code, Sharing: share_type}\ndelimiter: ';'", "utf-8")
    run = ucs("export", "--format", "csv", "--mapping", "m.yaml", "--share", "unconditional", "--as", "platform-admin")
    assert run.out.splitlines()[0].lstrip("\ufeff") == "Code;Sharing"
    assert run.out.splitlines()[1].endswith(";无条件共享")


def test_a_catalogue_is_written_in_both_syntaxes(ucs, tmp_path):
    graphs = []
    for name, syntax in (("c.ttl", "turtle"), ("c.jsonld", "json-ld")):
        assert ucs("export", "-o", tmp_path / name, "--format", "dcat", "--as", "platform-admin").code == 0
        with warnings.catch_warnings():
            # The library's own reader of JSON-LD uses what the library itself gives up.
            warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated", DeprecationWarning)
            graphs.append(Graph().parse(tmp_path / name, format=syntax))
    assert len(graphs[0]) == len(graphs[1]) > 5_000
    assert len(set(graphs[0].subjects(RDF.type, DCAT.Dataset))) > 50


def test_a_summary_comes_as_json(ucs, tmp_path):
    run = ucs("export", "-o", tmp_path / "c.ndjson", "--kind", "data", "--json", "--as", "platform-admin")
    count = len(lines_of(tmp_path / "c.ndjson"))
    position = run.json.pop("position")
    assert position > 300
    assert run.json | {"position": 0} == {
        "file": str(tmp_path / "c.ndjson"),
        "format": "ndjson",
        "resources": count,
        "withheld": 0,
        "position": 0,
    }


@pytest.mark.parametrize(
    ("words", "code", "english", "chinese"),
    [
        (("--json",), 2, "Name a file with -o", "请用 -o 指定文件"),
        (("--format", "xlsx"), 2, "Name a file with -o", "请用 -o 指定文件"),
        (("--format", "xslx"), 2, "Did you mean xlsx?", "您要找的是 xlsx 吗"),
        (("--mapping", "m.yaml"), 1, "m.yaml cannot be read", "无法读取 m.yaml"),
        (("-o", "no/where.ndjson"), 1, "no/where.ndjson cannot be written", "无法写入 no/where.ndjson"),
        (("--owner", "qingdao-watr"), 1, "Did you mean qingdao-water", "您要找的是 qingdao-water"),
        (("--format", "dcat", "--base", "data.example.org"), 1, "is no beginning of names", "不能作为标识前缀"),
        (("--changed-after", "soon"), 1, "updatedAfter is 'soon'", "updatedAfter"),
        (("--grpc", "https://127.0.0.1:1", "--token", "x"), 1, "over TLS", "要求 TLS"),
        (("--box", "1,2"), 2, "--box is", "--box"),
        (("--as", "nobody"), 5, "not 'nobody'", "没有 nobody"),
        (("--token", "forged", "--grpc", "CITY"), 4, "token", "令牌"),
        (("--grpc", "127.0.0.1:1", "--token", "x"), 3, "127.0.0.1:1", "127.0.0.1:1"),
    ],
)
def test_mistakes_are_told_in_both_languages(ucs, city, words, code, english, chinese):
    typed = [city.address if word == "CITY" else word for word in words]
    for locale, told in (("en", english), ("zh", chinese)):
        run = ucs("export", *typed, locale=locale)
        assert run.code == code, run.err
        assert told in run.err


def test_nothing_is_left_behind_when_an_export_fails(ucs, tmp_path):
    before = set(tmp_path.iterdir())
    assert ucs("export", "-o", tmp_path / "c.ndjson", "--token", "forged").code != 0
    assert set(tmp_path.iterdir()) == before


def test_an_empty_answer_says_so(ucs):
    run = ucs("export", "no such thing anywhere")
    assert (run.code, run.out, run.err) == (0, "", "Nothing that you may see matches.\n")
    assert ucs("export", "no such thing anywhere", locale="zh").err == "没有您有权查看的匹配资源。\n"


def test_an_ending_that_names_no_format_is_refused(ucs, tmp_path):
    file = tmp_path / "city.pdf"
    refused = ucs("export", "-o", file)
    assert (refused.code, "--format" in refused.err, file.exists()) == (2, True, False)
    assert ucs("export", "-o", file, "--format", "csv", "--kind", "data").code == 0
