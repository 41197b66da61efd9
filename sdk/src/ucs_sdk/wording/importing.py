"""What is said about imports."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

IMPORTING: dict[str, Message] = {
    "IMPORT_ATOMIC_ALONE": Message(
        en="An import is one transaction from its first message on, and then every row counts: say atomic there, and not "
        "lenient.",
        zh="整体导入须从第一条消息起声明，且不能容错：请在第一条消息中指定 atomic，并去掉 lenient。",
    ),
    "IMPORT_REHEARSED_TOO_MUCH": Message(
        en="An import that is only checked may hold {most} resources. Check the file in parts.",
        zh="仅校验的导入最多包含 {most} 项资源。请分段校验。",
    ),
    "IMPORT_TOO_LARGE": Message(
        en="One transaction enters at most {most} resources and {bytes} bytes, and this import holds more. Nothing was entered. "
        "Split it, or import it without atomic.",
        zh="一个事务最多导入 {most} 项资源、{bytes} 字节，本次导入超出上限，未写入任何内容。请拆分，或不要求整体导入。",
    ),
    "IMPORT_ELSEWHERE": Message(
        en="The import of {file} that was cut off went to {address}. Go on with it there; or remove {progress}, and it begins "
        "anew.",
        zh="{file} 中断的导入是发往 {address} 的。请到该平台继续；或删除 {progress} 后重新开始。",
    ),
    "IMPORT_FILE_CHANGED": Message(
        en="{file} is not the file any more whose import was cut off, so its rows cannot be told from those that are in. Put it "
        "back as it was; or remove {progress}, and it begins anew.",
        zh="{file} 在导入中断后已被修改，无法判断哪些行已导入。请恢复原文件；或删除 {progress} 后重新开始。",
    ),
    "IMPORT_NOTHING_TO_RESUME": Message(
        en="No import of {file} was cut off. Leave --resume away.", zh="{file} 没有中断的导入。请去掉 --resume。"
    ),
    "IMPORT_PROGRESS_UNREADABLE": Message(
        en="{progress} does not tell how far the import has come. Remove it, and the import begins anew.",
        zh="{progress} 无法说明导入进度。删除后可重新开始。",
    ),
    "IMPORT_UNFINISHED": Message(
        en="An import of {file} was cut off behind {rows} rows. Go on with --resume; or remove {progress}, and it begins anew.",
        zh="{file} 的导入在 {rows} 行后中断。请用 --resume 继续；或删除 {progress} 后重新开始。",
    ),
    "IMPORT_HOLDS_BOTH": Message(
        en="A chunk holds resources or NDJSON, and this one holds both. Send them as two chunks.",
        zh="每批只能含资源消息或 NDJSON 之一，本批两者都有。请分成两批发送。",
    ),
    "IMPORT_ROWS_REJECTED": Message(
        en="{count} rows of the import were not entered; its answer told of each why.",
        zh="{count} 行未导入，原因已在导入结果中逐行说明。",
    ),
    "LINE_NOT_JSON": Message(
        en="The line is not a JSON text: reading ended at character {place}. A file that was cut off ends like that. Correct "
        "the line, and import it again.",
        zh="该行不是 JSON 文本：在第 {place} 个字符处无法继续读取。文件被截断时末行即如此。请改正后重新导入。",
    ),
    "LINE_NOT_OBJECT": Message(
        en="The line is JSON, but not an object with the fields of a resource. Put one resource, in braces, on each line.",
        zh="该行是 JSON，但不是资源对象。请每行写一个用花括号括起的资源。",
    ),
    "LINE_TOO_LONG": Message(
        en="The line is longer than {most} bytes. No resource is: shorten its spec or its lists.",
        zh="该行超过 {most} 字节。资源不会这么长，请缩短其 spec 或列表。",
    ),
}
