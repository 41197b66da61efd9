"""One message catalogue for every door, in Chinese and English.

Each message says what happened to what, why, and what to do next. Placeholders name the fields of the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from string import Formatter
from typing import NamedTuple


class Locale(StrEnum):
    """The languages in which UCS speaks to people."""

    ZH = "zh"
    EN = "en"


DEFAULT_LOCALE = Locale.EN


class Message(NamedTuple):
    """One message in both languages."""

    en: str
    zh: str


def negotiate(accept_language: str | None, default: Locale = DEFAULT_LOCALE) -> Locale:
    """Choose a language from an Accept-Language value (RFC 9110 §12.5.4); unknown languages are passed over."""
    best, best_weight = default, 0.0
    for part in (accept_language or "")[:256].split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _quality(parameters)
        primary = tag.strip().lower().replace("_", "-").split("-")[0]
        if primary in tuple(Locale) and weight > best_weight:
            best, best_weight = Locale(primary), weight
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def render(reason: str, locale: Locale, fields: Mapping[str, object]) -> str:
    """Fill the message of `reason`; a field that is missing shows as its name, so that an error never hides an error."""
    message = CATALOGUE.get(reason)
    if message is None:
        return reason
    template = message.zh if locale is Locale.ZH else message.en
    text = _Lenient().vformat(template, (), {key: _plain(value) for key, value in fields.items()})
    near = _plain(fields.get("near"))
    if near:
        text += DID_YOU_MEAN.zh.format(near=near) if locale is Locale.ZH else DID_YOU_MEAN.en.format(near=near)
    return text


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


class _Lenient(Formatter):
    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        return kwargs.get(str(key), f"{{{key}}}")


DID_YOU_MEAN = Message(en=" Did you mean {near}?", zh="您要找的是 {near} 吗？")

CATALOGUE: dict[str, Message] = {
    # --- who is calling -----------------------------------------------------------------------------------------
    "TOKEN_MISSING": Message(
        en="This call needs a bearer token. Send 'Authorization: Bearer <token>'; `ucs token` prints one.",
        zh="此调用需要令牌。请发送 “Authorization: Bearer <令牌>”，可用 `ucs token` 取得。",
    ),
    "TOKEN_INVALID": Message(
        en="The token was not accepted: {why}. Ask for a new one with `ucs token`.",
        zh="令牌未被接受：{why}。请用 `ucs token` 重新获取。",
    ),
    "PRINCIPAL_UNKNOWN": Message(
        en="The token names a principal that does not exist here or is disabled. Ask a platform administrator.",
        zh="令牌所指的主体在本平台不存在或已停用，请联系平台管理员。",
    ),
    # --- what may be done ---------------------------------------------------------------------------------------
    "DENIED": Message(
        en="You may not {action} {object}. `ucs why {action} {object}` explains who could grant it.",
        zh="您无权对 {object} 执行“{action}”。可用 `ucs why {action} {object}` 查看原因。",
    ),
    "SELF_APPROVAL": Message(
        en="{object} cannot be reviewed by {actor}, who wrote or submitted this revision. Another reviewer must decide.",
        zh="{object} 的本版本由 {actor} 编写或提交，不能自行审核，请由其他审核人员处理。",
    ),
    "NOT_FOUND": Message(
        en="{object} does not exist, or you may not see it.",
        zh="{object} 不存在，或您无权查看。",
    ),
    # --- what was sent ------------------------------------------------------------------------------------------
    "FIELD_INVALID": Message(en="{path}: {problem}.", zh="{path}：{problem}。"),
    "FIELD_MISSING": Message(en="{path} is required.", zh="缺少 {path}。"),
    "FIELD_UNKNOWN": Message(en="{path} is not a field here.", zh="此处没有字段 {path}。"),
    "FIELD_NOT_ONE_OF": Message(
        en="{path} is {value!r}; it must be one of {allowed}.", zh="{path} 为 {value}，只能取 {allowed}。"
    ),
    "FIELD_TOO_SHORT": Message(en="{path} is too short: at least {limit}.", zh="{path} 过短，至少 {limit}。"),
    "FIELD_TOO_LONG": Message(en="{path} is too long: at most {limit}.", zh="{path} 过长，最多 {limit}。"),
    "FIELD_TOO_SMALL": Message(en="{path} must be at least {limit}.", zh="{path} 不得小于 {limit}。"),
    "FIELD_TOO_LARGE": Message(en="{path} must be at most {limit}.", zh="{path} 不得大于 {limit}。"),
    "FIELD_NOT_FINITE": Message(en="{path} must be a finite number.", zh="{path} 必须是有限的数。"),
    "FIELD_PATTERN": Message(
        en="{path} is {value!r}, which does not match {pattern}.", zh="{path} 为 {value}，不符合格式 {pattern}。"
    ),
    "FIELD_TYPE": Message(
        en="{path} is {value!r}, which is not a valid {expected}.", zh="{path} 为 {value}，不是有效的 {expected}。"
    ),
    "SHARE_CONDITION_MISSING": Message(
        en="share_condition is required when share_type is 'conditional': say under which condition it is shared.",
        zh="share_type 为 conditional（有条件共享）时必须填写 share_condition（共享条件）。",
    ),
    "DENIAL_BASIS_MISSING": Message(
        en="denial_basis is required when share_type is 'none': name the law or rule that forbids sharing.",
        zh="share_type 为 none（不予共享）时必须填写 denial_basis（不予共享依据）。",
    ),
    "TYPE_UNKNOWN": Message(
        en="There is no resource type {type!r} of kind {kind!r}.",
        zh="类别 {kind} 下没有资源类型 {type}。",
    ),
    "SPEC_INVALID": Message(
        en="{path} does not satisfy the schema of type {type!r}: {problem}. Expected: {expected}.",
        zh="{path} 不符合类型 {type} 的规范：{problem}。应为：{expected}。",
    ),
    "ORGANIZATION_UNKNOWN": Message(
        en="There is no organisation {organization!r}.",
        zh="没有组织机构 {organization}。",
    ),
    "REGION_UNKNOWN": Message(en="There is no division {region!r}.", zh="没有行政区划 {region}。"),
    "DEPENDENCY_UNKNOWN": Message(
        en="{object} cannot depend on {target}: it does not exist, or you may not see it.",
        zh="{object} 不能依赖 {target}：它不存在，或您无权查看。",
    ),
    "DEPENDENCY_CYCLE": Message(
        en="{object} cannot depend on {target}: that closes the circle {circle}. Remove one of these dependencies.",
        zh="{object} 不能依赖 {target}：会形成循环 {circle}。请去掉其中一项依赖。",
    ),
    "DEPENDENCY_TOO_DEEP": Message(
        en="{object} reaches more than {most} resources through its dependencies; a circle cannot be ruled out.",
        zh="{object} 的依赖超过 {most} 项资源，无法排除循环。",
    ),
    "STILL_NEEDED": Message(
        en="{object} cannot be retired: {count} resources depend on it. Ask for its dependants and move them first.",
        zh="{object} 不能退役：仍有 {count} 项资源依赖它。请先查看并迁移其使用方。",
    ),
    "DEPENDENCY_UPWARD": Message(
        en="{object} ({kind}) cannot depend on {target} ({target_kind}): dependencies run from application over "
        "component and data to infrastructure.",
        zh="{object}（{kind}）不能依赖 {target}（{target_kind}）：依赖方向为 应用→组件服务→数据→基础设施。",
    ),
    "FIELD_IMMUTABLE": Message(
        en="{path} of {object} cannot be changed after creation (it is {current!r}). Create a new resource instead.",
        zh="{object} 的 {path} 创建后不可更改（现为 {current}）。请新建资源。",
    ),
    "NOTHING_CHANGED": Message(
        en="The update of {object} changes nothing, so no revision was opened.",
        zh="对 {object} 的更新没有任何变化，未产生新版本。",
    ),
    "REASON_MISSING": Message(
        en="{verb} needs a reason that its owner will read.",
        zh="{verb} 需要填写理由，供资源所有者查看。",
    ),
    "CODE_TAKEN": Message(en="The code {taken!r} is in use already.", zh="代码 {taken} 已被使用。"),
    "ORGANIZATION_TAKEN": Message(en="The organisation {taken!r} exists already.", zh="组织机构 {taken} 已存在。"),
    "CURSOR_INVALID": Message(
        en="The cursor does not belong to this list and order. Start again without one.",
        zh="游标与此列表或排序不符，请不带游标重新开始。",
    ),
    "PAGE_SIZE_INVALID": Message(
        en="{path} must be between 1 and {most}; it is {value}.",
        zh="{path} 必须在 1 到 {most} 之间，现为 {value}。",
    ),
    "BODY_MALFORMED": Message(en="The request could not be read: {problem}.", zh="无法读取请求：{problem}。"),
    "BODY_TOO_LARGE": Message(
        en="The request is larger than {most} bytes. Send less at a time.",
        zh="请求超过 {most} 字节，请分批发送。",
    ),
    "DOCUMENT_TOO_COSTLY": Message(
        en="The document was refused before it ran: {measure} is {value}, at most {most} are allowed. Ask for less at once.",
        zh="文档在执行前被拒绝：{measure} 为 {value}，上限为 {most}。请减少单次查询内容。",
    ),
    "DOCUMENT_INVALID": Message(en="The document is not valid: {problem}", zh="查询文档无效：{problem}"),
    "METHOD_UNSUPPORTED": Message(en="{method} is not supported here.", zh="此处不支持 {method}。"),
    # --- how things stand ---------------------------------------------------------------------------------------
    "ETAG_MISSING": Message(
        en="{verb} needs the etag that you read, so that nobody's change is lost. Read {object} and send its etag.",
        zh="{verb} 需要您读取时的 etag，以免覆盖他人修改。请先读取 {object} 并带上其 etag。",
    ),
    "ETAG_STALE": Message(
        en="{object} changed since you read it (you sent {sent}, it is {current}). Read it again and repeat.",
        zh="{object} 在您读取后已被修改（您发送 {sent}，现为 {current}）。请重新读取后再试。",
    ),
    "TRANSITION_ILLEGAL": Message(
        en="{object} cannot {verb}: {axis} is {state}, and {verb} starts from {allowed}.",
        zh="{object} 不能执行 {verb}：{axis} 现为 {state}，该操作只能从 {allowed} 开始。",
    ),
    "NO_CURRENT_REVISION": Message(
        en="{object} cannot {verb}: no revision has been approved yet. Submit it and have it reviewed first.",
        zh="{object} 不能执行 {verb}：尚无通过审核的版本，请先提交并完成审核。",
    ),
    "REVIEW_PENDING": Message(
        en="{object} cannot be changed while its revision is in review. Withdraw it first.",
        zh="{object} 的版本正在审核，不能修改，请先撤回。",
    ),
    "REQUEST_ID_REUSED": Message(
        en="The request id {request_id!r} was used for another request. Take a new one.",
        zh="请求号 {request_id} 已用于另一请求，请换用新的请求号。",
    ),
    "REQUEST_ID_INVALID": Message(
        en="A request id has 1 to 64 visible ASCII characters.",
        zh="请求号须为 1 至 64 个可见 ASCII 字符。",
    ),
    "POSITION_UNKNOWN": Message(
        en="Position {position} is beyond the end of the log, which is {last}.",
        zh="位置 {position} 超出日志末尾 {last}。",
    ),
    "FOUNDED_ALREADY": Message(
        en="This database holds a platform already; founding starts from an empty one.",
        zh="该数据库中已有平台数据，只能在空库上初始化。",
    ),
    # --- policies -----------------------------------------------------------------------------------------------
    "POLICY_ROW_INVALID": Message(
        en="Policy row {row!r} was refused: {problem}. Nothing was changed.",
        zh="策略 {row} 被拒绝：{problem}。未作任何更改。",
    ),
    # --- the platform itself ------------------------------------------------------------------------------------
    "RATE_LIMITED": Message(en="Too many requests. Try again in {seconds} s.", zh="请求过多，请 {seconds} 秒后再试。"),
    "STARTING": Message(en="The platform is starting. Try again shortly.", zh="平台正在启动，请稍后再试。"),
    "DRAINING": Message(en="The platform is shutting down. Try again shortly.", zh="平台正在关闭，请稍后再试。"),
    "DEADLINE_EXCEEDED": Message(
        en="The request took longer than {seconds} s and was given up. Nothing was changed.",
        zh="请求超过 {seconds} 秒，已放弃。未作任何更改。",
    ),
    "INTERNAL": Message(
        en="Something went wrong on our side; nothing was changed. Report call {call_id}.",
        zh="平台内部错误，未作任何更改。请报告调用号 {call_id}。",
    ),
}
