"""Promise 22: every connection of the schema keeps the Cursor Connections specification.

Whichever end it is read from, a list has the same items in the same order and the same cursors; a page tells truly what
stands around it; and arguments that cannot be meant are refused. The twins are lists that do it the naive way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type

from ucs_core.graphql.schema import build_schema, core_schema
from ucs_sdk.errors import Invalid

SCHEMA = core_schema(build_schema())
WATER, ROADS = "qingdao-water", "qingdao-roads"
ARGUMENTS = {"first", "after", "last", "before"}
MANY, MOST = 6, 200
"""How many items each list has at least and at most."""

INFO = ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")

Ask = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A connection: who asks for it, and the document around it, in which %s stands for arguments."""

    field: str
    document: str
    who: str = "admin"


CASES = (
    Case(field="Query.resources", document="{ page: resources(%s orderBy: code) {%s} }"),
    Case(field="Query.scenarios", document="{ page: scenarios(%s) {%s} }"),
    Case(field="Query.reviews", document="{ page: reviews(%s) {%s} }", who="reviewer"),
    Case(field="Query.deletedResources", document="{ page: deletedResources(%s) {%s} }"),
    Case(field="Query.impact", document='{ page: impact(resource: "{pool}" depth: 2 %s) {%s} }'),
    Case(field="Query.members", document='{ page: members(resource: "{pool}" %s) {%s} }'),
    Case(field="Resource.members", document='{ resource(id: "{pool}") { page: members(%s) {%s} } }'),
    Case(
        field="Resource.revisions", document='{ resource(id: "{revised}") { page: revisions(%s) {%s} } }', who="editor"
    ),
    Case(field="Query.organizations", document='{ page: organizations(subtree: "organizations/37" %s) {%s} }'),
    Case(
        field="Organization.children",
        document=f'{{ organization(id: "organizations/{ROADS}") {{ page: children(%s) {{%s}} }} }}',
    ),
    Case(field="Query.types", document="{ page: types(%s) {%s} }"),
    Case(field="Query.typeVersions", document='{ page: typeVersions(id: "types/dataset" %s) {%s} }'),
    Case(field="Query.vocabularies", document="{ page: vocabularies(%s) {%s} }"),
    Case(field="Query.log", document="{ page: log(%s) {%s} }"),
    Case(field="Query.principals", document="{ page: principals(%s) {%s} }"),
    Case(field="Query.roleAssignments", document="{ page: roleAssignments(%s) {%s} }"),
    Case(field="Query.policies", document="{ page: policies(%s) {%s} }"),
    Case(field="Query.grants", document="{ page: grants(%s) {%s} }"),
    Case(field="Query.whoCan", document='{ page: whoCan(action: discover resource: "{pool}" %s) {%s} }'),
    Case(
        field="Query.whatIf",
        document='{ page: whatIf(edits: {assign: [{principal: "principals/roads" role: "editor" anchor: '
        f'"organizations/{WATER}"}}, {{principal: "principals/outsider" role: "editor" anchor: "organizations/{WATER}"}}]'
        "} %s) {%s} }",
    ),
)


def connections() -> Iterator[tuple[str, set[str]]]:
    """Every field of the schema that answers with a connection, and its arguments."""
    for type in SCHEMA.type_map.values():
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type.fields.items():
                if get_named_type(field.type).name.endswith("Connection"):
                    yield f"{type.name}.{name}", set(field.args)


def test_every_connection_can_be_read_from_either_end_and_is_tried_here():
    found = dict(connections())
    assert {name: ARGUMENTS - arguments for name, arguments in found.items() if not arguments >= ARGUMENTS} == {}
    assert set(found) == {case.field for case in CASES}


