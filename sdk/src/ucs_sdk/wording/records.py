"""What is said about the documents of plugins."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

RECORD_PHRASES: dict[str, Message] = {
    "document-range-mixed": Message(
        en="both ends of a range are of one kind: two numbers, two texts or two truth values",
        zh="范围的两端须为同一类值：两个数字、两段文本或两个真假值",
    ),
    "document-number-large": Message(
        en="a whole number beyond {limit} cannot be told from its neighbours; keep it as text",
        zh="绝对值超过 {limit} 的整数无法与相邻值区分；请以文本保存",
    ),
    "document-value-none": Message(
        en="what is not there cannot be asked for; keep a value that says so", zh="无法按空值查询；请以明确的值表示"
    ),
    "document-id": Message(en="an id has 1 to {limit} characters", zh="标识须为 1 至 {limit} 个字符"),
    "document-fields": Message(
        en="a document has at most {limit} fields at its top", zh="一份文档最多有 {limit} 个顶层字段"
    ),
    "document-large": Message(
        en="a document has at most {limit} bytes as JSON; keep large things as files",
        zh="一份文档的 JSON 最多 {limit} 字节；较大的内容请以文件保存",
    ),
    "answer-large": Message(
        en="it has more than {limit} bytes as JSON; answer page by page, or as a stream",
        zh="其 JSON 超过 {limit} 字节；请分页返回，或采用流式应答",
    ),
    "event-name": Message(
        en="it has at most {limit} characters, and no NUL", zh="最多 {limit} 个字符，且不得含 NUL 字符"
    ),
    "event-large": Message(
        en="the data of an event has at most {limit} bytes as JSON; refer to what is larger",
        zh="事件数据的 JSON 最多 {limit} 字节；更大的内容请以引用方式给出",
    ),
}
