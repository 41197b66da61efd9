"""The words inside messages, in Chinese and English: phrases that explain, and what the identifiers in fields are called.

They belong to the catalogue in `ucs_sdk.wording`, whose messages they fill.
"""

from __future__ import annotations

from collections.abc import Mapping

from ucs_sdk.vocabulary import Availability, ResourceKind, ReviewState, Term
from ucs_sdk.wording import Message
from ucs_sdk.wording.areas import AREA_PHRASES
from ucs_sdk.wording.hosting import HOSTING_PHRASES
from ucs_sdk.wording.members import DEVICES, MEMBER_PHRASES
from ucs_sdk.wording.plugins import PLUGIN_PHRASES
from ucs_sdk.wording.quality import QUALITY_PHRASES
from ucs_sdk.wording.records import RECORD_PHRASES
from ucs_sdk.wording.sql import SQL_PHRASES
from ucs_sdk.wording.tables import TABLES
from ucs_sdk.wording.types import TYPE_PHRASES

PHRASES: Mapping[str, Message] = {
    **TABLES,
    **TYPE_PHRASES,
    **MEMBER_PHRASES,
    **AREA_PHRASES,
    **PLUGIN_PHRASES,
    **HOSTING_PHRASES,
    **QUALITY_PHRASES,
    **RECORD_PHRASES,
    **SQL_PHRASES,
    # --- what a text or a value cannot be -----------------------------------------------------------------------
    "text-unstorable": Message(
        en="it holds a NUL character or half a surrogate pair", zh="含有 NUL 字符或不完整的代理对"
    ),
    "text-longer-than": Message(en="at most {limit} characters are kept", zh="最多保留 {limit} 个字符"),
    "value-not-json": Message(
        en="it holds something that JSON cannot carry, such as NaN, an integer of more than 64 bits or endless nesting",
        zh="含有 JSON 无法表示的内容，例如 NaN、超过 64 位的整数或过深的嵌套",
    ),
    "key-id-malformed": Message(
        en="it is not a key's id, which `ucs key list` shows: 43 characters of letters, digits, - and _",
        zh="不是密钥标识；密钥标识为 43 个字符（字母、数字、- 和 _），可用 `ucs key list` 查看",
    ),
    "epoch-ahead": Message(
        en="it is later than now, {now}, and it never goes back: no token would count until then",
        zh="晚于当前时间 {now}，且不能回退：在此之前所有令牌都将无效",
    ),
    "address-not-host-port": Message(
        en="it must be a host and a port, such as 127.0.0.1:50051", zh="须为“主机:端口”，例如 127.0.0.1:50051"
    ),
    "value-of-other-type": Message(en="a value of this type is not taken here", zh="此处不接受这种类型的值"),
    "count-negative": Message(en="a city cannot have fewer than 0 resources", zh="一座城市的资源数不能小于 0"),
    "connection-failed": Message(en="nothing takes connections there", zh="该地址没有服务接受连接"),
    "connection-late": Message(en="no connection came about in time", zh="未能及时建立连接"),
    "bytes-not-a-message": Message(en="its bytes are not a message of this method", zh="其字节不是该方法的消息"),
    # --- database URLs ------------------------------------------------------------------------------------------
    "url-malformed": Message(en="it is not a URL", zh="不是 URL"),
    "url-without-file": Message(en="it names no file", zh="没有指明文件"),
    "url-of-unknown-database": Message(en="{database!r} is not a known database", zh="{database} 不是已知的数据库"),
    # --- what a schema asks of a value --------------------------------------------------------------------------
    "spec-additional": Message(en="it must not hold {names}", zh="此处没有字段 {names}"),
    "spec-enum": Message(en="it is {value}, and must be one of {allowed!s}", zh="现为 {value}，只能取 {allowed!s}"),
    "spec-format": Message(en="{value} is not of the format {format!r}", zh="{value} 不符合 {format} 格式"),
    "spec-items-at-least": Message(
        en="it holds {count} items, at least {limit} needed", zh="有 {count} 项，至少需要 {limit} 项"
    ),
    "spec-items-at-most": Message(
        en="it holds {count} items, at most {limit} allowed", zh="有 {count} 项，最多 {limit} 项"
    ),
    "spec-items-repeated": Message(en="an item occurs more than once", zh="有重复的项"),
    "spec-maximum": Message(en="{value} is more than {limit}", zh="{value} 大于 {limit}"),
    "spec-minimum": Message(en="{value} is less than {limit}", zh="{value} 小于 {limit}"),
    "spec-pattern": Message(en="{value} does not match {pattern}", zh="{value} 不符合格式 {pattern}"),
    "spec-required": Message(en="it lacks {names}", zh="缺少 {names}"),
    "spec-text-at-least": Message(
        en="it has {count} characters, at least {limit} needed", zh="有 {count} 个字符，至少需要 {limit} 个"
    ),
    "spec-text-at-most": Message(
        en="it has {count} characters, at most {limit} allowed", zh="有 {count} 个字符，最多 {limit} 个"
    ),
    "spec-type": Message(en="{value} is not {expected}", zh="{value} 不是{expected}"),
    "spec-unsatisfied": Message(en="{value} does not satisfy {keyword!r}", zh="{value} 不满足 {keyword}"),
    # --- what is wrong with a policy row ------------------------------------------------------------------------
    "policy-deny-with-grant": Message(
        en="a row that denies cannot ask for a grant; its grant must be 'none_needed'",
        zh="禁止类策略不能要求授权，其 grant 必须为 none_needed",
    ),
    "policy-not-text": Message(en="its principal or its anchor is not text", zh="其 principal 或 anchor 不是文本"),
    "policy-unknown-name": Message(en="there is no {column} {value}", zh="没有名为 {value} 的 {column}"),
    "policy-section": Message(
        en="its section is {value}, not {section!r}", zh="其 section 为 {value}，而不是 {section}"
    ),
    "policy-value-count": Message(
        en="it has {count} values where {needed} are needed: {columns}",
        zh="有 {count} 个值，需要 {needed} 个：{columns}",
    ),
    "policy-special-character": Message(
        en="its {column} {value} holds {special}; patterns and delimiters cannot be indexed",
        zh="其 {column} {value} 含有 {special}；模式和分隔符无法建立索引",
    ),
    "policy-bad-type": Message(
        en="its {column} {value} is not a type such as 'dataset', a prefix such as 'video_*', or '*'",
        zh="其 {column} {value} 不是类型（如 dataset）、前缀（如 video_*）或 *",
    ),
    "policy-bad-name": Message(
        en="its {column} {value} is not a name of [a-z0-9_]", zh="其 {column} {value} 不是由 [a-z0-9_] 组成的名称"
    ),
    "policy-id-reserved": Message(
        en="ids of this form are kept for role assignments; choose another id",
        zh="此格式的标识保留给角色任命，请另选标识",
    ),
    "policy-is-assignment": Message(
        en="it is a role assignment, not a policy; use the verbs on roles", zh="它是角色任命而不是策略，请使用角色操作"
    ),
    "policy-named-twice": Message(en="it is named more than once in one call", zh="在一次调用中重复出现"),
    "policy-set-aside": Message(en="{problem}", zh="{problem}"),
    "policy-kept-as-wider": Message(
        en="{problem}; it is kept as a wider denial", zh="{problem}；已按范围更宽的禁止保留"
    ),
    "policy-not-one-of": Message(
        en="its {column} {value} is not one of {allowed!s}", zh="其 {column} {value} 不在可选值 {allowed!s} 之内"
    ),
}
"""Parts of messages by key; an error field that holds a `ucs_sdk.messages.Phrase` is worded from here."""


