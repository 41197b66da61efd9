"""What is said about reviews in quantity, revisions, and taking a review back."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

REVIEWS: dict[str, Message] = {
    "CONTENT_OUTDATED": Message(
        en="{verb}: the latest revision of {object} does not satisfy version {version} of its type {type}, or the vocabularies "
        "as they are now; they changed since it was written. Its authors correct it: a reviewer rejects it, and whoever may "
        "read it and submits it again is told what is wrong.",
        zh="{verb}：{object} 的最新版本不符合其类型 {type} 的第 {version} 版或现行词表，二者在其编写之后已有变更。"
        "请驳回并由编写人修改；有读取权限者再次提交时会得到具体问题。",
    ),
    "ORDER_NEEDS_QUEUE": Message(
        en="{path}: only what awaits your review can be sorted by the time of its submission. Ask for that too, or sort "
        "otherwise.",
        zh="{path}：只有待您审核的资源才能按提交时间排序。请同时筛选待审核资源，或改用其他排序。",
    ),
    "REVISION_NOT_FOUND": Message(
        en="{object} has no revision {number}; its latest is {last}.",
        zh="{object} 没有第 {number} 版，最新为第 {last} 版。",
    ),
    "ROW_TWICE": Message(
        en="{path}: {object} is decided in {first} already. Name each resource once.",
        zh="{path}：{object} 已在 {first} 中处理，每项资源只能出现一次。",
    ),
    "UNDO_OF_ANOTHERS": Message(
        en="The last decision on {object} is not yours but that of {reviewer}, and only who decided can undo it.",
        zh="{object} 的最近一次审核由 {reviewer} 作出，只有作出审核的人才能撤销。",
    ),
    "UNDO_OVERTAKEN": Message(
        en="{object} was changed after your decision, so the decision can no longer be undone. Have a new revision reviewed "
        "instead.",
        zh="{object} 在您审核之后已被修改，不能再撤销审核。请另行提交新版本审核。",
    ),
    "UNDO_OF_WHAT_IS_ONLINE": Message(
        en="{object} was brought online after your decision and may be in use, so the decision can no longer be undone. Take "
        "it offline if need be, and have a new revision reviewed.",
        zh="{object} 在您审核之后已上架，可能正在使用，不能再撤销审核。必要时请先下架，再提交新版本审核。",
    ),
    "UNDO_TOO_LATE": Message(
        en="Your decision on {object} was made at {at}, and can be undone for {seconds} seconds only. Have a new revision "
        "reviewed instead.",
        zh="您对 {object} 的审核作出于 {at}，仅可在 {seconds} 秒内撤销。请另行提交新版本审核。",
    ),
}
