"""What is said about watches."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

WATCHING: dict[str, Message] = {
    "WATCH_TOO_OLD": Message(
        en="What happened behind position {position} is not kept any more. Positions from {oldest} on can be watched: list "
        "again, and watch from the position of the list.",
        zh="位置 {position} 之后的变更已不再保留，可从位置 {oldest} 起订阅。请重新列出资源，并从列表所示位置开始订阅。",
    ),
    "WATCH_OTHER_HISTORY": Message(
        en="The database was put back to an earlier state, so the watch ended behind position {position}, which now belongs "
        "to another history. List again, and watch from the position of the list.",
        zh="数据库已恢复到较早状态，位置 {position} 现属另一段历史，订阅已结束。请重新列出资源，并从列表所示位置开始订阅。",
    ),
    "WATCH_ACCESS_CHANGED": Message(
        en="What you may see has changed, so the watch ended behind position {position}. List again, and watch from the "
        "position of the list.",
        zh="您可见的范围已变化，订阅在位置 {position} 之后结束。请重新列出资源，并从列表所示位置开始订阅。",
    ),
    "WATCH_TOO_SLOW": Message(
        en="The events were not taken as fast as they came, so the watch was cut. Watch again from the last position that "
        "you were told.",
        zh="事件未能及时接收，订阅已被中断。请从最后收到的位置重新订阅。",
    ),
    "WATCH_TOO_MANY": Message(
        en="There are {most} watches open already, and no more are taken here. Close one, or try again in a moment.",
        zh="已有 {most} 个订阅，暂不接受更多。请关闭其中一个，或稍后再试。",
    ),
    "WATCH_FAILED": Message(
        en="The watch ended by a fault of the platform. Watch again from the last position that you were told.",
        zh="订阅因平台故障而结束。请从最后收到的位置重新订阅。",
    ),
    "SUBSCRIPTION_NEEDS_EVENT_STREAM": Message(
        en="A subscription is answered as a stream of events. Send it by POST with 'Accept: text/event-stream'.",
        zh="订阅以事件流应答。请用 POST 发送，并指定 “Accept: text/event-stream”。",
    ),
}
