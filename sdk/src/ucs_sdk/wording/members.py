"""What is said about member sets, and the words inside these messages."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

MEMBERS: dict[str, Message] = {
    "MEMBERS_TOO_MANY": Message(
        en="{path} holds {count} members, at most {most} go into one call, and nothing was written. Split it into batches "
        "of {most}, or let `ucs member import` do so.",
        zh="{path} 含 {count} 个成员，单次调用最多 {most} 个，未写入任何内容。"
        "请按每批 {most} 个拆分，或使用 `ucs member import` 自动分批。",
    ),
    "MEMBER_SET_FULL": Message(
        en="{object} cannot take {added} more members: its set holds {count}, and a set holds at most {most}. Front the rest "
        "by another resource, one for each district for example.",
        zh="{object} 无法再增加 {added} 个成员：现有 {count} 个，每个成员集最多 {most} 个。"
        "请用其他资源承载其余成员，例如每个区市一项资源。",
    ),
    "MEMBER_REPEATED": Message(
        en="{path}: the code {code!r} stands in this batch already, at {first}. Keep one of the two.",
        zh="{path}：代码 {code} 在本批中已出现（{first}），请保留其中一个。",
    ),
    "MEMBER_CODE_INVALID": Message(
        en="{path} is {code!r}, and no GB/T 28181 channel code, which members of type {type!r} need: {problem}.",
        zh="{path} 为 {code}，不是 GB/T 28181 通道编码（类型 {type} 的成员须使用该编码）：{problem}。",
    ),
    "MEMBER_ATTRIBUTES_INVALID": Message(
        en="{path} does not satisfy what type {type!r} asks of its members: {problem}.",
        zh="{path} 不符合类型 {type} 对成员属性的要求：{problem}。",
    ),
    "MEMBERS_UNKNOWN": Message(
        en="{object} has no members {codes}, so none was removed. `ucs member list` shows which there are.",
        zh="{object} 没有成员 {codes}，因此未移除任何成员。可用 `ucs member list` 查看现有成员。",
    ),
    "MEMBERS_OF_RETIRED": Message(
        en="{object} is retired, and the members of a retired resource stay as they are. Enter them under another resource.",
        zh="{object} 已停用，其成员不再变更。请将成员登记到其他资源。",
    ),
    "MEMBERS_BOTH_WAYS": Message(
        en="A chunk holds its members either in `members` or in `ndjson`, not in both.",
        zh="一批成员只能放在 members 或 ndjson 之一，不能两处都有。",
    ),
}

MEMBER_PHRASES: dict[str, Message] = {
    "attributes-too-large": Message(
        en="they take {size} bytes, and the attributes of a member at most {limit}",
        zh="占 {size} 字节，成员属性最多 {limit} 字节",
    ),
    "line-not-json": Message(en="the line is not one JSON object", zh="该行不是一个 JSON 对象"),
    "gb28181-length": Message(
        en="it has {count} characters, and such a code has {digits} digits",
        zh="共 {count} 位，编码应为 {digits} 位数字",
    ),
    "gb28181-not-a-digit": Message(
        en="its character {place} is {character!r}, and all are digits", zh="第 {place} 位为 {character}，应为数字"
    ),
    "gb28181-province": Message(
        en="its digits 1 and 2 are {province}, which no division begins with (GB/T 2260)",
        zh="第 1、2 位为 {province}，没有以此开头的行政区划（GB/T 2260）",
    ),
    "gb28181-not-a-channel": Message(
        en="its digits 11 to 13 are {type} ({device}), which is no channel; channels are {channels!s}",
        zh="第 11 至 13 位为 {type}（{device}），不是通道；通道类型为 {channels!s}",
    ),
    "gb28181-type-unknown": Message(
        en="its digits 11 to 13 are {type}, which is no type of a channel; channels are {channels!s}",
        zh="第 11 至 13 位为 {type}，不是通道类型；通道类型为 {channels!s}",
    ),
}

DEVICES: dict[str, Message] = {
    "111": Message(en="digital video recorder", zh="硬盘录像机"),
    "112": Message(en="video server", zh="视频服务器"),
    "113": Message(en="encoder", zh="编码器"),
    "114": Message(en="decoder", zh="解码器"),
    "118": Message(en="network video recorder", zh="网络录像机"),
    "133": Message(en="display", zh="显示器"),
    "135": Message(en="alarm output", zh="报警输出设备"),
    "200": Message(en="signalling server", zh="中心信令控制服务器"),
    "215": Message(en="business group", zh="业务分组"),
    "216": Message(en="virtual organisation", zh="虚拟组织"),
}
"""The types of devices of GB/T 28181 that are no channels, as far as they are known by name."""
