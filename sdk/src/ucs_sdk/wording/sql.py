"""What is said about the tables of plugins' own."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

SQL: dict[str, Message] = {
    "SQL_NEEDS_DATABASE": Message(
        en="The plugin {plugin} has tables of its own, and this platform keeps everything in memory. Run it on SQLite or "
        "PostgreSQL.",
        zh="插件 {plugin} 使用自有数据表，而本平台的数据仅存于内存。请在 SQLite 或 PostgreSQL 上运行。",
    ),
    "SQL_UNDECLARED": Message(
        en="The plugin {plugin} declares no tables. Hand its MetaData to `capability.tables(metadata)`.",
        zh="插件 {plugin} 未声明数据表。请用 `capability.tables(metadata)` 声明其 MetaData。",
    ),
    "TABLE_WRONG": Message(en="{plugin}: the table {table!r}: {problem}.", zh="{plugin}：数据表 {table}：{problem}。"),
    "TABLE_CHANGED": Message(
        en="{plugin}: the table {table!r} holds rows of an earlier version: {problem}. Declare what is new as another table, "
        "and bring the rows there by an operation.",
        zh="{plugin}：数据表 {table} 中已有先前版本的数据：{problem}。请将新结构声明为另一张表，再以操作迁移数据。",
    ),
    "SQL_REFUSED": Message(
        en="{plugin}: the statement was not run: {problem}.", zh="{plugin}：语句未执行：{problem}。"
    ),
    "SQL_ROWS_TOO_MANY": Message(
        en="{plugin}: an answer has at most {limit} rows. Ask for a page: order by the key, `limit`, and go on behind its last.",
        zh="{plugin}：一次最多返回 {limit} 行。请分页查询：按主键排序并使用 `limit`，再从上页末行之后继续。",
    ),
    "SQL_TOO_SLOW": Message(
        en="{plugin}: a statement took longer than {seconds} s and was ended. Add an index for what it asks.",
        zh="{plugin}：语句执行超过 {seconds} 秒，已被终止。请为其查询条件添加索引。",
    ),
    "SQL_FAILED": Message(
        en="{plugin}: the database did not take a statement; its own words are in the log. Compare the values with the columns.",
        zh="{plugin}：数据库未接受语句，原因见日志。请核对各值与列的类型。",
    ),
    "SQL_CONSTRAINT": Message(
        en="{plugin}: a row is not as its table {table} wants it: its key is taken, a value is missing, or it refers to nothing.",
        zh="{plugin}：数据表 {table} 不接受该行：主键已存在、缺少必填值或引用的行不存在。",
    ),
}

SQL_PHRASES: dict[str, Message] = {
    "table-no-metadata": Message(
        en="`tables` takes a MetaData of SQLAlchemy, and not {given}",
        zh="`tables` 需要 SQLAlchemy 的 MetaData，而不是 {given}",
    ),
    "table-tables": Message(en="a plugin has at most {limit} tables", zh="一个插件最多有 {limit} 张数据表"),
    "table-columns": Message(en="a table has at most {limit} columns", zh="一张数据表最多有 {limit} 列"),
    "table-indexes": Message(en="a table has at most {limit} indexes", zh="一张数据表最多有 {limit} 个索引"),
    "table-name": Message(
        en="{name!r} is no name here: small letters, digits and single underscores, a letter first, and with the plugin's name "
        "before it {limit} characters at most",
        zh="名称 {name} 不符合要求：仅用小写字母、数字和单个下划线，以字母开头，连同插件名前缀不超过 {limit} 个字符",
    ),
    "table-schema": Message(
        en="it is a plain table, without a schema or prefixes", zh="须为普通数据表，不能指定 schema 或前缀"
    ),
    "table-keyless": Message(en="it needs a primary key", zh="须有主键"),
    "table-type": Message(
        en="the column {column!r} is {type}, which SQLite and PostgreSQL do not keep alike; take Integer, Float, Text, Boolean "
        "or LargeBinary, and keep an instant as text in UTC",
        zh="列 {column} 的类型 {type} 在 SQLite 与 PostgreSQL 中不一致；请用 Integer、Float、Text、Boolean 或 LargeBinary，"
        "时间请以 UTC 文本保存",
    ),
    "table-default": Message(
        en='what the database fills in for the column {column!r} is a constant text, such as server_default="0"',
        zh='列 {column} 由数据库填充的默认值须为常量文本，例如 server_default="0"',
    ),
    "table-made": Message(
        en="what is filled in for the column {column!r} when a row is written is a constant, and no function or expression; "
        "have the plugin state it with the row",
        zh="写入时为列 {column} 填充的值须为常量，不能是函数或表达式；请由插件在写入时给出",
    ),
    "table-constraint": Message(
        en="{constraint} is not kept; check values in the plugin", zh="不支持 {constraint}；请在插件代码中校验"
    ),
    "table-reference": Message(
        en="the column {column!r} may refer to a table of the same MetaData, and to nothing else, without `ondelete` and the "
        "like",
        zh="列 {column} 只能引用同一 MetaData 中的数据表，且不能使用 `ondelete` 等选项",
    ),
    "table-index": Message(
        en="the index {index!r} is of columns and nothing else", zh="索引 {index} 只能由列组成，不能使用其他选项"
    ),
    "table-changed-key": Message(en="its primary key is another one now", zh="主键已改变"),
    "table-changed-unique": Message(en="what is unique is something else now", zh="唯一约束已改变"),
    "table-changed-references": Message(en="what it refers to is something else now", zh="外键引用已改变"),
    "table-changed-column": Message(
        en="the column {column!r} is of another type now, or another default, or it became required or optional",
        zh="列 {column} 的类型、默认值或是否必填已改变",
    ),
    "table-added-required": Message(
        en="the new column {column!r} is required, and the rows that are there have none; give it a server_default or make it "
        "nullable",
        zh="新增列 {column} 为必填，而已有的行没有该值；请设置 server_default 或允许为空",
    ),
    "table-left-required": Message(
        en="the column {column!r} is required and not declared any more, so that no row could be added; declare it as before",
        zh="列 {column} 为必填但不再声明，将无法新增行；请照原样保留声明",
    ),
    "table-changed-index": Message(
        en="the index {index!r} is another one now, or a new one that is unique; give it a new name, without unique",
        zh="索引 {index} 已改变，或为新增的唯一索引；请换用新名称且不设唯一",
    ),
    "sql-foreign-table": Message(
        en="{table!r} is not a table that the plugin declares", zh="{table} 不是该插件声明的数据表"
    ),
    "sql-not-reading": Message(
        en="`sql.all` takes a `select(…)`, and not {given}", zh="`sql.all` 只接受 `select(…)`，而不是 {given}"
    ),
    "sql-not-writing": Message(
        en="a unit's `sql.run` takes `insert(…)`, `update(…)` or `delete(…)` of sqlalchemy itself, and not {given}; for a row in "
        "place of another there is `sql.put`",
        zh="单元的 `sql.run` 只接受 sqlalchemy 的 `insert(…)`、`update(…)` 或 `delete(…)`，而不是 {given}；"
        "替换已有行请用 `sql.put`",
    ),
    "sql-returning": Message(
        en="it is run when the unit is committed, and returns nothing", zh="语句在单元提交时执行，不返回任何内容"
    ),
    "sql-visible-written": Message(
        en="`ctx.visible` is for reading; read the keys, then write to these",
        zh="`ctx.visible` 仅用于读取；请先读出主键再写入",
    ),
    "sql-visible-column": Message(
        en="`ctx.visible` takes a column of a table itself, and not of what was selected from it before",
        zh="`ctx.visible` 只接受数据表自身的列，而不是子查询的列",
    ),
    "sql-large": Message(en="it has more than {limit} parts", zh="组成部分超过 {limit} 个"),
    "sql-textual": Message(
        en="it holds a text of SQL; say it by SQLAlchemy's expressions", zh="含有 SQL 文本；请用 SQLAlchemy 表达式书写"
    ),
    "sql-part": Message(
        en="{part!r} is not known to be said alike to SQLite and PostgreSQL",
        zh="{part} 不能确保在 SQLite 与 PostgreSQL 中一致",
    ),
    "sql-operator": Message(
        en="the operator {operator!r} differs between SQLite and PostgreSQL; work it out in Python",
        zh="运算符 {operator} 在 SQLite 与 PostgreSQL 中不一致；请在 Python 中计算",
    ),
    "sql-function": Message(
        en="the function {function!r} is not offered; these are: {known}", zh="不提供函数 {function}；可用函数：{known}"
    ),
    "sql-value": Message(
        en="{value} is not kept alike by SQLite and PostgreSQL: take a text without NUL, a whole number of 64 bits, a finite "
        "number, a truth value or bytes",
        zh="{value} 在 SQLite 与 PostgreSQL 中不能一致保存：请用不含 NUL 的文本、64 位整数、有限数、真假值或字节",
    ),
    "sql-column": Message(en="the table {table!r} has no column {column!r}", zh="数据表 {table} 没有列 {column}"),
    "sql-rows-unlike": Message(
        en="rows that are put together name the same columns, the key {key} among them",
        zh="一起写入的各行须列名相同且包含主键 {key}",
    ),
}
