"""The platform's verbs on the command line. Importing this is cheap: what a verb needs is imported when it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from ucs_sdk.commands import Command, CommandGroup

_RUN, _FIND, _PUBLISH = CommandGroup.RUN, CommandGroup.FIND, CommandGroup.PUBLISH
_ACCOUNT, _OPERATE = CommandGroup.ACCOUNT, CommandGroup.OPERATE

_VERBS: tuple[tuple[str, str, CommandGroup, str, str], ...] = (
    ("demo", "server", _RUN, "run a platform with the city of Qingdao in it", "运行带有演示城市数据的平台"),
    ("serve", "server", _RUN, "run the platform as configured", "按配置运行平台"),
    ("search", "search", _FIND, "find resources by words and filters", "按关键词和条件查找资源"),
    ("get", "card", _FIND, "show one resource", "查看一项资源"),
    ("watch", "watch", _FIND, "hear of changes as they happen", "实时接收变更"),
    ("apply", "apply", _PUBLISH, "create or update resources from a YAML file", "按 YAML 文件创建或更新资源"),
    ("submit", "review", _PUBLISH, "hand a draft to the reviewers", "提交草稿审核"),
    ("withdraw", "review", _PUBLISH, "take a revision back from review", "撤回审核中的版本"),
    ("approve", "review", _PUBLISH, "approve the revision in review", "通过审核中的版本"),
    ("reject", "review", _PUBLISH, "send the revision in review back, with a reason", "驳回审核中的版本并说明理由"),
    ("online", "review", _PUBLISH, "make an approved resource available", "上架已通过审核的资源"),
    ("offline", "review", _PUBLISH, "take a resource off the shelf, with a reason", "下架资源并说明理由"),
    ("token", "token", _ACCOUNT, "print a bearer token", "输出访问令牌"),
    ("why", "why", _ACCOUNT, "explain why somebody may or may not", "解释为何允许或拒绝"),
    ("who-can", "who_can", _ACCOUNT, "list everybody who may do something to a resource", "列出可对资源执行某操作者"),
    ("principal", "principal", _ACCOUNT, "enter, change and shut out principals", "新增、修改、停用主体"),
    ("role", "role", _ACCOUNT, "show roles, and assign them", "查看与任命角色"),
    ("policy", "policy", _ACCOUNT, "compare, test and apply policies", "比对、测试、应用策略"),
    ("grant", "grant", _ACCOUNT, "let somebody use one resource for a time", "授权使用单项资源"),
    ("log", "log", _ACCOUNT, "read the platform's one log", "查看平台日志"),
    ("key", "key", _OPERATE, "list, rotate or revoke the keys that sign", "列出、轮换或撤销签名密钥"),
    (
        "db",
        "db",
        _OPERATE,
        "upgrade, inspect or found the database, enter people",
        "升级、查看或初始化数据库，录入人员",
    ),
    ("doctor", "doctor", _OPERATE, "check this machine and what stands on it", "检查本机环境与平台状态"),
)
"""Name, module, heading, summary in English and in Chinese."""


def commands() -> list[Command]:
    """The verbs that the core brings to `ucs`."""
    return [
        Command(name=name, summary_en=english, summary_zh=chinese, run=_when_run(module, name), group=group)
        for name, module, group, english, chinese in _VERBS
    ]


def _when_run(module: str, name: str) -> Callable[[Sequence[str]], int]:
    def run(args: Sequence[str]) -> int:
        verb: Callable[[Sequence[str]], int] = getattr(import_module(f"ucs_core.cli.{module}"), name.replace("-", "_"))
        return verb(args)

    return run
