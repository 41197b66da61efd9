"""What is said where the city is played against a running platform."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

SIMULATING: dict[str, Message] = {
    "STORM_NO_DEMO": Message(
        en="No demo runs here: there is no profile at {file}. Start `ucs demo` in another terminal, and come back.",
        zh="此处没有运行中的演示平台：{file} 处没有配置档。请在另一终端运行 `ucs demo` 后再试。",
    ),
    "STORM_CAPABILITY_MISSING": Message(
        en="The platform does not offer what a storm needs: {capabilities} is not enabled, or not for this persona. "
        "`ucs plugin list --as platform-admin` tells how plugins stand; `ucs plugin enable` enables one.",
        zh="平台缺少演示暴雨所需的能力：{capabilities} 未启用或不可调用。"
        "请用 `ucs plugin list --as platform-admin` 查看，用 `ucs plugin enable` 启用。",
    ),
    "STORM_POINTS_MISSING": Message(
        en="{count} points of the storm are not in the register, such as {points}. A demo enters them when it enables "
        "waterlogging; start one in a new folder: `ucs demo --data DIR`.",
        zh="有 {count} 个暴雨点位未登记，如 {points}。演示平台在启用 waterlogging 时登记它们；"
        "请用新目录启动：`ucs demo --data 目录`。",
    ),
    "STORM_BEFORE": Message(
        en="Water stands from before at {count} of the storm's places, such as {places}. Wait until those events are over, or "
        "start a demo in a new folder: `ucs demo --data DIR`.",
        zh="有 {count} 处仍有此前的积水事件，如 {places}。请待其结束，或用新目录启动：`ucs demo --data 目录`。",
    ),
    "STORM_GOES_ON": Message(
        en="The storm is past, and {count} events go on, such as {places}. `ucs event dead --as platform-admin` tells whether "
        "deliveries were given up.",
        zh="暴雨已过，仍有 {count} 个事件未结束，如 {places}。请用 `ucs event dead --as platform-admin` 查看是否有死信。",
    ),
}
