"""What a distribution brings to the `ucs` command line: its verbs, and the exit codes and languages that all verbs share.

An entry point of the group `ucs.commands` names a callable without arguments that returns a list of `Command`. It runs
whenever anybody types `ucs`, so its module imports nothing heavy; what a verb needs, its `run` imports.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ucs_sdk.errors import Code
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import Term

ENTRY_POINT_GROUP = "ucs.commands"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}\Z")


class CommandGroup(Term):
    """Under which heading of `ucs --help` a verb stands; the headings come in this order."""

    RUN = "run", "运行", "Run"
    FIND = "find", "查找", "Find"
    PUBLISH = "publish", "发布与审核", "Publish and review"
    ACCOUNT = "account", "权限与日志", "Access and log"
    OPERATE = "operate", "运维", "Operate"
    AUTHOR = "author", "插件开发", "Write plugins"
    OTHER = "other", "其他", "Other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One verb of `ucs`: `run` gets the words behind the verb and returns an exit code.

    The summaries are one short line each, without a full stop. Raises ValueError for a name that nobody could type.
    """

    name: str
    summary_en: str
    summary_zh: str
    run: Callable[[Sequence[str]], int]
    group: CommandGroup = CommandGroup.OTHER

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no name for a verb: lower-case letters, digits and hyphens, 31 at most")


class Exit(IntEnum):
    """What a verb of `ucs` leaves behind for scripts. `exit_table` explains each in words."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    DENIED = 4
    NOT_FOUND = 5
    CONFLICT = 6
    LATER = 7
    FAULT = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141


_MEANINGS: Mapping[Exit, tuple[str, str]] = {
    Exit.OK: ("done, or nothing to do", "已完成，或无需处理"),
    Exit.REFUSED: ("what was sent or found is not right", "内容有误，或检查发现问题"),
    Exit.USAGE: ("the command line was not understood", "命令行有误"),
    Exit.UNREACHABLE: ("no platform answers", "无法连接平台"),
    Exit.DENIED: ("no valid token, or not allowed", "令牌无效或无权限"),
    Exit.NOT_FOUND: ("it does not exist, or you may not see it", "不存在或无权查看"),
    Exit.CONFLICT: ("it changed meanwhile, or its state does not allow it", "已被他人修改，或状态不允许"),
    Exit.LATER: ("the platform is busy: try again", "平台繁忙，请稍后再试"),
    Exit.FAULT: ("a fault of the platform or of `ucs` itself", "平台或 ucs 自身故障"),
    Exit.INTERRUPTED: ("stopped with Ctrl-C", "被 Ctrl-C 中断"),
    Exit.PIPE_CLOSED: ("the reader of the output went away", "输出的读取方已关闭"),
}

_EXIT_OF: Mapping[Code, Exit] = {
    Code.INVALID: Exit.REFUSED,
    Code.UNAUTHENTICATED: Exit.DENIED,
    Code.DENIED: Exit.DENIED,
    Code.NOT_FOUND: Exit.NOT_FOUND,
    Code.ALREADY_EXISTS: Exit.CONFLICT,
    Code.CONFLICT: Exit.CONFLICT,
    Code.FAILED_PRECONDITION: Exit.CONFLICT,
    Code.OUT_OF_RANGE: Exit.REFUSED,
    Code.EXHAUSTED: Exit.LATER,
    Code.UNAVAILABLE: Exit.UNREACHABLE,
    Code.DEADLINE_EXCEEDED: Exit.LATER,
    Code.INTERNAL: Exit.FAULT,
}


_BUSY = frozenset({"STORE_BUSY", "STARTING", "DRAINING"})
"""Reasons of `Code.UNAVAILABLE` with which a platform does answer: the same call passes a little later."""


def exit_of(code: Code, reason: str = "") -> Exit:
    """The exit code for an error of the platform or of a verb; the reason tells a busy platform from one that is away."""
    return Exit.LATER if code is Code.UNAVAILABLE and reason in _BUSY else _EXIT_OF[code]


def exit_table(locale: Locale) -> list[tuple[int, str]]:
    """Every exit code with its meaning."""
    return [(int(code), zh if locale is Locale.ZH else en) for code, (en, zh) in _MEANINGS.items()]


def spoken_locale(environ: Mapping[str, str] | None = None) -> Locale:
    """The language of the person at the keyboard: UCS_LOCALE, else the usual LC_ALL, LC_MESSAGES, LANG."""
    values = os.environ if environ is None else environ
    for name in ("UCS_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := values.get(name, "").strip().lower():
            return Locale.ZH if re.split(r"[-_.@]", value)[0] == "zh" else Locale.EN
    return Locale.EN


def say(en: str, zh: str) -> str:
    """One of two wordings of the same thing, in the language of the person at the keyboard."""
    return zh if spoken_locale() is Locale.ZH else en
