"""What is said about calling, hosting and feeding plugins, by the platform that does it."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

INVOKING: dict[str, Message] = {
    "OPERATION_STREAMS": Message(
        en="{object} answers with a stream. Ask for it as one (a GraphQL subscription, InvokeStream, `ucs call`).",
        zh="{object} 以数据流应答。请以流的方式调用（GraphQL 订阅、InvokeStream 或 `ucs call`）。",
    ),
    "OPERATION_ANSWERS_ONCE": Message(
        en="{object} answers once and not with a stream. Ask for it as a query, a mutation or by Invoke.",
        zh="{object} 只应答一次，不提供数据流。请以查询、变更或 Invoke 调用。",
    ),
    "QUOTA_EXCEEDED": Message(
        en="{object} was called too often: {limit} calls in {seconds} seconds are allowed. Try again later.",
        zh="{object} 调用过于频繁：{seconds} 秒内最多 {limit} 次。请稍后再试。",
    ),
    "INVOKE_TOO_DEEP": Message(
        en="{object} was called through {limit} others, one by the other. Do they call each other in a circle?",
        zh="{object} 的调用已嵌套 {limit} 层。是否存在循环调用？",
    ),
    "UNIT_IN_READ": Message(
        en='{object} only reads: it may not open a unit. Declare it with effect="write".',
        zh='{object} 是只读操作，不能开启工作单元。请以 effect="write" 声明。',
    ),
    "UNIT_WITHIN_UNIT": Message(
        en="{object} opens a unit within another. Put both into one, or one behind the other.",
        zh="{object} 在一个工作单元内又开启了另一个。请合并为一个，或先后开启。",
    ),
    "UNIT_TOO_LARGE": Message(
        en="A unit reads or changes more than {limit} things. Divide the work into several.",
        zh="一个工作单元读取或修改的内容超过 {limit} 项。请拆分为多个。",
    ),
    "RECORD_CHANGED": Message(
        en="The record {key} of {plugin}.{collection} has changed since it was read. Read it again, then repeat the change.",
        zh="{plugin}.{collection} 中的记录 {key} 在读取后已被修改。请重新读取后再修改。",
    ),
    "RECORDS_NOT_LISTED": Message(
        en="{path} cannot be asked by {asked}. The collection declares: {ways}. Ask in one of these ways, or declare this one.",
        zh="{path} 不能按 {asked} 查询。该数据集声明了：{ways}。请按其中一种方式查询，或声明此方式。",
    ),
    "RECORDS_NOT_READY": Message(
        en="How {collection} is asked here was declared only now and is still being built. Try again later.",
        zh="{collection} 的这种查询方式刚刚声明，仍在建立中。请稍后再试。",
    ),
    "RECORDS_CONTENDED": Message(
        en="What {object} works on was changed by others {attempts} times meanwhile. Nothing was changed; try again.",
        zh="{object} 处理的内容在此期间被他人修改了 {attempts} 次。未作任何更改，请重试。",
    ),
    "EVENT_UNDECLARED": Message(
        en="The plugin {plugin} does not say that it emits {type} with such data. Declare it with `emits`.",
        zh="插件 {plugin} 未声明会发出带有此类数据的事件 {type}。请用 `emits` 声明。",
    ),
    "EVENT_DATA_INVALID": Message(
        en="The data of an event {path} are not what the plugin {plugin} takes. Compare the models of both plugins.",
        zh="事件 {path} 的数据与插件 {plugin} 所需不符。请比对双方插件的数据模型。",
    ),
    "EVENTS_WITHOUT_END": Message(
        en="Events went on after {rounds} rounds. Do handlers make events for each other in a circle?",
        zh="投递 {rounds} 轮后仍有事件。是否有处理程序循环触发事件？",
    ),
    "EVENT_NOT_DEAD": Message(
        en="{subscription} has not given up on the event at {position}.",
        zh="{subscription} 并未放弃位置 {position} 处的事件。",
    ),
    "PLUGIN_UNKNOWN": Message(
        en="No plugin {plugin!r} is installed on this node. Install its distribution, then enable it.",
        zh="本节点未安装插件 {plugin}。请先安装其发行包再启用。",
    ),
    "PLUGIN_NOT_ENABLED": Message(en="The plugin {plugin} is not enabled.", zh="插件 {plugin} 未启用。"),
    "PLUGIN_CHANGED": Message(
        en="The plugin {plugin} was enabled or disabled by somebody else meanwhile. Look at it, then try again.",
        zh="插件 {plugin} 在此期间已被他人启用或停用。请查看后重试。",
    ),
    "PLUGIN_NAME_RESERVED": Message(
        en="{path} of the plugin {plugin} is a name of the platform itself. Give the capability another.",
        zh="插件 {plugin} 的 {path} 是平台自用的名称。请为该能力另行命名。",
    ),
    "OPERATION_NOT_FOUND": Message(
        en="There is no operation {object!s} that you may discover. `ucs plugin list` and the catalogue show what there is.",
        zh="没有您可发现的操作 {object!s}。可通过 `ucs plugin list` 和目录查看现有操作。",
    ),
    "PLUGIN_OWNER_STAYS": Message(
        en="The operations of {plugin} belong to {owner} in the catalogue, and an owner stays. Enable it for {owner}.",
        zh="{plugin} 的操作在目录中归属 {owner}，归属不可更改。请以 {owner} 启用。",
    ),
    "PLUGIN_OWNER_MISSING": Message(
        en="Nobody says which organisation owns the plugin {plugin}. Name one as its owner when you enable it, such as "
        "`--owner qingdao-water`.",
        zh="未说明插件 {plugin} 归属哪个机构。请在启用时指定所属机构，例如 `--owner qingdao-water`。",
    ),
    "PLUGIN_SETTING_MISSING": Message(
        en="The plugin {plugin} needs the setting {path} before it can be enabled.",
        zh="启用插件 {plugin} 之前须先设置 {path}。",
    ),
    "PLUGIN_START_FAILED": Message(
        en="The plugin {plugin} did not start: {said!s}. Mend it and enable it again; what ran before goes on.",
        zh="插件 {plugin} 未能启动：{said!s}。请修复后重新启用；此前运行的版本继续服务。",
    ),
    "PLUGIN_START_TIMED_OUT": Message(
        en="The plugin {plugin} was not ready within {seconds} seconds. {place}What ran before goes on.",
        zh="插件 {plugin} 在 {seconds} 秒内未就绪。{place}此前运行的版本继续服务。",
    ),
    "PLUGIN_OPERATION_TAKEN": Message(
        en="{path} is offered by the plugin {plugin} and by {other}. Rename the capability of one.",
        zh="插件 {plugin} 与 {other} 都提供 {path}。请为其中之一的能力改名。",
    ),
}