def _titles(*vocabularies: type[Term]) -> dict[str, Message]:
    return {term.value: Message(en=term.value, zh=term.title_zh) for terms in vocabularies for term in terms}


_STATES = _titles(ReviewState, Availability)
_KINDS = _titles(ResourceKind)

IDENTIFIERS: Mapping[str, Mapping[str, Message]] = {
    "device": DEVICES,
    "action": {
        "discover": Message(en="discover", zh="发现"),
        "read": Message(en="read", zh="读取"),
        "invoke": Message(en="invoke", zh="调用"),
        "create": Message(en="create", zh="创建"),
        "edit": Message(en="edit", zh="编辑"),
        "submit": Message(en="submit", zh="提交"),
        "review": Message(en="review", zh="审核"),
        "operate": Message(en="operate", zh="运维"),
        "retire": Message(en="retire", zh="停用"),
        "administer": Message(en="administer", zh="管理"),
        "audit": Message(en="audit", zh="审计"),
    },
    "object": {"platform": Message(en="the platform", zh="本平台")},
    "verb": {
        "update": Message(en="update", zh="更新"),
        "submit": Message(en="submit", zh="提交"),
        "withdraw": Message(en="withdraw", zh="撤回"),
        "approve": Message(en="approve", zh="通过"),
        "reject": Message(en="reject", zh="驳回"),
        "undo_review": Message(en="undo_review", zh="撤销审核"),
        "bring_online": Message(en="bring_online", zh="上架"),
        "take_offline": Message(en="take_offline", zh="下架"),
        "suspend": Message(en="suspend", zh="暂停"),
        "resume": Message(en="resume", zh="恢复"),
        "retire": Message(en="retire", zh="停用"),
        "deprecate": Message(en="deprecate", zh="弃用"),
        "undeprecate": Message(en="undeprecate", zh="取消弃用"),
        "delete": Message(en="delete", zh="删除"),
        "undelete": Message(en="undelete", zh="恢复删除"),
        "purge": Message(en="purge", zh="彻底删除"),
    },
    "axis": {
        "review": Message(en="review", zh="审核状态"),
        "availability": Message(en="availability", zh="可用状态"),
    },
    "state": _STATES,
    "allowed": _STATES,
    "kind": _KINDS,
    "target_kind": _KINDS,
    "expected": {
        "array": Message(en="a list", zh="列表"),
        "boolean": Message(en="true or false", zh="真假值（true 或 false）"),
        "date": Message(en="a date such as 2026-01-31", zh="日期（如 2026-01-31）"),
        "datetime": Message(en="a time such as 2026-01-31T08:00:00Z", zh="时间（如 2026-01-31T08:00:00Z）"),
        "integer": Message(en="an integer", zh="整数"),
        "null": Message(en="null", zh="空值（null）"),
        "number": Message(en="a number", zh="数字"),
        "object": Message(en="an object", zh="对象"),
        "JSON object": Message(en="a JSON object", zh="JSON 对象"),
        "string": Message(en="text", zh="文本"),
        "value": Message(en="a value that is taken here", zh="此处可接受的值"),
    },
    "unit": {
        "character": Message(en="character", zh="个字符"),
        "characters": Message(en="characters", zh="个字符"),
        "item": Message(en="item", zh="项"),
        "items": Message(en="items", zh="项"),
    },
    "measure": {
        "aliases": Message(en="the number of aliases", zh="别名数"),
        "characters": Message(en="the number of characters", zh="字符数"),
        "cost": Message(
            en="the estimated cost (values in the answer, searches, reads of the log)",
            zh="预计开销（返回的值数、检索与日志读取）",
        ),
        "definitions": Message(en="the number of definitions", zh="定义数"),
        "depth": Message(en="the depth", zh="嵌套深度"),
        "directives": Message(en="the number of directives", zh="指令数"),
        "elements": Message(en="the number of elements", zh="元素数"),
        "cost of introspection": Message(en="the cost of introspection", zh="内省开销"),
        "objects": Message(en="the number of objects", zh="对象数"),
        "overlapping fields": Message(en="the number of overlapping fields", zh="重叠字段数"),
        "root fields": Message(en="the number of root fields", zh="根字段数"),
        "selections": Message(en="the number of selections", zh="选择项数"),
        "tokens": Message(en="the number of tokens", zh="词元数"),
        "values": Message(en="the number of values", zh="值数"),
        "values in variables": Message(en="the number of values in the variables", zh="变量中的值数"),
        "documents": Message(en="the number of documents in the folder", zh="文件夹中的文档数"),
    },
}
"""What people call the identifiers that the fields of these names hold. Others, and `{name!s}`, show as they are typed."""
