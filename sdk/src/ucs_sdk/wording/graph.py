"""What is said about dependencies, walks through them, and scenarios."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

GRAPH: dict[str, Message] = {
    "DEPENDENCY_ABSENT": Message(
        en="{object} has no dependency on {target} that you may see, so there is none to remove.",
        zh="{object} 没有您可见的对 {target} 的依赖，无可移除。",
    ),
    "DEPENDENCY_TWICE": Message(
        en="{path} states the dependency of {object} on {target} a second time. State it once.",
        zh="{path} 重复声明了 {object} 对 {target} 的依赖，请只写一次。",
    ),
    "DEPTH_INVALID": Message(
        en="{path} must be between 1 and {most}; it is {value}.",
        zh="{path} 必须在 1 至 {most} 之间，当前为 {value}。",
    ),
    "NOT_A_SCENARIO": Message(
        en="{object} is no scenario but a resource of the type {type}. Ask for it, or change it, as a resource.",
        zh="{object} 不是场景，而是类型为 {type} 的资源。请按资源查看或修改。",
    ),
}
