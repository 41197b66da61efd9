"""The verbs `new`, `check`, `test` and `docs` of `ucs plugin`. What each needs is imported when it runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ucs_sdk.authoring.words import Help, Misused, Option, Usage, misused
from ucs_sdk.commands import Command, CommandGroup, Exit, say, spoken_locale

KINDS = ("operation", "event")

NEW = Usage(
    "new",
    "NAME",
    (
        "Makes a plugin with a green test. Asks nothing, needs no network.",
        "新建一个测试可通过的插件。不提问，无需网络。",
    ),
    {
        "--kind": Option("KIND", "operation (the default) or event", "operation（默认）或 event", KINDS),
        "--output": Option(
            "DIR", "where the folder NAME is made; here, if not said", "在何处建立 NAME 文件夹，默认为当前目录"
        ),
    },
)
CHECK = Usage(
    "check",
    "DIR",
    (
        "Judges a plugin by a dozen rules in four tiers; fails when the tier of its quality.yaml does not hold.",
        "按四个等级的十余条规则检查插件；quality.yaml 声明的等级不成立时返回失败。",
    ),
    {"--json": Option("", "answer in JSON", "输出 JSON")},
)
TEST = Usage(
    "test",
    "DIR",
    ("Runs the tests of a plugin, which need not be installed.", "运行插件的测试，无需安装该插件。"),
    {},
)
DOCS = Usage(
    "docs",
    "DIR",
    ("Writes a page in Markdown about a plugin from what it declares.", "根据插件的声明生成 Markdown 说明页。"),
    {"--output": Option("FILE", "write it there, not to the screen", "写入该文件，而不是输出到屏幕")},
)


def commands() -> list[Command]:
    """The verbs of the SDK."""
    return [
        _command(NEW, "make a plugin with a green test", "新建带有测试的插件", _new),
        _command(CHECK, "judge a plugin by the rules of its tier", "按等级规则检查插件", _check),
        _command(TEST, "run the tests of a plugin", "运行插件的测试", _test),
        _command(DOCS, "write a page about a plugin", "生成插件说明页", _docs),
    ]


def _command(usage: Usage, en: str, zh: str, work: Callable[[str, dict[str, str]], int]) -> Command:
    def run(words: Sequence[str]) -> int:
        try:
            argument, options = usage.read(words)
        except Help:
            _write(usage.text())
            return Exit.OK
        except Misused as problem:
            return misused(usage, problem)
        return work(argument, options)

    return Command(name=usage.verb, summary_en=en, summary_zh=zh, run=run, group=CommandGroup.AUTHOR)


def _new(name: str, options: dict[str, str]) -> int:
    from ucs_sdk.authoring.new import make  # noqa: PLC0415 - see the module's docstring

    made = make(name, options.get("--kind", KINDS[0]), Path(options.get("--output", ".")))
    edit = made.code.relative_to(made.folder.parent)
    _write(
        say(
            f"Made {made.folder}. Edit {edit}; then: ucs plugin test {made.folder}\n"
            f"See it live: ucs plugin dev {made.folder}",
            f"已建立 {made.folder}。请编辑 {edit}，然后运行：ucs plugin test {made.folder}\n"
            f"实时运行：ucs plugin dev {made.folder}",
        )
    )
    return Exit.OK


def _check(folder: str, options: dict[str, str]) -> int:
    from ucs_sdk.authoring.check import check, report  # noqa: PLC0415 - see the module's docstring

    verdict = check(Path(folder))
    if "--json" in options:
        _write(json.dumps(verdict.plain(spoken_locale()), ensure_ascii=False, indent=2))
    else:
        _write(report(verdict, spoken_locale()))
    return Exit.OK if verdict.holds else Exit.REFUSED


def _test(folder: str, _options: dict[str, str]) -> int:
    from ucs_sdk.authoring.trying import run_tests  # noqa: PLC0415 - see the module's docstring

    return run_tests(Path(folder))


def _docs(folder: str, options: dict[str, str]) -> int:
    from ucs_sdk.authoring.docs import page  # noqa: PLC0415 - see the module's docstring

    text = page(Path(folder))
    if output := options.get("--output"):
        Path(output).write_text(text, "utf-8")
    else:
        _write(text.rstrip("\n"))
    return Exit.OK


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
