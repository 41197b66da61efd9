"""`ucs plugin list|enable|disable` and `ucs event`: the plugins of a platform, and the events that they did not take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from typing import Any, cast

from ucs_core.cli.client import Client, client_verb, new_request_id
from ucs_core.cli.drawing import table
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, flag, number, option, run, word
from ucs_sdk.commands import Command, CommandGroup, Exit, say
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

_CARD = (
    "name title { zh en } version installed state problem { zh en } healthy health { zh en } owner "
    "permissions operations changedAt changedBy"
)
_LIST = f"{{ plugins {{ {_CARD} }} }}"
_ENABLE = (
    "mutation($name: String!, $owner: ID, $settings: JSON, $requestId: String, $validateOnly: Boolean!) { "
    "plugin: enablePlugin(name: $name, owner: $owner, settings: $settings, requestId: $requestId, "
    f"validateOnly: $validateOnly) {{ {_CARD} }} }}"
)
_DISABLE = (
    "mutation($name: String!, $reason: String!, $requestId: String, $validateOnly: Boolean!) { "
    "plugin: disablePlugin(name: $name, reason: $reason, requestId: $requestId, "
    f"validateOnly: $validateOnly) {{ {_CARD} }} }}"
)
_DEAD = (
    "query($subscription: String, $most: Int!) { deadEvents(subscription: $subscription, most: $most) { "
    "subscription position id type subject attempts error time } }"
)
_REPLAY = (
    "mutation($subscription: String!, $positions: [Position!], $requestId: String) { "
    "replayed: replayEvents(subscription: $subscription, positions: $positions, requestId: $requestId) }"
)

_STATES = {
    "running": ("running", "运行中"),
    "unwell": ("running, not well", "运行中，异常"),
    "starting": ("starting", "启动中"),
    "failed": ("failed", "失败"),
    "disabled": ("disabled", "已停用"),
    "installed": ("installed, never enabled", "已安装，未启用"),
}


def commands() -> list[Command]:
    """What the platform adds to `ucs plugin`."""
    author, operate = CommandGroup.AUTHOR, CommandGroup.OPERATE
    return [
        Command(
            name="dev",
            summary_en="run a platform with your plugin in it, reloaded on save",
            summary_zh="运行载有插件的平台，保存即重载",
            run=_run_dev,
            group=author,
        ),
        Command(
            name="list",
            summary_en="list the plugins of a platform",
            summary_zh="列出平台的插件",
            run=_run_list,
            group=operate,
        ),
        Command(name="enable", summary_en="let a plugin run", summary_zh="启用插件", run=_run_enable, group=operate),
        Command(
            name="disable",
            summary_en="end a plugin, with a reason",
            summary_zh="停用插件并说明理由",
            run=_run_disable,
            group=author,
        ),
    ]


def _run_dev(args: Sequence[str]) -> int:
    # The whole platform is behind it, which the other verbs do without.
    return cast("int", import_module("ucs_core.cli.plugin_dev").dev(args))


def _run_list(args: Sequence[str]) -> int:
    return run(_list_verb(), args, path="ucs plugin list")


def _run_enable(args: Sequence[str]) -> int:
    return run(_enable_verb(), args, path="ucs plugin enable")


def _run_disable(args: Sequence[str]) -> int:
    return run(_disable_verb(), args, path="ucs plugin disable")


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [],
        summary=say(
            "List every plugin that is installed on the node that answers, or was ever enabled; and why one does not run.",
            "列出应答节点上已安装或曾启用的插件，以及未能运行的原因。",
        ),
        examples=["ucs plugin list", "ucs plugin list --json"],
    )


def _list(output: Output, client: Client) -> int:
    found = client.ask(_LIST)["plugins"]
    output.document({"items": found})
    if not found:
        output.line(say("No plugin is installed here.", "此处未安装任何插件。"))
        return Exit.OK
    titles = [
        say("PLUGIN", "插件"),
        say("VERSION", "版本"),
        say("STATE", "状态"),
        say("TITLE", "标题"),
        say("OPERATIONS", "操作"),
    ]
    rows = [
        [
            each["name"],
            each["version"] or each["installed"] or "–",
            say(*_STATES["unwell" if each["healthy"] is False else each["state"]]),
            say(each["title"]["en"], each["title"]["zh"]),
            ", ".join(path.partition(".")[2] for path in each["operations"]) or "–",
        ]
        for each in found
    ]
    output.show(table(titles, rows))
    for each in found:
        for said in filter(None, (each["problem"], each["health"])):
            output.note(f"{each['name']}: {say(said['en'], said['zh'])}")
    return Exit.OK


def _enable_verb() -> Verb:
    return client_verb(
        "enable",
        _enable,
        [
            word("name", say("which plugin", "插件名称")),
            option(
                "--owner",
                say("the organisation that its operations belong to", "其操作所属机构"),
                metavar="ORGANIZATION",
            ),
            option("--settings", say("its settings, a JSON object", "设置（JSON）"), metavar="JSON"),
            flag("--dry-run", say("check everything, and change nothing", "仅校验，不作更改")),
        ],
        summary=say(
            "Let a plugin run on every node, or have it run in the version that is installed now. Its operations enter the "
            "catalogue, approved by you.",
            "启用插件，或换用现已安装的版本；其操作由您批准后录入目录。",
        ),
        examples=["ucs plugin enable echo", "ucs plugin enable echo --owner organizations/3702"],
    )


def _enable(output: Output, client: Client, name: str, owner: str | None, settings: str | None, dry_run: bool) -> int:
    plugin = client.ask(
        _ENABLE,
        name=name,
        owner=owner,
        settings=None if settings is None else _object(settings),
        requestId=new_request_id(),
        validateOnly=dry_run,
    )["plugin"]
    return _told(output, plugin, dry_run)


def _disable_verb() -> Verb:
    return client_verb(
        "disable",
        _disable,
        [
            word("name", say("which plugin", "插件名称")),
            option("--reason", say("why; callers are told", "理由，将告知调用者"), metavar="TEXT", required=True),
            flag("--dry-run", say("check everything, and change nothing", "仅校验，不作更改")),
        ],
        summary=say(
            "End a plugin on every node. Calls that were begun are ended first; its operations are suspended in the catalogue.",
            "在所有节点停用插件：已开始的调用先行完成，其操作在目录中暂停。",
        ),
        examples=['ucs plugin disable echo --reason "replaced by echo2"'],
    )


def _disable(output: Output, client: Client, name: str, reason: str, dry_run: bool) -> int:
    plugin = client.ask(_DISABLE, name=name, reason=reason, requestId=new_request_id(), validateOnly=dry_run)["plugin"]
    return _told(output, plugin, dry_run)


def _told(output: Output, plugin: dict[str, Any], dry_run: bool) -> int:
    output.document(plugin)
    state = say(*_STATES[plugin["state"]])
    output.line(f"{plugin['name']} {plugin['version'] or plugin['installed'] or ''}: {state}")
    if plugin["problem"]:
        output.note(say(plugin["problem"]["en"], plugin["problem"]["zh"]))
    if dry_run:
        output.note(say("Nothing was changed.", "未作任何更改。"))
    return Exit.REFUSED if plugin["state"] == "failed" else Exit.OK


def event(args: Sequence[str]) -> int:
    """`ucs event VERB`."""
    return run_group("ucs event", {"dead": _dead_verb, "replay": _replay_verb}, args)


def _dead_verb() -> Verb:
    return client_verb(
        "dead",
        _dead,
        [
            option("--subscription", say("only of this one", "限该订阅者"), metavar="NAME"),
            number("--first", say("how many", "条数"), least=1, most=200, default=50),
        ],
        summary=say(
            "List deliveries of events that failed so often that they are not tried again by themselves.",
            "列出多次失败、不再自动重试的事件投递。",
        ),
        examples=["ucs event dead", "ucs event dead --subscription waterlogging.dispatch --json"],
    )


def _dead(output: Output, client: Client, subscription: str | None, first: int) -> int:
    found = client.ask(_DEAD, subscription=subscription, most=first)["deadEvents"]
    output.document({"items": found})
    if not found:
        output.line(say("No delivery was given up.", "没有死信。"))
        return Exit.OK
    titles = [
        say("SUBSCRIPTION", "订阅者"),
        say("AT", "次序"),
        say("TYPE", "类型"),
        say("SUBJECT", "主体"),
        say("TRIED", "次数"),
        say("REASON", "原因"),
    ]
    rows = [
        [
            each["subscription"],
            str(each["position"]),
            each["type"],
            each["subject"],
            str(each["attempts"]),
            each["error"],
        ]
        for each in found
    ]
    output.show(table(titles, rows))
    return Exit.OK


def _replay_verb() -> Verb:
    return client_verb(
        "replay",
        _replay,
        [
            word("subscription", say("whose deliveries", "订阅者")),
            word(
                "positions",
                say("at which places; all when none is given", "次序，缺省为全部"),
                required=False,
                many=True,
            ),
        ],
        summary=say("Have deliveries that were given up tried again.", "重新投递死信。"),
        examples=["ucs event replay waterlogging.dispatch", "ucs event replay waterlogging.dispatch 17 18"],
    )


def _replay(output: Output, client: Client, subscription: str, positions: Sequence[str]) -> int:
    wanted = []
    for text in positions:
        if not text.isdecimal():
            raise Invalid("FIELD_TYPE", path="POSITIONS", value=text[:80], expected="integer")
        wanted.append(int(text))
    replayed = client.ask(_REPLAY, subscription=subscription, positions=wanted or None, requestId=new_request_id())
    output.document(replayed)
    count = replayed["replayed"]
    output.line(say(f"{count} deliveries are tried again.", f"已重新投递 {count} 条。"))
    return Exit.OK


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as cause:
        raise Invalid("FIELD_INVALID", path="--settings", problem=Phrase("value-not-json")) from cause
    if not isinstance(value, dict):
        raise Invalid("FIELD_TYPE", path="--settings", value=text[:80], expected="object")
    return value
