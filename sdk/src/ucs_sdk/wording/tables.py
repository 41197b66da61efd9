"""What is said of tables of the government directory and of the mappings that read them: parts of messages."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

TABLES: dict[str, Message] = {
    "dcat-base": Message(
        en="{value!r} is no beginning of names: give an IRI that ends in / # or :, such as https://data.example.org/",
        zh="{value} 不能作为标识前缀，应为以 /、# 或 : 结尾的 IRI，如 https://data.example.org/",
    ),
    "mapping-not-one": Message(
        en="it must be one YAML document of keys and values", zh="它必须是一个由键和值组成的 YAML 文档"
    ),
    "mapping-key-unknown": Message(
        en="it has no key {key!r}; there are {allowed!s}", zh="没有键 {key}，可用的有 {allowed!s}"
    ),
    "mapping-columns": Message(
        en="`columns` must name 1 to {most} columns, each with its field",
        zh="`columns` 须列出 1 至 {most} 列及其对应字段",
    ),
    "mapping-field-twice": Message(en="two columns are the field {name!r}", zh="有两列对应同一字段 {name}"),
    "mapping-form-unknown": Message(
        en="column {title!r} has the form {form!r}; there are {allowed!s}",
        zh="列“{title}”的 form 为 {form}，可用的有 {allowed!s}",
    ),
    "mapping-column-malformed": Message(
        en="column {title!r} must have `codes` as keys and values, and `parts` as a list if its form is records, and only then",
        zh="列“{title}”的 `codes` 须为键值对；form 为 records 时须有列表 `parts`，其他情况不能有",
    ),
    "mapping-not-fields": Message(en="`{key}` must hold fields and values", zh="`{key}` 须由字段和值组成"),
    "mapping-field-unknown": Message(en="a resource has no field {name!r}", zh="资源没有字段 {name}"),
    "mapping-header": Message(
        en="`header` must be the number of the row with the titles, 1 to 1000",
        zh="`header` 须为表头所在行号，1 至 1000",
    ),
    "mapping-encoding": Message(
        en="`encoding` is {value!r}; it must be one of {allowed!s}", zh="`encoding` 为 {value}，只能取 {allowed!s}"
    ),
    "mapping-delimiter": Message(
        en="`delimiter` must be a comma, a semicolon, a tab or a bar", zh="`delimiter` 只能是逗号、分号、制表符或竖线"
    ),
    "table-row-malformed": Message(
        en="its quotes do not match, or a cell is longer than {most} characters",
        zh="引号不匹配，或单元格超过 {most} 个字符",
    ),
    "table-line-too-long": Message(en="the line is longer than {most} characters", zh="该行超过 {most} 个字符"),
    "table-not-encoded": Message(
        en="it is not {encoding}; say `encoding: gb18030` or `encoding: utf-8` in the mapping",
        zh="它不是 {encoding} 编码，请在映射中写明 `encoding: gb18030` 或 `encoding: utf-8`",
    ),
    "table-too-large": Message(
        en="unpacked it takes {size} bytes, {most} are the most", zh="解压后为 {size} 字节，最多 {most} 字节"
    ),
    "table-not-a-workbook": Message(en="it is not an XLSX workbook", zh="不是 XLSX 工作簿"),
    "table-sheet-missing": Message(
        en="it has no sheet {sheet!r}; there are {sheets!s}", zh="没有工作表“{sheet}”，现有 {sheets!s}"
    ),
    "table-empty": Message(en="it has no titles in row {row}", zh="第 {row} 行没有表头"),
    "table-columns-missing": Message(en="it lacks the columns {titles!s}", zh="缺少列 {titles!s}"),
    "table-place": Message(en="Row {row}", zh="第 {row} 行"),
    "table-place-in-sheet": Message(en="Sheet {sheet!r}, row {row}", zh="工作表“{sheet}”第 {row} 行"),
    "table-column": Message(en=", column {title!r}", zh="“{title}”列"),
    "cell-empty": Message(en="it must not be empty", zh="不能为空"),
    "cell-not-one-of": Message(
        en="it is {value!r}, and must be one of {allowed!s}", zh="现为“{value}”，只能取 {allowed!s}"
    ),
    "cell-not-a-number": Message(en="{value!r} is not a number", zh="“{value}”不是数"),
    "cell-not-whole": Message(en="{value!r} is not a whole number", zh="“{value}”不是整数"),
    "cell-not-yes-or-no": Message(en="{value!r} is neither yes nor no", zh="“{value}”不是“是”或“否”"),
    "cell-not-a-date": Message(
        en="{value!r} is not a date such as 2026-03-01", zh="“{value}”不是日期（如 2026-03-01）"
    ),
    "cell-not-a-link": Message(
        en="{value!r} is not a dependency such as 01J…:reads@1.2", zh="“{value}”不是依赖项（如 01J…:reads@1.2）"
    ),
    "cell-too-many-parts": Message(en="{value!r} has more parts than {parts!s}", zh="“{value}”的部分多于 {parts!s}"),
    "cell-not-json": Message(en="{value!r} is not JSON", zh="“{value}”不是 JSON"),
}