@pytest.fixture
async def names(city, make_import) -> dict[str, str]:
    """Puts so much into a city that every list has its items; what the documents name."""
    admin = city.call("admin")
    [pool] = await city.import_many(
        [make_import("POOL", kind="infrastructure", type="video_pool", spec={"channel_count": MANY})]
    )
    needs = [{"relation": "reads", "target": pool}]
    await city.import_many([make_import(f"D-{at}", dependencies=needs) for at in range(MANY)])
    spec = {"purpose": "one_scenario"}
    scenarios = [make_import(f"S-{at}", kind="application", type="scenario", spec=spec) for at in range(MANY)]
    await city.import_many(scenarios)
    members = [{"code": f"37020000001320{at:06}", "title": {"zh": f"点位{at}", "en": None}} for at in range(MANY)]
    await city.platform.members.put(admin, pool, members)
    for name in await city.import_many([make_import(f"GONE-{at}") for at in range(MANY)]):
        await city.platform.shelf.delete(admin, name)
    for at in range(MANY):
        made = await city.create("editor", f"R-{at}")
        await city.change("editor", "submitResource", id=made["id"])
    revised = (await city.publish("REVISED"))["id"]
    for at in range(MANY - 1):
        seen = (await city.ask("editor", f'{{ resource(id: "{revised}") {{ etag }} }}'))["resource"]
        content = {"tags": [f"t{at}"]}
        made = await city.change("editor", "updateResource", id=revised, etag=seen["etag"], content=content)
        made = await city.change("editor", "submitResource", id=revised)
        await city.change("reviewer", "approveResource", id=revised, etag=made["etag"])
    units = [
        {"id": f"unit-{at}", "parent": ROADS, "title": {"zh": f"科{at}", "en": f"Unit {at}"}}
        | {"level": "city", "kind": "unit"}
        for at in range(MANY)
    ]
    await city.platform.organizations.import_chunk(admin, units)
    await vocabulary_and_versions(city)
    for at in range(MANY):
        grant = {"grantee": f"organizations/unit-{at}", "action": "read", "resource": pool}
        await city.platform.grants.give(admin, grant)
        role = {"id": f"more.{at}", "section": "g", "values": ["roads", "reviewer", f"unit-{at}"]}
        await city.platform.administration.put_rules(admin, [role])
    return {"pool": pool, "revised": revised}


async def vocabulary_and_versions(city: Any) -> None:
    for at in range(MANY):
        title = {"zh": f"词{at}", "en": f"W{at}"}
        await city.platform.types.put_vocabulary(
            city.call("admin"), {"id": f"v{at}", "title": title, "closed": False, "terms": []}, None
        )
        schema = {"type": "object", "title": str(at)}
        version = {"id": "dataset", "kind": "data", "title": title, "schema": schema}
        await city.platform.types.put_type(city.call("admin"), version, f"v{at + 1}", breaking=True)


def leaves(case: Case) -> str:
    """What is selected of a node: what stands for it in every connection, and can be compared."""
    type, _, name = case.field.partition(".")
    page = get_named_type(SCHEMA.type_map[type].fields[name].type)
    node = get_named_type(page.fields["nodes"].type)
    plain = [
        key
        for key in ("id", "code", "number", "position", "version", "depth", "action", "role", "anchor", "granted")
        if key in node.fields
    ]
    nested = {"resource": "{ id }", "principal": "{ id }"}
    plain += [
        f"{key} {inner}" for key, inner in nested.items() if key in node.fields and not_leaf(node.fields[key].type)
    ]
    return " ".join(plain)


def not_leaf(type: Any) -> bool:
    return isinstance(get_named_type(type), GraphQLObjectType)


def asking(city: Any, case: Case, names: dict[str, str]) -> Ask:
    """Asks for pages of a connection."""
    document = case.document
    for key, name in names.items():
        document = document.replace(f"{{{key}}}", name)

    async def ask(*, info: Sequence[str] = INFO, **arguments: Any) -> dict[str, Any]:
        stated = " ".join(f"{key}: {literal(value)}" for key, value in arguments.items())
        inner = leaves(case)
        shown = f"edges {{ cursor node {{ {inner} }} }} nodes {{ {inner} }} pageInfo {{ {' '.join(info)} }}"
        answer = await city.answer(case.who, (document % (stated, shown)).replace("()", ""))
        if "errors" in answer:
            told = answer["errors"][0]["extensions"]
            raise Invalid(told["reason"], **told["fields"])
        found = answer["data"]
        while "page" not in found:
            (found,) = found.values()
        return found["page"]

    return ask


