"""What the verbs ask of the directory of access: principals, roles, policies and grants, a page or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import click

from ucs_core.access import PolicyRow, RoleAssignment
from ucs_core.access.policy import WILDCARD
from ucs_core.cli.catalogue import from_wire
from ucs_core.cli.client import Answer, Client
from ucs_core.cli.drawing import table
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.policy_plan import Standing
from ucs_core.cli.verb import flag, number, option
from ucs_sdk.commands import say

PAGE_DEFAULT, PAGE_MOST = 50, 200

CODES_MOST = 20
"""How many resources are looked up for their codes: a document may hold so many root fields."""

PRINCIPAL = "id kind title organization { id title { zh en } } disabled subject { issuer subject } revokedBefore"
"""A principal."""

ASSIGNMENT = "principal role anchor"
"""A role assignment."""

POLICY = "id role relation kind type shareType dataLevel openType state grant action effect"
"""A policy."""

GRANT = "id grantee action resource validFrom validUntil"
"""A grant."""

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"


class Listing(NamedTuple):
    """A list of the platform that comes in pages: its field, the type of its filter, and what is asked of an item."""

    field: str
    filter: str
    selection: str
    beside: str = ""
    resource: str | None = None
    """The field of an item that names a resource, of which people are shown the code."""

    def document(self) -> str:
        """The GraphQL document of a page."""
        return (
            f"query($filter: {self.filter}, $first: Int!, $after: String) {{ page: {self.field}"
            f"(filter: $filter, first: $first, after: $after) {{ nodes {{ {self.selection} }} {self.beside} {_PAGE_INFO} }} }}"
        )


Column = tuple[str, str | Callable[[Answer], str]]
"""A column of a list: its title, and the field that it shows or what makes its text of an item."""

PRINCIPALS = Listing("principals", "PrincipalFilter", PRINCIPAL)
ASSIGNMENTS = Listing("roleAssignments", "RoleAssignmentFilter", ASSIGNMENT)
POLICIES = Listing("policies", "PolicyFilter", POLICY, "version")
GRANTS = Listing("grants", "GrantFilter", GRANT, resource="resource")


def page_options() -> list[click.Parameter]:
    """The options of a verb that lists."""
    everything = say("all of them; with --json one object a line", "全部；配合 --json 每行一个对象")
    return [
        number("--first", say("how many", "条数"), least=1, most=PAGE_MOST, default=PAGE_DEFAULT),
        option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
        flag("--all", everything),
    ]


def pages(client: Client, listing: Listing, filter: Answer | None = None, after: str | None = None) -> Iterator[Answer]:
    """Each page of a list, from a cursor on."""
    while True:
        page: Answer = client.ask(listing.document(), filter=filter, first=PAGE_MOST, after=after)["page"]
        yield page
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def every(client: Client, listing: Listing, filter: Answer | None = None) -> list[Answer]:
    """All items of a list."""
    return [from_wire(node) for page in pages(client, listing, filter) for node in page["nodes"]]


def show_list(
    output: Output,
    client: Client,
    listing: Listing,
    filter: Answer,
    columns: Sequence[Column],
    *,
    first: int,
    after: str | None,
    all: bool,
) -> None:
    """A list for people, with the titles and fields of its columns, or as JSON: a page of it, or all of it."""
    stated = {name: value for name, value in filter.items() if value is not None}
    if all:
        for page in pages(client, listing, stated, after):
            for node in map(from_wire, page["nodes"]):
                output.record(node)
                output.line("\t".join(_cell(node, shown) for _, shown in columns))
        return
    page = client.ask(listing.document(), filter=stated, first=first, after=after)["page"]
    nodes = [from_wire(node) for node in page["nodes"]]
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document({"items": nodes, "next": cursor} | ({"version": page["version"]} if listing.beside else {}))
    if nodes and not output.as_json:
        cells = [[_cell(node, shown) for _, shown in columns] for node in _with_codes(client, listing, nodes)]
        output.show(table([title for title, _ in columns], cells))
    elif not nodes:
        output.line(say("There is nothing of that kind that you may see.", "没有您有权查看的相应内容。"))
    output.more(cursor)


def _with_codes(client: Client, listing: Listing, nodes: Sequence[Answer]) -> list[Answer]:
    """Items for people, with codes in place of the names of resources, as far as they are known."""
    field = listing.resource
    if field is None:
        return list(nodes)
    codes = codes_of(client, [node[field] for node in nodes])
    return [node | {field: codes.get(node[field], node[field])} for node in nodes]


def _cell(node: Answer, shown: str | Callable[[Answer], str]) -> str:
    value = node[shown] if isinstance(shown, str) else shown(node)
    if isinstance(value, dict):
        value = value["id"]
    if isinstance(value, bool):
        return say("yes", "是") if value else say("no", "否")
    return "" if value is None else bare(str(value))


def minute(instant: str | None) -> str:
    """An instant of the wire to the minute, for people."""
    return f"{instant[:10]} {instant[11:16]}Z" if instant else ""


def bare(name: str) -> str:
    """An id without what kind of thing it is of, as files state principals, organisations and policies."""
    kind, _, id = name.partition("/")
    return id if kind in ("principals", "organizations", "policies") else name


def principal_name(id: str) -> str:
    """The name of a principal that people may call by its id alone."""
    return f"principals/{id.removeprefix('principals/')}"


def organization_name(id: str | None) -> str | None:
    """The name of an organisation that people may call by its id alone; None where none was given."""
    return f"organizations/{id.removeprefix('organizations/')}" if id else None


def codes_of(client: Client, names: Iterable[str]) -> dict[str, str]:
    """The codes of the first of some resources; none of them where one of them is hidden from whoever asks."""
    wanted = list(dict.fromkeys(names))[:CODES_MOST]
    if not wanted:
        return {}
    declared = ", ".join(f"$r{at}: ID!" for at in range(len(wanted)))
    asked = " ".join(f"r{at}: resource(id: $r{at}) {{ code }}" for at in range(len(wanted)))
    try:
        answer = client.ask(f"query({declared}) {{ {asked} }}", **{f"r{at}": name for at, name in enumerate(wanted)})
    except Answered:
        # Whoever audits access need not see every resource; then the resources go by their names.
        return {}
    return {name: answer[f"r{at}"]["code"] for at, name in enumerate(wanted)}


def standing(client: Client, *, assignments: bool = True) -> Standing:
    """All policies that stand, as of one version, and all role assignments, where they are wanted: there may be many."""
    while True:
        found = list(pages(client, POLICIES))
        versions = {page["version"] for page in found}
        # Pages of two versions belong to no one state of the policies: they are read again.
        if len(versions) == 1:
            break
    rows = [policy_row(from_wire(node)) for page in found for node in page["nodes"]]
    held = every(client, ASSIGNMENTS) if assignments else []
    return Standing(
        version=versions.pop(),
        policies={row.id: row for row in rows},
        assignments=tuple(assignment_row(node) for node in held),
    )


def policy_row(node: Answer) -> PolicyRow:
    """The policy of a node; a condition that is null there matches everything."""
    columns = {name: WILDCARD if value is None else value for name, value in node.items()}
    return PolicyRow(**{**columns, "id": bare(node["id"])})


def assignment_row(node: Answer) -> RoleAssignment:
    """The role assignment of a node; on the wire it has no id."""
    principal, anchor = bare(node["principal"]), node["anchor"] and bare(node["anchor"])
    return RoleAssignment(id="-", principal=principal, role=node["role"], anchor=anchor)
