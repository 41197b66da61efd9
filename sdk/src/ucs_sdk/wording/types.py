"""What is said about types and vocabularies."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

TYPES: dict[str, Message] = {
    "SCHEMA_INVALID": Message(
        en="{path} cannot be part of a type's schema: {problem}.", zh="{path} 不能用作类型的模式：{problem}。"
    ),
    "TYPE_INCOMPATIBLE": Message(
        en="{object} was not changed: version {version} takes what the new one may refuse, in {count} places: {breaks}. Of the "
        "{examined} resources that you may read, {unsatisfied} would not satisfy it. Loosen the schema, or say that the "
        "change is meant to break (`--breaking`).",
        zh="{object} 未作更改：版本 {version} 所接受的内容可能被新版本拒绝，共 {count} 处：{breaks}。"
        "在您可读取的 {examined} 项资源中，有 {unsatisfied} 项不符合新版本。请放宽模式，或声明这是不兼容变更（`--breaking`）。",
    ),
    "TYPES_TOO_MANY": Message(
        en="{object} was not entered: {most} is the most that a platform keeps. Give what is there a new version instead.",
        zh="{object} 未录入：平台最多保存 {most} 个。请为已有的条目建立新版本。",
    ),
    "TAG_UNKNOWN": Message(
        en="{path}: {tag!r} is no term of the vocabulary {vocabulary!r}, which is closed. `ucs vocabulary show {vocabulary}` "
        "lists its terms.",
        zh="{path}：受控词表 {vocabulary} 中没有 {tag}。可用 `ucs vocabulary show {vocabulary}` 查看其词条。",
    ),
    "TERM_REPEATED": Message(
        en="{path}: {term!r} occurs more than once in the vocabulary {vocabulary!r}.",
        zh="{path}：词表 {vocabulary} 中 {term} 重复出现。",
    ),
    "TERM_TOO_LONG": Message(
        en="{path}: the tag {tag!r} would be longer than {limit} characters. Shorten the term.",
        zh="{path}：标签 {tag} 将超过 {limit} 个字符，请缩短词条标识。",
    ),
    "TERM_UNKNOWN": Message(
        en="{path}: the vocabulary {vocabulary!r} has no term {term!r}.",
        zh="{path}：词表 {vocabulary} 中没有词条 {term}。",
    ),
    "TERM_CIRCLE": Message(
        en="{path}: in the vocabulary {vocabulary!r} the way up from {term!r} leads round in a circle.",
        zh="{path}：词表 {vocabulary} 中 {term} 的上位词形成循环。",
    ),
}

TYPE_PHRASES: dict[str, Message] = {
    # --- what the schema of a type cannot hold ------------------------------------------------------------------
    "schema-not-of-objects": Message(
        en='a spec is an object: the schema must say "type": "object"', zh='规格是对象，模式须写明 "type": "object"'
    ),
    "schema-dialect": Message(en="schemas are in {dialect}", zh="模式须采用 {dialect}"),
    "schema-keyword": Message(en="{keyword!r} is no keyword that is taken here", zh="此处不支持关键字 {keyword}"),
    "schema-only-at-top": Message(
        en="{keyword!r} stands only at the top of a schema", zh="{keyword} 只能出现在模式的顶层"
    ),
    "schema-format": Message(en="formats are {allowed!s}", zh="可用的 format 为 {allowed!s}"),
    "schema-pattern": Message(
        en="{pattern!r} is no pattern that is taken here: there is no looking around, no reference back and no more than "
        "some thousand repetitions",
        zh="不支持模式 {pattern}：不可使用环视、反向引用或过多的重复",
    ),
    "schema-pattern-long": Message(en="a pattern has at most {most} characters", zh="模式最多 {most} 个字符"),
    "schema-patterns": Message(en="a schema holds at most {most} patterns", zh="一个模式最多包含 {most} 个 pattern"),
    "schema-reference": Message(
        en="{reference!r} leads nowhere: references name what this schema defines, as '#/$defs/item'",
        zh="引用 {reference} 无效：只能引用本模式 $defs 中的定义，如 #/$defs/item",
    ),
    "schema-circle": Message(en="the definition {name!r} leads back to itself", zh="定义 {name} 循环引用自身"),
    "schema-extent": Message(
        en="with its references written out it speaks of more than {most} places and listed values",
        zh="展开引用后超过 {most} 处（含列出的值）",
    ),
    "schema-depth": Message(en="it nests more than {most} levels deep", zh="嵌套超过 {most} 层"),
    "schema-size": Message(
        en="it has {size} bytes as JSON, at most {most} are taken", zh="以 JSON 计有 {size} 字节，最多 {most} 字节"
    ),
    "schema-malformed": Message(en="it is not JSON Schema: {said}", zh="不是合法的 JSON Schema：{said}"),
    # --- what a new version of a type breaks ---------------------------------------------------------------------
    "break-kind": Message(en="the kind was {before}, and is {now}", zh="资源类别由 {before} 变为 {now}"),
    "break-coding": Message(en="members had {before} codes, and have {now}", zh="成员编码由 {before} 变为 {now}"),
    "break-required": Message(en="it is required now", zh="变为必填"),
    "break-required-with": Message(en="it is required now beside {given}", zh="在有 {given} 时变为必填"),
    "break-removed": Message(en="it is no longer taken", zh="不再接受"),
    "break-closed": Message(en="fields that are not named are no longer taken", zh="不再接受未列出的字段"),
    "break-values": Message(en="no longer taken: {values!s}", zh="不再接受 {values!s}"),
    "break-listed": Message(en="only listed values are taken now: {values!s}", zh="现在只接受列出的值：{values!s}"),
    "break-type": Message(en="it was of type {before!s}, and is {now!s}", zh="类型由 {before!s} 变为 {now!s}"),
    "break-type-new": Message(en="any value was taken, and now only {now!s}", zh="原可取任意值，现在只接受 {now!s}"),
    "break-bound": Message(en="{keyword} was {before}, and is {now}", zh="{keyword} 由 {before} 变为 {now}"),
    "break-bound-new": Message(en="{keyword} is {now} now", zh="新增限制 {keyword} = {now}"),
    "break-pattern": Message(en="{keyword} was {before}, and is {now}", zh="{keyword} 由 {before} 变为 {now}"),
    "break-pattern-new": Message(en="{keyword} is {now} now", zh="新增要求 {keyword} = {now}"),
    "break-unjudged": Message(
        en="{keyword} changed, and nobody can tell from the schemas alone whether all that was taken still is",
        zh="{keyword} 已变，仅凭模式无法判定是否仍接受原有的值",
    ),
    "break-too-much": Message(
        en="more than {most} comparisons would be needed; what was not looked at counts as a break",
        zh="需要比对的地方超过 {most} 处，未比对的视为不兼容",
    ),
    "break-at": Message(en="{path}: {problem}", zh="{path}：{problem}"),
}
"""What a schema cannot hold, and what a new version breaks."""