def literal(value: object) -> str:
    return "null" if value is None else str(value) if isinstance(value, int) else f'"{value}"'


async def check_both_ways(ask: Ask) -> None:
    """Holds every page, from either end and between any two places, to the list in one page."""
    whole = await ask(first=MOST)
    edges = whole["edges"]
    assert MANY <= len(edges) < MOST
    cursors = [edge["cursor"] for edge in edges]
    assert len({*cursors}) == len(edges)
    check_page(whole, edges, 0, len(edges))
    check_page(await ask(last=MOST), edges, 0, len(edges))
    for size in (1, 3) if len(edges) < 4 * MANY else (len(edges) // 3,):
        start = 0
        while start < len(edges):
            arguments = {"first": size} | ({"after": cursors[start - 1]} if start else {})
            check_page(await ask(**arguments), edges, start, start + size)
            start += size
        stop = len(edges)
        while stop > 0:
            arguments = {"last": size} | ({"before": cursors[stop]} if stop < len(edges) else {})
            check_page(await ask(**arguments), edges, stop - size, stop)
            stop -= size
    # What nobody asks is not looked up, and changes nothing of the page.
    unasked = await ask(last=3, info=("endCursor",))
    assert unasked["edges"] == edges[-3:]
    between = {"after": cursors[0], "before": cursors[-2]}
    check_page(await ask(first=2, **between), edges, 1, 3)
    check_page(await ask(last=2, **between), edges, len(edges) - 4, len(edges) - 2)
    check_page(await ask(first=MOST, **between), edges, 1, len(edges) - 2)
    check_empty(await ask(first=2, after=cursors[-1]), behind=False, ahead=True)
    check_empty(await ask(last=2, before=cursors[0]), behind=True, ahead=False)


def check_page(page: dict[str, Any], edges: list[Any], start: int, stop: int) -> None:
    start, stop = max(start, 0), min(stop, len(edges))
    assert page["edges"] == edges[start:stop]
    assert page["nodes"] == [edge["node"] for edge in edges[start:stop]]
    assert page["pageInfo"] == {
        "hasNextPage": stop < len(edges),
        "hasPreviousPage": start > 0,
        "startCursor": edges[start]["cursor"],
        "endCursor": edges[stop - 1]["cursor"],
    }


def check_empty(page: dict[str, Any], *, behind: bool, ahead: bool) -> None:
    assert page["edges"] == page["nodes"] == []
    info = {"hasNextPage": behind, "hasPreviousPage": ahead, "startCursor": None, "endCursor": None}
    assert page["pageInfo"] == info


FOREIGN = "WyJ0aXRsZV96aCIsIui1hOa6kCIsIjAxSjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwIl0-anything-that-is-no-place-of-any-of-these-lists"
BAD = (
    ({"first": 2, "last": 2}, {"ARGUMENTS_EXCLUSIVE"}),
    *(({side: size}, {"PAGE_SIZE_INVALID"}) for side in ("first", "last") for size in (-1, 0, 201, 2**31 - 1)),
    *(
        ({size: 2, side: cursor}, {"CURSOR_INVALID", "POSITION_MALFORMED"})
        for size, side in (("first", "after"), ("last", "before"), ("first", "before"), ("last", "after"))
        for cursor in (FOREIGN, " ", "é", "x'; --")
    ),
)


async def check_refusals(ask: Ask) -> None:
    """Holds arguments that cannot be meant to be refused, by the name of what is wrong."""
    for arguments, reasons in BAD:
        refusal = await refused(ask, arguments)
        assert refusal is not None, f"{arguments} is taken"
        assert refusal.reason in reasons, (arguments, refusal.reason)
        told = refusal.fields.get("arguments", [refusal.fields.get("path")])
        assert set(told) <= set(arguments), (arguments, refusal.fields)


async def refused(ask: Ask, arguments: dict[str, Any]) -> Invalid | None:
    """How arguments are refused, if they are."""
    try:
        await ask(**arguments)
    except Invalid as refusal:
        return refusal
    return None


async def test_22_every_connection_is_the_same_from_either_end(city, names):
    for case in CASES:
        try:
            await check_both_ways(asking(city, case, names))
        except (AssertionError, Invalid) as failure:
            raise AssertionError(f"{case.field}: {failure}") from failure


async def test_22_every_connection_refuses_what_cannot_be_meant(city, names):
    for case in CASES:
        try:
            await check_refusals(asking(city, case, names))
        except (AssertionError, Invalid) as failure:
            raise AssertionError(f"{case.field}: {failure}") from failure


class Naive:
    """A list as one would write it in an hour; each twin has one of its habits."""

    def __init__(self, habit: str = "") -> None:
        self._habit = habit
        self._items = [{"id": at} for at in range(MANY)]

    async def ask(
        self, *, first: Any = None, after: Any = None, last: Any = None, before: Any = None, info: Any = INFO
    ) -> dict[str, Any]:
        self._check(first, last, after, before)
        start = 0 if after is None else int(after) + 1
        stop = len(self._items) if before is None else int(before)
        if self._habit == "a place is counted from one end alone" and before is not None:
            stop = len(self._items)
        size = last if first is None else first
        if last is None or self._habit == "the last are the first":
            stop = min(stop, start + size)
        else:
            start = max(start, stop - size)
        edges = [{"cursor": str(at), "node": self._items[at]} for at in range(start, stop)]
        if last is not None and self._habit == "backward is upside down":
            edges = edges[::-1]
        ahead = after is not None if self._habit == "behind a cursor something stands" else start > 0
        behind = False if self._habit == "backward nothing follows" and last is not None else stop < len(self._items)
        cursors = [edge["cursor"] for edge in edges] or [None]
        told = {"hasNextPage": behind, "hasPreviousPage": ahead, "startCursor": cursors[0], "endCursor": cursors[-1]}
        return {"edges": edges, "nodes": [edge["node"] for edge in edges], "pageInfo": told}

    def _check(self, first: Any, last: Any, *cursors: Any) -> None:
        if first is not None and last is not None and self._habit != "two sizes are taken":
            raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["first", "last"])
        for name, size in (("first", first), ("last", last)):
            if size is not None and not 0 < size <= 200 and not (self._habit == "sizes are cut" and name == "last"):
                raise Invalid("PAGE_SIZE_INVALID", path=name)
        for name, cursor in zip(("after", "before"), cursors, strict=True):
            if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
                path = "after" if self._habit == "every cursor is an after" else name
                raise Invalid("CURSOR_INVALID", path=path)


async def test_the_list_that_does_all_of_it_passes():
    await check_both_ways(Naive().ask)
    await check_refusals(Naive().ask)


@pytest.mark.parametrize(
    "habit",
    [
        "a place is counted from one end alone",
        "the last are the first",
        "backward is upside down",
        "behind a cursor something stands",
        "backward nothing follows",
    ],
)
async def test_a_list_that_is_read_the_naive_way_is_caught(habit):
    with pytest.raises((AssertionError, IndexError)):
        await check_both_ways(Naive(habit).ask)


@pytest.mark.parametrize("habit", ["two sizes are taken", "sizes are cut", "every cursor is an after"])
async def test_a_list_that_takes_anything_is_caught(habit):
    with pytest.raises(AssertionError):
        await check_refusals(Naive(habit).ask)
