"""What is said about principals, roles, policies and grants."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

ACCESS: dict[str, Message] = {
    "DENIED": Message(
        en="You may not {action} {object}. `ucs why {action!s} {object}` explains who could grant it.",
        zh="您无权对 {object} 执行“{action}”。可用 `ucs why {action!s} {object}` 查看原因。",
    ),
    "DENIED_THERE": Message(
        en="Your roles at {object} do not allow you to {action}. Ask its administrator for one that does.",
        zh="您在 {object} 的角色不允许“{action}”。请向其管理员申请相应的角色。",
    ),
}
