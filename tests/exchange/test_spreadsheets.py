"""Tables of the government directory come in and go out by a mapping, and a mistake names sheet, row and column."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from ucs_core.cli.spreadsheets import cells, csv_table, read_mapping, ready_mapping, rows_of, xlsx_table
from ucs_core.cli.spreadsheets.fields import Form
from ucs_core.cli.spreadsheets.mapping import Column
from ucs_core.cli.spreadsheets.tables import LINE_MOST
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale

EXAMPLE = Path(__file__).parents[2] / "examples" / "07-directory.csv"

RESOURCE = {
    "id": "01JTESTTESTTESTTESTTESTTES",
    "code": "QD-1",
    "kind": "data",
    "type": "dataset",
    "owner": "qingdao-water",
    "availability": "suspended",
    "content": {
        "title": {"zh": "=1+1", "en": "@SUM(A1)"},
        "summary": {"zh": "+86 532 1234", "en": "'=quoted; and, “more”\nlines"},
        "tags": ["防汛；内涝", "水务"],
        "region_code": "0370",
        "location": {"longitude": -120.5, "latitude": 36.0},
        "share_type": "conditional",
        "share_condition": "仅限应急",
        "open_type": "none",
        "data_level": "l2",
        "update_cycle": "daily",
        "issued_on": "2026-03-01",
        "conforms_to": ["GB/T 1", "-2"],
        "dependencies": [
            {"target": "resources/01JTESTTESTTESTTESTTESTTE0", "relation": "reads", "version": "1.2"},
            {"target": "resources/01JTESTTESTTESTTESTTESTTE1", "relation": "derives_from"},
        ],
        "synthetic": True,
        "spec": {"items": [{"name": "depth", "title": "2024", "data_type": "decimal", "length": 10}], "row_count": 3},
    },
}

WHOLE = """
columns:
  标识: id
  代码: {field: code, required: true}
  类别: kind
  类型: type
  机构: owner
  状态: availability
  名称: title.zh
  Name: title.en
  摘要: summary.zh
  Summary: summary.en
  标签: tags
  区划: region_code
  经度: location.longitude
  纬度: location.latitude
  共享: {field: share_type, codes: {"01": unconditional, "02": conditional, "03": none}}
  条件: share_condition
  依据: denial_basis
  开放: open_type
  分级: data_level
  周期: update_cycle
  发布: issued_on
  标准: conforms_to
  依赖: dependencies
  虚构: synthetic
  信息项: {field: spec.items, form: records, parts: [name, title, data_type, length: integer]}
  数据量: {field: spec.row_count, form: integer}
