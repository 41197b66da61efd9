"""The verbs of `ucs policy` that compare policies with a file, test them, and bring them in line with it."""

from __future__ import annotations

from typing import Any

import click

from ucs_core.cli.client import Client, client_verb
from ucs_core.cli.directory import standing
from ucs_core.cli.output import Output
from ucs_core.cli.policy_file import PolicyFile, read_policy_file
from ucs_core.cli.policy_impact import LINES_DEFAULT, LINES_MOST, run_tests
from ucs_core.cli.policy_plan import Plan, plan_of, removal
from ucs_core.cli.policy_proposal import carry_out, propose, show_proposal
from ucs_core.cli.verb import Verb, flag, number, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Invalid


def _file() -> click.Argument:
    return word("file", say("a policy file (YAML); - is standard input", "策略文件（YAML）；- 表示标准输入"))


def _prune() -> click.Option:
    told = say("rows that the file's headings do not hold go", "删除文件相应部分未列出的条目")
    return flag("--prune", told)


def _lines() -> click.Option:
    told = say("how many lines of who gains and loses what", "权限得失显示的行数")
    return number("--lines", told, least=1, most=LINES_MOST, default=LINES_DEFAULT)


def _doing() -> list[click.Parameter]:
    version = say(
        "only on this version of the access rules, as `diff` shows it", "仅在该权限版本上执行，见 `diff` 的输出"
    )
    return [
        _lines(),
        number("--version", version, least=0),
        flag("--yes", say("do not ask", "不再询问")),
        flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
    ]


def diff_verb() -> Verb:
    """`ucs policy diff`."""
    return client_verb(
        "diff",
        _diff,
        [_file(), _prune(), _lines()],
        summary=say(
            "Show which rows a policy file would add, change or remove, and exactly who would gain and lose what by it. "
            "Nothing is changed.",
            "显示策略文件将新增、修改或删除的条目，以及由此产生的全部权限得失。不作任何更改。",
        ),
        examples=["ucs policy diff examples/05-flood-watch.yaml --as platform-admin"],
    )


def _diff(output: Output, client: Client, file: str, prune: bool, lines: int) -> int:
    read = read_policy_file(file)
    proposal = propose(client, lambda: _planned(client, read, prune=prune), (), lines)
    show_proposal(output, proposal)
    output.document(proposal.plain())
    return Exit.OK


def _planned(client: Client, file: PolicyFile, *, prune: bool) -> Plan:
    """What a file would change of what stands now."""
    return plan_of(file, standing(client, assignments=file.assignments is not None), prune=prune)


def test_verb() -> Verb:
    """`ucs policy test`."""
    present = say(
        "against the policies as they stand, not as the file would have them", "针对现行策略，而非文件所述策略"
    )
    return client_verb(
        "test",
        _test,
        [_file(), _prune(), flag("--present", present)],
        summary=say(
            "Run a policy file's tests as if the file were applied; 1 when one fails. Nothing is changed.",
            "假定已应用该文件，运行其中的测试；有未通过者时退出码为 1。不作任何更改。",
        ),
        examples=["ucs policy test examples/05-flood-watch.yaml --as platform-admin"],
    )


def _test(output: Output, client: Client, file: str, prune: bool, present: bool) -> int:
    read = read_policy_file(file)
    if not read.tests:
        raise Invalid(
            "FILE_MALFORMED", file=file, number=1, problem=say("it holds no tests", "其中没有测试"), path="tests"
        )
    plan = None if present else _planned(client, read, prune=prune)
    tests = run_tests(client, read.tests, plan)
    output.document({"present": present, "tests": [test.plain() for test in tests]})
    for test in tests:
        output.line(str(test))
    failed, count = sum(not test.passed for test in tests), len(tests)
    output.line(say(f"{count - failed} of {count} tests pass.", f"{count} 项测试中 {count - failed} 项通过。"))
    return Exit.REFUSED if failed else Exit.OK


def apply_verb() -> Verb:
    """`ucs policy apply`."""
    return client_verb(
        "apply",
        _apply,
        [_file(), _prune(), *_doing()],
        summary=say(
            "Bring policies and role assignments to what a file states: its tests must pass, what would change and for whom "
            "is shown, and it is done on just the version that was shown. Rows that the file does not hold stay, "
            "unless --prune.",
            "使策略和角色任命与文件一致：测试须全部通过，先显示变更及权限得失，并仅在所示版本上执行。"
            "文件未列出的条目保持不变，除非带 --prune。",
        ),
        examples=[
            "ucs policy apply examples/05-flood-watch.yaml --as platform-admin",
            "ucs policy apply access.yaml --prune --version 41 --yes",
        ],
    )


def import_verb() -> Verb:
    """`ucs policy import`."""
    return client_verb(
        "import",
        _import,
        [_file(), *_doing()],
        summary=say(
            "Bring all policies and role assignments to what an exported file says, and remove what it does not hold: "
            "`ucs policy apply --prune`.",
            "使全部策略和角色任命恢复到导出文件所述，并删除文件未列出的条目，即 `ucs policy apply --prune`。",
        ),
        examples=["ucs policy import access.yaml --dry-run --as platform-admin"],
    )


def _import(output: Output, client: Client, file: str, **doing: Any) -> int:  # noqa: ANN401 - as `_apply` takes them
    return _apply(output, client, file, prune=True, **doing)


def _apply(
    output: Output,
    client: Client,
    file: str,
    prune: bool,
    lines: int,
    version: int | None,
    yes: bool,
    dry_run: bool,
) -> int:
    read = read_policy_file(file)
    proposal = propose(client, lambda: _planned(client, read, prune=prune), read.tests, lines)
    return carry_out(output, client, proposal, version=version, yes=yes, dry_run=dry_run)


def remove_verb() -> Verb:
    """`ucs policy remove`."""
    return client_verb(
        "remove",
        _remove,
        [word("ids", say("the policies' ids", "策略编号"), many=True), *_doing()],
        summary=say(
            "Remove policies, all or none, after showing who would lose what by it.",
            "删除策略（全部成功或全部不变），先显示由此产生的权限得失。",
        ),
        examples=["ucs policy remove local.reviewer.subtree.kind-data.audit.allow --as platform-admin"],
    )


def _remove(
    output: Output,
    client: Client,
    ids: tuple[str, ...],
    lines: int,
    version: int | None,
    yes: bool,
    dry_run: bool,
) -> int:
    proposal = propose(client, lambda: removal(standing(client, assignments=False), ids), (), lines)
    return carry_out(output, client, proposal, version=version, yes=yes, dry_run=dry_run)
