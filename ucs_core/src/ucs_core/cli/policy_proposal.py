"""A change of policies from its proposal to its end: shown with its impact, tested, asked about, and made as it was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text

from ucs_core.cli.asking import confirmed
from ucs_core.cli.client import Answer, Client, new_request_id
from ucs_core.cli.directory import standing
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.policy_file import Expectation
from ucs_core.cli.policy_impact import Impact, Tested, impact_of, run_tests, shown_impact
from ucs_core.cli.policy_plan import Plan, policy_input, shown_plan
from ucs_core.cli.role import change_role
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Conflict

_APPLY = (
    "mutation($put: [PolicyInput!]!, $remove: [ID!]!, $version: Position!, $requestId: String!, $validateOnly: Boolean!) "
    "{ done: applyPolicies(put: $put, remove: $remove, version: $version, requestId: $requestId, "
    "validateOnly: $validateOnly) { version names } }"
)
_TRIES = 5

Planned = Callable[[], Plan]
"""Reads the rows that stand now, and makes the plan for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan and what it would change, both of one version of the access rules; and the file's tests with it made."""

    plan: Plan
    impact: Impact | None
    tests: Sequence[Tested]

    @property
    def failing(self) -> list[Tested]:
        """The tests that do not pass."""
        return [test for test in self.tests if not test.passed]

    def plain(self) -> Answer:
        """As JSON."""
        return self.plan.plain() | {
            "impact": self.impact.plain() if self.impact else None,
            "tests": [test.plain() for test in self.tests],
        }


def propose(client: Client, planned: Planned, tests: Sequence[Expectation], lines: int) -> Proposal:
    """What would become of the rows that stand, as of one version of the access rules. Raises Conflict when they race."""
    for _ in range(_TRIES):
        plan = planned()
        plan.check_size()
        impact = None if plan.empty else impact_of(client, plan, lines)
        if impact is None or impact.version == plan.version:
            return Proposal(plan=plan, impact=impact, tests=run_tests(client, tests, plan) if tests else ())
        sent, current = plan.version, impact.version
    raise Conflict("ACCESS_MOVED", path="version", sent=sent, current=current)


def show_proposal(output: Output, proposal: Proposal) -> None:
    """The proposal for people: the version that it is about, the rows, and who gains and loses what."""
    plan = proposal.plan
    if plan.empty or proposal.impact is None:
        output.line(say("All rows stand as stated; nothing to do.", "全部条目已与所述一致，无需处理。"))
        return
    version = plan.version
    output.show(Text(say(f"Against version {version} of the access rules:", f"相对于权限版本 {version}："), "bold"))
    output.show(*shown_plan(plan))
    output.show(*shown_impact(proposal.impact))


def carry_out(
    output: Output, client: Client, proposal: Proposal, *, version: int | None, yes: bool, dry_run: bool
) -> int:
    """Show a proposal and make it, unless its tests fail or somebody says no; returns the exit code.

    It is made on the version that was shown. Raises Conflict where that has passed, or is not the one that is stated.
    """
    plan = proposal.plan
    show_proposal(output, proposal)
    if version is not None and version != plan.version:
        raise Conflict("ACCESS_MOVED", path="version", sent=version, current=plan.version)
    if proposal.failing or plan.empty:
        output.document(proposal.plain() | {"dry_run": dry_run, "applied": None})
        return _tell_failing(output, proposal.failing)
    if not yes and not dry_run and not confirmed(output, say("Do this?", "确认执行？"), _otherwise(plan)):
        return Exit.REFUSED
    # Whatever can be refused beforehand is, so that a file is not carried out by half.
    applied = _do(output, client, plan, dry_run=True)
    if not dry_run:
        applied = _do(output, client, plan, dry_run=False)
    output.document(proposal.plain() | {"dry_run": dry_run, "applied": applied})
    passed = say("Would pass; nothing was changed.", "校验通过；未作任何更改。")
    output.line(passed if dry_run else _done(plan, applied))
    return Exit.OK


def _tell_failing(output: Output, failing: Sequence[Tested]) -> int:
    """Tell the tests that fail, if any does; returns the exit code."""
    for test in failing:
        output.line(str(test))
    if not failing:
        return Exit.OK
    count = len(failing)
    told = "1 test fails" if count == 1 else f"{count} tests fail"
    output.note(say(f"Nothing was changed: {told}.", f"未作任何更改：{count} 项测试未通过。"))
    return Exit.REFUSED


def _otherwise(plan: Plan) -> str:
    version = plan.version
    return say(
        "Nobody can be asked here whether this is to be done. Give --yes; with --version N it is done only on the version "
        f"that you have seen (now {version}).",
        f"此处无法询问确认。请使用 --yes；加 --version N 则仅在您所见的权限版本上执行（现为 {version}）。",
    )


def _do(output: Output, client: Client, plan: Plan, *, dry_run: bool) -> Answer:
    """Apply the policies at once, then assign and take away roles one by one; says how far it came where one is refused."""
    applied: Answer = {"version": None, "names": [], "assigned": 0, "unassigned": 0}
    try:
        if plan.touches_policies:
            applied |= _put(client, plan, dry_run=dry_run)
        for row in plan.assign:
            # A role that only comes with this plan cannot be checked before it is there.
            if not (dry_run and row.role in {coming.role for coming in plan.added}):
                change_role(client, "assignRole", row.principal, row.role, row.anchor, dry_run=dry_run)
            applied["assigned"] += 1
        for row in plan.unassign:
            change_role(client, "unassignRole", row.principal, row.role, row.anchor, dry_run=dry_run)
            applied["unassigned"] += 1
        if not dry_run and (plan.assign or plan.unassign):
            # Each assignment is a version of its own: the last one is what a next change goes by.
            applied["version"] = standing(client, assignments=False).version
    except Answered:
        if not dry_run and (applied["names"] or applied["assigned"] or applied["unassigned"]):
            output.note(_done(plan, applied) + say(" Then this was refused:", " 随后被拒绝："))
        raise
    return applied


def _put(client: Client, plan: Plan, *, dry_run: bool) -> Answer:
    answer: Answer = client.ask(
        _APPLY,
        put=[policy_input(row) for row in plan.put],
        remove=[f"policies/{row.id}" for row in plan.removed],
        version=plan.version,
        requestId=new_request_id(),
        validateOnly=dry_run,
    )["done"]
    return answer


def _done(plan: Plan, applied: Answer) -> str:
    version = applied["version"]
    policies = [(len(plan.added), "added", "新增"), (len(plan.changed), "changed", "修改")]
    policies += [(len(plan.removed), "removed", "删除")]
    roles = [(applied["assigned"], "assigned", "任命"), (applied["unassigned"], "taken away", "撤销")]
    parts = [_part(*item, ("policy", "policies"), "策略") for item in policies if version is not None and item[0]]
    parts += [_part(*item, ("role", "roles"), "角色") for item in roles if item[0]]
    done = say(f"Done: {', '.join(parts)}.", f"完成：{'，'.join(parts)}。")
    if version is None:
        return done
    return done + say(f" They hold as of version {version} of the access rules.", f"策略生效后权限版本为 {version}。")


def _part(count: int, english: str, chinese: str, nouns: tuple[str, str], noun: str) -> str:
    return say(f"{count} {nouns[count != 1]} {english}", f"{chinese}{noun} {count} 项")
