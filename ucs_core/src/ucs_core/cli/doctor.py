"""`ucs doctor`: check this machine and what stands on it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ucs_core.cli.checks import findings
from ucs_core.cli.finding import Finding, Verdict
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, run
from ucs_sdk.commands import Exit, say

_STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def doctor(args: Sequence[str]) -> int:
    """`ucs doctor`."""
    verb = Verb(
        "doctor",
        _doctor,
        [],
        summary=say(
            "Check Python and libraries, language and disk, profile and token, the database and its policies, keys, "
            "identity providers, ports and the clock, with a way out for each; 1 when something fails.",
            "检查 Python 与依赖库、语言与磁盘、配置档与令牌、数据库与策略、密钥、身份提供方、端口和时钟，并给出处理办法；"
            "有故障时退出码为 1。",
        ),
        examples=["ucs doctor", "ucs doctor --json"],
    )
    return run(verb, args)


def _doctor(output: Output) -> int:
    found = list(findings())
    failed = any(finding.verdict is Verdict.FAIL for finding in found)
    output.show(_table(found))
    output.document({"ok": not failed, "findings": [finding.plain() for finding in found]})
    return Exit.REFUSED if failed else Exit.OK


def _table(found: Sequence[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for finding in found:
        told = Text(finding.text)
        if finding.advice:
            told.append(f"\n→ {finding.advice}", "bold")
        table.add_row(Text(finding.verdict.value, _STYLES[finding.verdict]), Text(finding.name), told)
    return table
