"""What is said about exports, and about tables that come in and go out."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

EXCHANGE: dict[str, Message] = {
    "EXPORT_TOO_MANY": Message(
        en="This node serves {most} exports already, which is as many as it serves at once. Try again when one of them has "
        "ended, or ask another node.",
        zh="本节点已在处理 {most} 个导出，达到上限。请待其中一个结束后重试，或改用其他节点。",
    ),
    "EXPORT_ACCESS_CHANGED": Message(
        en="What you may see has changed since the export began, so it ended: what was written so far is not whole. Begin it "
        "again.",
        zh="导出开始后您的可见范围已改变，导出已中止，已写出的内容不完整。请重新导出。",
    ),
    "MAPPING_INVALID": Message(
        en="The mapping {file} cannot be used: {problem}.", zh="无法使用列映射 {file}：{problem}。"
    ),
    "TABLE_INVALID": Message(en="The table {file} cannot be read: {problem}.", zh="无法读取表格 {file}：{problem}。"),
    "ROW_INVALID": Message(en="{where}{column}: {problem}.", zh="{where}{column}：{problem}。"),
    "TABLE_FULL": Message(
        en="A sheet holds {most} rows and no more, so nothing was written. Export fewer with a filter, or as CSV.",
        zh="一个工作表最多 {most} 行，因此未写入任何内容。请用条件减少导出的资源，或导出为 CSV。",
    ),
}
