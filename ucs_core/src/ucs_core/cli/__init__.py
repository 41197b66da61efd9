"""The platform's verbs on the command line. Importing this is cheap: what a verb needs is imported when it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from keyword import iskeyword

from ucs_sdk.commands import Command, CommandGroup

_RUN, _FIND, _PUBLISH = CommandGroup.RUN, CommandGroup.FIND, CommandGroup.PUBLISH
_ACCOUNT, _OPERATE = CommandGroup.ACCOUNT, CommandGroup.OPERATE

_VERBS: tuple[tuple[str, str, CommandGroup, str, str], ...] = (
    ("demo", "server", _RUN, "run a platform with the city of Qingdao in it", "运行带有演示城市数据的平台"),
    ("serve", "server", _RUN, "run the platform as configured", "按配置运行平台"),
    ("sim", "sim", _RUN, "play a storm over the demo city", "在演示城市中模拟一场暴雨"),
    ("search", "search", _FIND, "find resources by words and filters", "按关键词和条件查找资源"),
    ("get", "card", _FIND, "show one resource", "查看一项资源"),
    ("type", "types", _FIND, "show, compare and enter the types of resources", "查看、比对与录入资源类型"),
    ("vocabulary", "vocabulary", _FIND, "show and enter the vocabularies of tags", "查看与录入受控词表"),
    ("impact", "impact", _FIND, "what breaks if a resource goes, and what it needs", "影响分析：谁依赖它，它依赖谁"),
    ("scenario", "scenario", _FIND, "list, show and enter business scenarios", "查看与新建业务场景"),
    ("call", "calling", _FIND, "call an operation of a plugin", "调用插件的操作"),
    ("export", "export", _FIND, "write what you may see into a file", "将可见资源导出为文件"),
    ("watch", "watch", _FIND, "hear of changes as they happen", "实时接收变更"),
    ("member", "member", _FIND, "list, import and remove the members of a resource", "查看、导入与移除资源的成员"),
    ("apply", "apply", _PUBLISH, "create or update resources from a YAML file", "按 YAML 文件创建或更新资源"),
    ("import", "importing", _PUBLISH, "enter many resources from a file", "从文件批量导入资源"),
    ("depend", "depend", _PUBLISH, "change what a resource depends on", "增减资源的依赖"),
    ("submit", "review", _PUBLISH, "hand a draft to the reviewers", "提交草稿审核"),
    ("withdraw", "review", _PUBLISH, "take a revision back from review", "撤回审核中的版本"),
    ("reviews", "reviews", _PUBLISH, "list what waits for your review", "列出待您审核的资源"),
    ("approve", "decisions", _PUBLISH, "approve the revision in review, or many", "通过审核中的版本，可批量"),
    ("reject", "decisions", _PUBLISH, "send the revision in review back, with a reason", "驳回审核中的版本并说明理由"),
    ("undo", "review", _PUBLISH, "take your own last decision back, for a while", "限时撤销您的最近一次审核"),
    ("revisions", "revisions", _PUBLISH, "list the revisions of a resource", "列出资源的历史版本"),
    ("diff", "revisions", _PUBLISH, "show how two revisions differ", "比较资源的两个版本"),
    ("online", "review", _PUBLISH, "make an approved resource available", "上架已通过审核的资源"),
    ("offline", "review", _PUBLISH, "take a resource off the shelf, with a reason", "下架资源并说明理由"),
    ("suspend", "shelf", _PUBLISH, "pause a resource, with a reason", "暂停资源并说明理由"),
    ("resume", "shelf", _PUBLISH, "end a pause", "恢复已暂停的资源"),
    ("deprecate", "shelf", _PUBLISH, "announce that a resource is to be used no more", "声明弃用资源"),
    ("undeprecate", "shelf", _PUBLISH, "take an announced deprecation back", "取消弃用声明"),
    ("retire", "shelf", _PUBLISH, "end a resource for good", "停用资源"),
    ("delete", "shelf", _PUBLISH, "move a resource into the bin", "删除资源，移入回收站"),
    ("undelete", "bin", _PUBLISH, "take a resource back out of the bin", "从回收站恢复资源"),
    ("purge", "bin", _PUBLISH, "remove a resource from the bin for ever", "从回收站彻底删除资源"),
    ("bin", "bin", _PUBLISH, "list what was deleted", "查看回收站"),
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
    ("event", "plugins", _OPERATE, "see and replay events that were given up", "查看与重新投递死信"),
    ("completion", "completion", _OPERATE, "complete verbs and options in your shell", "在终端中补全命令与选项"),
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
        # Python's own words cannot name a function.
        own = f"{name}_" if iskeyword(name) else name.replace("-", "_")
        verb: Callable[[Sequence[str]], int] = getattr(import_module(f"ucs_core.cli.{module}"), own)
        return verb(args)

    return run
