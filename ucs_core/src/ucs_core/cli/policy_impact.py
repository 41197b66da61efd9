"""What a plan would change for people: who gains and who loses what, and whether a file's tests pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import find_resource, from_wire, to_wire
from ucs_core.cli.client import Answer, Client
from ucs_core.cli.directory import bare, codes_of
from ucs_core.cli.drawing import table
from ucs_core.cli.policy_file import Expectation
from ucs_core.cli.policy_plan import Plan
from ucs_sdk.commands import say

LINES_DEFAULT, LINES_MOST = 20, 200
"""How many lines of who gains and loses what are shown."""

EXAMPLES = 2
"""How many resources of a line are named for people."""

_WHAT_IF = """query($edits: AccessEditsInput!, $first: Int!) {
  whatIf(edits: $edits, first: $first) {
    version gained lost principals organizationsGained organizationsLost
    nodes { principal action gained lost resourcesGained resourcesLost organizationsGained organizationsLost }
    pageInfo { hasNextPage }
  }
}"""
_TEST = """query($edits: AccessEditsInput, $expectations: [ExpectationInput!]!) {
  testPolicies(edits: $edits, expectations: $expectations) { expected allowed needsGrant policy passed }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The platform's answer to what edits would change, and the codes of the resources that it names."""

    answer: Answer
    codes: Mapping[str, str]

    @property
    def version(self) -> int:
        """The version of the access rules for which it holds."""
        version: int = self.answer["version"]
        return version

    def plain(self) -> Answer:
        """As JSON."""
        known = {name: value for name, value in self.answer.items() if name not in ("nodes", "page_info")}
        more = self.answer["page_info"]["has_next_page"]
        return known | {"lines": self.answer["nodes"], "more": more, "codes": dict(self.codes)}


def impact_of(client: Client, plan: Plan, first: int) -> Impact:
    """Who would gain and lose what, exactly, with the first lines of it. Asks that one audits the platform."""
    answer = from_wire(client.ask(_WHAT_IF, edits=plan.edits(), first=first)["whatIf"])
    return Impact(answer=answer, codes=codes_of(client, [name for line in answer["nodes"] for name in _examples(line)]))


def _examples(line: Answer) -> list[str]:
    return [*line["resources_gained"][:EXAMPLES], *line["resources_lost"][:EXAMPLES]]


def shown_impact(impact: Impact) -> Iterator[Text | Table]:
    """The impact for people: the sums, then who gains and loses what."""
    answer = impact.answer
    gained, lost = answer["gained"], answer["lost"]
    if not answer["principals"]:
        yield Text(say("Nobody gains or loses anything by it.", "没有人因此获得或失去权限。"))
        return
    count, there = answer["principals"], _organizations(answer)
    yield Text(
        say(
            f"Who gains and loses what: {count} {'principal' if count == 1 else 'principals'}, "
            f"{gained} permissions gained, {lost} lost{there}.",
            f"权限得失：{count} 个主体，新获 {gained} 项权限，失去 {lost} 项{there}。",
        ),
        "bold",
    )
    titles = [say("WHO", "主体"), say("ACTION", "操作"), say("GAINS", "新获"), say("LOSES", "失去")]
    yield table([*titles, say("FOR EXAMPLE", "例如")], [_cells(impact, line) for line in answer["nodes"]])
    if answer["page_info"]["has_next_page"]:
        yield Text(say("… and more: --lines shows up to 200.", "……还有更多：--lines 最多显示 200 行。"))


def _organizations(answer: Answer) -> str:
    """What the sums of resources do not count: actions gained and lost over organisations themselves."""
    gained, lost = answer["organizations_gained"], answer["organizations_lost"]
    if not gained and not lost:
        return ""
    return say(f"; over organisations: {gained} gained, {lost} lost", f"；对机构本身：新获 {gained} 项，失去 {lost} 项")


def _cells(impact: Impact, line: Answer) -> list[str]:
    return [
        bare(line["principal"]),
        line["action"],
        _count(line["gained"], line["organizations_gained"]),
        _count(line["lost"], line["organizations_lost"]),
        ", ".join(impact.codes.get(name, name) for name in _examples(line)),
    ]


def _count(resources: int, organizations: int) -> str:
    if not organizations:
        return str(resources) if resources else "–"
    noun = "organisation" if organizations == 1 else "organisations"
    there = say(f"{organizations} {noun}", f"{organizations} 个机构")
    return f"{resources} + {there}" if resources else there


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A test of a file and what became of it."""

    expectation: Expectation
    answer: Answer

    @property
    def passed(self) -> bool:
        """Whether it is as the file expects."""
        return bool(self.answer["passed"])

    def __str__(self) -> str:
        """The test in one line, with the policy that decided where it fails."""
        if self.passed:
            return f"ok    {self.expectation.title or self.expectation}"
        policy = self.answer["policy"]
        if policy:
            by = say(f"decided by {bare(policy)}", f"依据策略 {bare(policy)}")
        else:
            by = say("no policy allows it", "没有策略允许")
        grant = say("; a grant would allow it", "；获得授权后即可") if self.answer["needs_grant"] else ""
        return f"FAIL  {self.expectation}" + say(f" – {by}{grant}", f"：{by}{grant}")

    def plain(self) -> Answer:
        """As JSON."""
        expectation = self.expectation
        resource = expectation.resource
        return {
            "title": expectation.title,
            "principal": expectation.principal,
            "action": expectation.action,
            "resource": resource if isinstance(resource, str) else resource.model_dump(mode="json"),
        } | self.answer


def run_tests(client: Client, tests: Sequence[Expectation], plan: Plan | None) -> list[Tested]:
    """What becomes of tests with a plan's edits made, or as access stands when there is no plan."""
    names = {test.resource for test in tests if isinstance(test.resource, str)}
    found = {name: find_resource(client, name)["id"] for name in sorted(names)}
    stated = [_expectation(test, found) for test in tests]
    edits = plan.edits() if plan is not None else None
    results = client.ask(_TEST, edits=edits, expectations=stated)["testPolicies"]
    return [Tested(expectation=test, answer=from_wire(result)) for test, result in zip(tests, results, strict=True)]


def _expectation(test: Expectation, found: Mapping[str, str]) -> Answer:
    stated: Answer = {"principal": f"principals/{test.principal}", "action": test.action, "allowed": test.allowed}
    if isinstance(test.resource, str):
        return stated | {"resource": found[test.resource]}
    return stated | {"attributes": to_wire(test.resource.model_dump(mode="json"))}