"""


@pytest.fixture
def mapping(tmp_path):
    """The mapping of a YAML text."""

    def read(text: str = WHOLE):
        file = tmp_path / "mapping.yaml"
        file.write_text(text, "utf-8")
        return read_mapping(file)

    return read


@pytest.fixture
def table(tmp_path):
    """Writes resources as a table of either format."""

    def write(kind: str, mapping, *resources) -> Path:
        file = tmp_path / f"table.{kind}"
        with file.open("wb") as raw, {"csv": csv_table, "xlsx": xlsx_table}[kind](raw, mapping) as rows:
            for resource in resources:
                rows.write(resource)
        return file

    return write


@pytest.fixture
def text(tmp_path):
    """Writes a CSV file."""

    def write(content: str | bytes, name: str = "table.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def found(file: Path, mapping) -> list:
    return [row for _, row in rows_of(file, mapping)]


def mistakes(file: Path, mapping, locale: Locale = Locale.EN) -> list[str]:
    return [row.message(locale) for row in found(file, mapping) if isinstance(row, Invalid)]


def test_the_example_is_read_by_the_ready_mapping():
    rows = found(EXAMPLE, ready_mapping())
    assert [row["code"] for row in rows] == [f"QD-3702-DIR-000{at}" for at in (1, 2, 3)]
    assert rows[2]["content"]["issued_on"] == "2025-12-31"
    assert rows[0]["content"]["title"]["en"] == "市区泵站运行台账"


def test_the_example_mapping_is_the_ready_one():
    assert read_mapping(EXAMPLE.with_name("07-directory-mapping.yaml")) == ready_mapping()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_written_is_read_again(mapping, table, kind):
    assert found(table(kind, mapping(), RESOURCE, RESOURCE), mapping()) == [RESOURCE, RESOURCE]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_written_cell_is_a_formula(mapping, table, kind):
    file = table(kind, mapping(), RESOURCE)
    if kind == "csv":
        written = [cell for row in csv.reader(io.StringIO(file.read_text("utf-8-sig"))) for cell in row]
    else:
        sheet = load_workbook(file).active
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        written = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)]
    assert "'=1+1" in written
    assert [cell for cell in written if cell[:1] in tuple("=+-@\t\r") and cell != "-120.5"] == []


@given(st.text(st.sampled_from("=+-@'a1\t＝ "), max_size=6))
def test_a_text_comes_back_as_it_was_however_it_begins(text):
    column = Column(title="t", field="title.zh")
    written = cells.cell_of(text.strip(), column)
    assert (cells.value_of(written, column) or "") == text.strip()
    assert not str(written or "").startswith(("=", "@", "＝"))


@given(st.lists(st.text(st.sampled_from("ab；|'="), min_size=1, max_size=5).map(str.strip), max_size=4))
def test_a_list_comes_back_as_it_was_whatever_separates_it(items):
    column = Column(title="t", field="tags", form=Form.LIST)
    assert (cells.value_of(cells.cell_of(items, column), column) or []) == items


def test_a_table_without_the_guard_is_caught():
    # The twin: the text as it is. A spreadsheet program would run it.
    assert cells.harmless("=1+1") != "=1+1"
    assert [text for text in ("-1", "+1.5", "a=1", "1") if cells.harmless(text) != text] == []


def test_a_gb18030_file_is_read_without_being_asked(mapping, text):
    file = text(EXAMPLE.read_text("utf-8").encode("gb18030"))
    assert found(file, ready_mapping()) == found(EXAMPLE, ready_mapping())


def test_a_mark_of_the_byte_order_is_no_part_of_a_title(mapping, text):
    assert found(text(b"\xef\xbb\xbf" + EXAMPLE.read_bytes()), ready_mapping()) == found(EXAMPLE, ready_mapping())


def test_a_file_in_another_encoding_says_so(mapping, text):
    with pytest.raises(Invalid) as refused:
        found(text("代码\nA1\n".encode("gb18030")), mapping("encoding: utf-8\ncolumns: {代码: code}"))
    assert "it is not utf-8; say `encoding: gb18030`" in refused.value.message()


def test_a_mistake_names_row_and_column_in_both_languages(text):
    lines = EXAMPLE.read_text("utf-8").splitlines()
    lines[2] = lines[2].replace("有条件共享", "有条件")
    file = text("\n".join(lines))
    assert mistakes(file, ready_mapping()) == [
        "Row 3, column '共享类型': it is '有条件', and must be one of 无条件共享, 有条件共享, 不予共享."
    ]
    [chinese] = mistakes(file, ready_mapping(), Locale.ZH)
    assert chinese == "第 3 行“共享类型”列：现为“有条件”，只能取 无条件共享、有条件共享、不予共享。"


def test_what_the_catalogue_would_refuse_is_told_of_its_column(text):
    lines = EXAMPLE.read_text("utf-8").replace("仅限应急指挥使用，须书面申请", "").splitlines()
    file = text("\n".join(lines))
    assert mistakes(file, ready_mapping())[0].startswith("Row 3, column '共享条件': ")
    assert mistakes(file, ready_mapping(), Locale.ZH)[0].startswith("第 3 行“共享条件”列：")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ({"经度": "east"}, "Row 2, column '经度': 'east' is not a number."),
        ({"经度": "200"}, "Row 2, column '经度': content.location.longitude must be at most 180.0."),
        ({"数据量": "1.5"}, "Row 2, column '数据量': '1.5' is not a whole number."),
        ({"虚构": "maybe"}, "Row 2, column '虚构': 'maybe' is neither yes nor no."),
        ({"发布": "2026-02-30"}, "Row 2, column '发布': '2026-02-30' is not a date such as 2026-03-01."),
        ({"发布": "soon"}, "Row 2, column '发布': 'soon' is not a date such as 2026-03-01."),
        ({"依赖": "that one"}, "Row 2, column '依赖': 'that one' is not a dependency such as 01J…:reads@1.2."),
        (
            {"信息项": "a|b|c|1|e"},
            "Row 2, column '信息项': 'a|b|c|1|e' has more parts than name, title, data_type, length.",
        ),
        ({"代码": ""}, "Row 2, column '代码': it must not be empty."),
        ({"机构": ""}, "Row 2, column '机构': owner is required."),
    ],
)
def test_a_bad_cell_is_told(mapping, table, cell, told):
    wanted = mapping()
    with table("csv", wanted, RESOURCE).open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    out = io.StringIO()
    writer = csv.DictWriter(out, row)
    writer.writeheader()
    writer.writerow(row | cell)
    file = Path(table("csv", wanted))
    file.write_text(out.getvalue(), "utf-8")
    assert mistakes(file, wanted) == [told]


def test_rows_go_on_behind_a_bad_one(mapping, text):
    columns = mapping(
        "columns: {代码: code}\ndefaults: {kind: data, type: t, owner: o, title.zh: a, title.en: a, "
        "summary.zh: a, summary.en: a, share_type: unconditional, data_level: l1}"
    )
    long_line = "x" * (LINE_MOST * 3)
    file = text(f'代码\nA1\n"A2"x\nA3\n{long_line}\nA4\n"A5')
    rows = list(rows_of(file, columns))
    assert [row["code"] if isinstance(row, dict) else place.row for place, row in rows] == ["A1", 3, "A3", 5, "A4", 7]


def test_empty_rows_are_passed_over_and_counted(mapping, text):
    columns = mapping("header: 2\ncolumns: {代码: code, 类别: kind}")
    rows = list(rows_of(text("表\n代码,类别\n,\n\nA1,data\n"), columns))
    assert [(place.row, row.fields["row"]) for place, row in rows] == [(5, 5)]


def test_a_cell_of_several_lines_counts_as_people_count(mapping, text):
    rows = list(rows_of(text('代码\n"A\n1"\nA2\n'), mapping("columns: {代码: code}")))
    assert [place.row for place, _ in rows] == [2, 4]


def test_a_missing_column_is_named_with_what_is_there(text):
    with pytest.raises(Invalid) as refused:
        found(text(EXAMPLE.read_text("utf-8").replace("信息资源代码,", "信息资源编码,", 1)), ready_mapping())
    assert refused.value.message().endswith(
        "it lacks the columns 信息资源代码. Did you mean 信息资源编码, 信息资源格式?"
    )


def test_a_workbook_of_people_is_read(mapping, tmp_path):
    book = Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("目录")
    sheet.append(["代码", "发布", "数据量", "共享"])
    sheet.append(["A1", datetime(2026, 3, 1), 12.0, "未知"])
    book.save(tmp_path / "people.xlsx")
    columns = WHOLE + "sheet: 目录\n"
    assert mistakes(tmp_path / "people.xlsx", mapping(columns)) == [
        "Sheet '目录', row 2, column '共享': it is '未知', and must be one of 01, 02, 03."
    ]
    with pytest.raises(Invalid) as refused:
        found(tmp_path / "people.xlsx", mapping(WHOLE + "sheet: 目次\n"))
    assert "it has no sheet '目次'; there are 说明, 目录" in refused.value.message()


def test_a_file_that_is_no_workbook_says_so(mapping, text):
    for content in (b"", b"PK\x03\x04 broken", b"code\nA1\n"):
        with pytest.raises(Invalid) as refused:
            found(text(content, "table.xlsx"), mapping())
        assert refused.value.message().endswith("it is not an XLSX workbook.")


def test_a_missing_or_an_empty_file_says_so(mapping, text, tmp_path):
    for file, told in ((tmp_path / "no.csv", "No such file"), (tmp_path / "no.xlsx", "No such file")):
        with pytest.raises(Invalid) as refused:
            found(file, mapping())
        assert told in refused.value.message()
    with pytest.raises(Invalid) as refused:
        found(text(""), mapping())
    assert "it has no titles in row 1" in refused.value.message()


def test_a_long_cell_of_a_workbook_is_cut_and_counted(mapping, tmp_path):
    resource = RESOURCE | {"code": "x" * 40_000}
    with (tmp_path / "long.xlsx").open("wb") as raw, xlsx_table(raw, mapping()) as rows:
        rows.write(resource)
        assert rows.cut == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "it must be one YAML document of keys and values"),
        ("column: {}", "it has no key 'column'"),
        ("columns: {}", "`columns` must name 1 to 500 columns"),
        ("columns: {a: titel.zh}", "a resource has no field 'titel.zh'. Did you mean title.zh"),
        ("columns: {a: {field: code, kodes: {}}}", "it has no key 'kodes'"),
        ("columns: {a: {field: code, codes: [1]}}", "column 'a' must have `codes` as keys and values"),
        ("columns: {a: {field: spec.items, form: records}}", "column 'a' must have `codes`"),
        ("columns: {a: {field: spec.items, form: records, parts: [x: list]}}", "column 'a' has the form"),
        ("columns: {a: {field: code, form: words}}", "column 'a' has the form 'words'"),
        ("columns: {a: code, b: code}", "two columns are the field 'code'"),
        ("columns: {a: code}\nheader: 0", "`header` must be the number"),
        ("columns: {a: code}\nencoding: latin-1", "`encoding` is 'latin-1'"),
        ("columns: {a: code}\ndelimiter: '::'", "`delimiter` must be"),
        ("columns: {a: code}\ndefaults: [1]", "`defaults` must hold fields and values"),
        ("columns: {a: code}\ncopies: {title.en: nowhere}", "a resource has no field 'nowhere'"),
    ],
)
def test_a_bad_mapping_is_told(mapping, text, told):
    with pytest.raises(Invalid) as refused:
        mapping(text)
    assert told in refused.value.message()
