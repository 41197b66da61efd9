"""What is said about deprecation, about what still needs a resource, and about the bin."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

SHELF: dict[str, Message] = {
    "STILL_NEEDED": Message(
        en="{object} is still needed, so {verb} was refused: resources in use depend on it, {count} of them visible to you. "
        "Have them moved to something else first.",
        zh="{object} 仍被在用资源依赖（其中您可见的有 {count} 项），不能执行“{verb}”。请先迁移这些使用方。",
    ),
    "REMOVAL_BEFORE_DEPRECATION": Message(
        en="{path} is {removal_on}, before effective_on ({effective_on}). Choose a day from {effective_on} on.",
        zh="{path} 为 {removal_on}，早于 effective_on（{effective_on}）。请选择 {effective_on} 或之后的日期。",
    ),
    "ALTERNATIVE_UNKNOWN": Message(
        en="{object} cannot be replaced by {target}: it is the resource itself, does not exist, or you may not see it.",
        zh="{object} 不能由 {target} 替代：它就是该资源本身、不存在，或您无权查看。",
    ),
    "NOT_DELETED": Message(
        en="{object} cannot {verb}: it is not deleted. `ucs bin` lists what is.",
        zh="{object} 不能执行“{verb}”：它未被删除。可用 `ucs bin` 查看已删除的资源。",
    ),
    "NOT_IN_BIN": Message(
        en="Nothing in the bin that you could take back has the code {object}. `ucs bin` lists what is there.",
        zh="回收站中没有您可恢复的、代码为 {object} 的资源。可用 `ucs bin` 查看。",
    ),
    "NOT_DEPRECATED": Message(
        en="{object} is not deprecated, so there is nothing to take back.",
        zh="{object} 未被弃用，无需取消。",
    ),
}
