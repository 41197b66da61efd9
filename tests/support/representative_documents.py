"""A document for each thing that the compiler may or may not cover, those that are executed plainly, and those that are told.

The lists only shrink: what stands in `FALLS_BACK` and is compiled is struck out, and what does not stand in it must be compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asked_documents import Asked
from asked_worlds import World

from ucs_registry.queries import Order, cursor_of

FALLS_BACK = frozenset(("resources: by area",))

TOLD = frozenset(
    (
        "checkpoint",
        "deadEvents",
        "deletedResources",
        "effectiveActions",
        "grant",
        "grants",
        "log",
        "node: viewer",
        "operations",
        "plugins",
        "policies",
        "principal",
        "principals",
        "revisionDiff",
        "roleAssignments",
        "roles",
        "testPolicies",
        "type",
        "typeVersions",
        "types",
        "viewer",
        "vocabularies",
        "vocabulary",
        "whatIf",
        "whoCan",
        "why",
    )
)
"""Those that a session tells, not a statement. This list only shrinks as well."""

NEEDS_A_SIGNED_LOG = ("logProof", "logConsistency", "logExport")
"""The fields of the root that no made-up world has an answer to: a session would tell it."""

_NODE = "id code kind title { zh en }"
_PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
_FILTERS: dict[str, Any] = {
    "kind": "data",
    "type": '"dataset"',
    "ownerSubtree": '"organizations/3702"',
    "owner": '"water"',
    "shareType": "conditional",
    "availability": "online",
    "tag": '"t1"',
    "tags": '["t1", "t2"]',
    "code": '"CODE-000001"',
    "search": '"水"',
    "dataLevel": "l2",
    "openType": "none",
    "district": '"370202"',
    "region": '"370202001"',
    "area": "{box: {west: 119, south: 35, east: 122, north: 38}}",
    "during": '{start: "2025-01-01"}',
    "updatedAfter": '"2025-01-01T00:00:00Z"',
    "updatedBefore": '"2027-01-01T00:00:00Z"',
    "anyOf": '[{kind: data}, {tag: "t1"}]',
    "awaitingReview": "true",
    "affectedByDeprecation": "true",
}
_CONTENT = (
    "title { zh en } summary { zh en } tags regionCode location { longitude latitude } classification providerCode format "
    "shareType shareCondition denialBasis shareMode openType openCondition dataLevel updateCycle issuedOn conformsTo "
    "relatedCodes source synthetic contact spec footprint temporal { start end }"
)
_CARD = (
    "id code kind type availability availabilityReason createdAt updatedAt revision readable memberCount etag "
    "deletedAt purgeAt deletedBy"
)


def representative(world: World) -> Iterator[tuple[str, Asked]]:
    """The documents by name, each asked about something that exists in a world."""
    for name, (text, variables) in {
        **_things(world, 0),
        **_walks(world, 0),
        **_access(world),
        **dict(_lists(world)),
        **dict(_orders(world)),
        **_others(world),
    }.items():
        yield name, Asked(text=text, variables=variables)


def about_more(world: World) -> Iterator[tuple[str, Asked]]:
    """Those about one thing, asked about many others."""
    for number in range(1, 4):
        for name, (text, variables) in (_things(world, number) | _walks(world, number)).items():
            yield f"{name} {number}", Asked(text=text, variables=variables)


def _things(world: World, number: int) -> dict[str, tuple[str, dict[str, Any]]]:
    id, code = world.resources[number].name, world.resources[number].code
    of = f'resource(id: "{id}")'
    return {
        "resource: card": (f"{{ {of} {{ {_CARD} }} }}", {}),
        "resource: content": (f"{{ {of} {{ {_CONTENT} }} }}", {}),
        "resource: by code": (f'{{ resource(code: "{code}") {{ {_CARD} }} }}', {}),
        "resource: by variable": (f"query($id: ID!) {{ resource(id: $id) {{ {_CARD} }} }}", {"id": id}),
        "resource: owner": (f"{{ {of} {{ owner {{ id path title {{ zh }} parent {{ id parent {{ id }} }} }} }} }}", {}),
        "resource: children of its owner": (
            f"{{ {of} {{ owner {{ children(first: 2) {{ nodes {{ id }} }} }} }} }}",
            {},
        ),
        "resource: dependencies": (
            f"{{ {of} {{ dependencies {{ relation version role required resource {{ {_NODE} }} }} }} }}",
            {},
        ),
        "resource: dependencies of dependencies": (
            f"{{ {of} {{ dependencies {{ resource {{ id dependencies {{ resource {{ id owner {{ id }} }} }} }} }} }} }}",
            {},
        ),
        "resource: dependants": (f"{{ {of} {{ dependants(first: 3) {{ relation resource {{ {_NODE} }} }} }} }}", {}),
        "resource: deprecation": (
            f"{{ {of} {{ deprecation {{ effectiveOn removalOn note alternative {{ id }} }} }} }}",
            {},
        ),
        "resource: notices": (
            f"{{ {of} {{ notices {{ target deprecation {{ effectiveOn alternative {{ id }} }} }} }} }}",
            {},
        ),
        "resource: head": (
            f"{{ {of} {{ head {{ number state authors submitter reason content {{ {_CONTENT} }} }} }} }}",
            {},
        ),
        "resource: revisions": (f"{{ {of} {{ revisions(first: 2) {{ nodes {{ number state current }} }} }} }}", {}),
        "resource: members": (f"{{ {of} {{ members(first: 2) {{ totalCount nodes {{ id status }} }} }} }}", {}),
        "resource: fragments and aliases": (
            f"{{ a: {of} {{ ...F b: id ... on Node {{ id }} ... {{ code }} }} }} "
            "fragment F on Resource { title { zh } __typename }",
            {},
        ),
        "resource: directives": (
            f"query($a: Boolean!, $b: Boolean = true) {{ {of} {{ id code @skip(if: $a) kind @include(if: $b) "
            "type @skip(if: true) } }",
            {"a": False},
        ),
        "resource: two at once": (f'{{ {of} {{ id }} other: resource(code: "{code}") {{ code }} }}', {}),
        "node: resource": (f'{{ node(id: "{id}") {{ id __typename ... on Resource {{ code }} }} }}', {}),
        "node: organisation": ('{ node(id: "organizations/water") { id ... on Organization { path } } }', {}),
        "resourcesByName": (
            f"query($ids: [ID!]!) {{ resourcesByName(ids: $ids) {{ {_NODE} owner {{ id }} }} }}",
            {"ids": [item.name for item in world.resources[:5]]},
        ),
        "organization": ('{ organization(id: "organizations/3702") { id level path parent { id } } }', {}),
        "organization: children": (
            '{ organization(id: "3702") { children(first: 2) { nodes { id } edges { cursor } pageInfo { hasNextPage } } } }',
            {},
        ),
    }


def _walks(world: World, number: int) -> dict[str, tuple[str, dict[str, Any]]]:
    id = world.resources[number].name
    return {
        "impact: up": (
            f'{{ impact(resource: "{id}", direction: up) '
            "{ total { count kinds { value count } } nodes { depth resource { id } } } }",
            {},
        ),
        "impact: down": (
            f'{{ impact(resource: "{id}", direction: down, depth: 2) '
            "{ total { count } uses { value count } nodes { use } } }",
            {},
        ),
        "impact: a page": (
            f'{{ impact(resource: "{id}", direction: down, depth: 4, first: 2, after: "1.{"0" * 26}") {{ resource {{ id }} '
            "levels { depth count ownerCount kinds { value count } owners { count owner { id } } } states { value count } "
            "truncated edges { cursor node { depth via } } pageInfo { hasNextPage hasPreviousPage endCursor } } }",
            {},
        ),
    }


def _access(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    id = world.resources[0].name
    return {
        "principals": (
            "{ principals(first: 3) { nodes { id kind title organization { id } } pageInfo { hasNextPage } } }",
            {},
        ),
        "principal": ('{ principal(id: "principals/editor") { id disabled } }', {}),
        "roles": ("{ roles { role title { zh } policies holders } }", {}),
        "roleAssignments": ("{ roleAssignments(first: 3) { edges { cursor node { principal role anchor } } } }", {}),
        "policies": ("{ policies(first: 3) { nodes { id role effect } pageInfo { endCursor } } }", {}),
        "grants": ("{ grants(first: 3) { nodes { id grantee action resource validUntil } } }", {}),
        "grant": (f'{{ grant(id: "grants/{world.grants[0].id}") {{ id grantee }} }}', {}),
        "why": (
            f'{{ why(action: read, resource: "{id}") {{ allowed needsGrant roles {{ role }} policy {{ id }} }} }}',
            {},
        ),
        "whoCan": (
            f'{{ whoCan(action: read, resource: "{id}", first: 2) {{ totalCount nodes {{ __typename }} }} }}',
            {},
        ),
        "effectiveActions": (f'{{ effectiveActions(resource: "{id}") {{ action allowed }} }}', {}),
        "whatIf": ("{ whatIf(edits: {}, first: 2) { nodes { __typename } pageInfo { hasNextPage } } }", {}),
        "testPolicies": (
            f'{{ testPolicies(expectations: [{{principal: "principals/editor", action: read, resource: "{id}", allowed: true}}])'
            " { __typename } }",
            {},
        ),
        "log": ("{ log(first: 2) { nodes { position verb object } pageInfo { hasNextPage } position } }", {}),
        "checkpoint": ("{ checkpoint { size root } }", {}),
        "operations": (
            '{ operations(capability: "echo") { name title { zh en } effect streaming callable inputSchema } }',
            {},
        ),
        "plugins": ("{ plugins { name title { zh } state problem { en } healthy operations changedAt } }", {}),
        "deadEvents": ("{ deadEvents(most: 3) { subscription position id attempts error time } }", {}),
    }


def _lists(world: World) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    yield "resources: page", (f"{{ resources(first: 5) {{ nodes {{ {_NODE} }} }} }}", {})
    yield "resources: edges", (f"{{ resources(first: 5) {{ edges {{ cursor node {{ id }} }} position {_PAGE} }} }}", {})
    yield "resources: total", ("{ resources { totalCount } }", {})
    yield (
        "resources: facets",
        ("{ resources { facets(by: [kind, owner, district]) { dimension values { value count } } } }", {}),
    )
    yield (
        "resources: all at once",
        (
            f"{{ resources(filter: {{kind: data}}, first: 3) {{ totalCount facets(by: [type]) {{ values {{ value count }} }} "
            f"nodes {{ {_NODE} owner {{ title {{ zh }} }} tags }} {_PAGE} }} }}",
            {},
        ),
    )
    yield (
        "resources: with dependencies",
        ("{ resources(first: 5) { nodes { id dependencies { resource { id } } } } }", {}),
    )
    yield "resources: last", (f"{{ resources(last: 4) {{ nodes {{ id }} {_PAGE} }} }}", {})
    yield "resources: search", ('{ resources(search: "水", first: 4) { totalCount nodes { id } } }', {})
    for name, value in _FILTERS.items():
        yield (
            f"resources: by {name}",
            (f"{{ resources(filter: {{{name}: {value}}}, first: 4) {{ totalCount nodes {{ id }} }} }}", {}),
        )
    yield (
        "resources: by a variable filter",
        (
            "query($f: ResourceFilter, $first: Int = 3) { resources(filter: $f, first: $first) { totalCount nodes { id } } }",
            {"f": {"kind": "data", "shareType": None}},
        ),
    )
    yield (
        "resources: in order submitted",
        (
            f"{{ resources(filter: {{awaitingReview: true}}, orderBy: submitted, first: 4) {{ nodes {{ id }} {_PAGE} }} }}",
            {},
        ),
    )
    yield "organizations: tops", ("{ organizations { nodes { id title { zh } } pageInfo { hasNextPage } } }", {})
    yield "organizations: below", ('{ organizations(parent: "3702", first: 2) { edges { cursor node { id } } } }', {})
    yield (
        "organizations: subtree",
        ('{ organizations(subtree: "3702", first: 2) { nodes { id } pageInfo { endCursor } } }', {}),
    )
    yield (
        "scenarios",
        (
            f"{{ scenarios(first: 3) {{ totalCount nodes {{ health reasons {{ trouble resource }} parts {{ id title {{ zh }} }} "
            f"resource {{ {_NODE} }} }} {_PAGE} }} }}",
            {},
        ),
    )


def _orders(world: World) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    for order in Order:
        if order is Order.SUBMITTED:
            continue
        yield (
            f"resources: in order {order}",
            (f"{{ resources(orderBy: {order}, first: 4) {{ nodes {{ id }} {_PAGE} }} }}", {}),
        )
        cursor = cursor_of(world.resources[len(world.resources) // 2], order).encode()
        for argument, size in (("after", "first"), ("before", "last"), ("before", "first")):
            yield (
                f"resources: {size} {argument} in order {order}",
                (
                    f"query($c: String) {{ resources(orderBy: {order}, {size}: 3, {argument}: $c) "
                    f"{{ nodes {{ id }} {_PAGE} }} }}",
                    {"c": cursor},
                ),
            )


def _others(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    id = world.resources[0].name
    scenario = next((item.name for item in world.resources if item.type == "scenario"), id)
    pool, members = next(iter(world.members.items()))
    return {
        "scenario": (
            f'{{ scenario(id: "{scenario}") {{ health parts {{ id role trouble }} resource {{ id }} }} }}',
            {},
        ),
        "member": (
            f'{{ member(id: "resources/{pool}/members/{members[0].code}") {{ id title {{ zh en }} attributes }} }}',
            {},
        ),
        "members": (
            f'{{ members(resource: "resources/{pool}", first: 3) {{ totalCount nodes {{ id status }} }} }}',
            {},
        ),
        "members: filtered": (
            f'{{ members(resource: "resources/{pool}", filter: {{status: online, text: "水"}}) '
            "{ totalCount nodes { id } } }",
            {},
        ),
        "members: after": (
            f'{{ members(resource: "resources/{pool}", after: "{members[0].code}", first: 2) '
            "{ edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
            {},
        ),
        "members: the last": (
            f'{{ members(resource: "resources/{pool}", last: 2, filter: {{prefix: "A"}}) '
            "{ nodes { code } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
            {},
        ),
        "node: member": (
            f'{{ node(id: "resources/{pool}/members/{members[0].code}") {{ id ... on Member {{ code }} }} }}',
            {},
        ),
        "viewer": ("{ viewer { id kind title roles { role anchor } organization { id } } }", {}),
        "node: viewer": ('{ node(id: "principals/administrator") { id } }', {}),
        "reviews": ("{ reviews(first: 3) { totalCount nodes { id head { number } } } }", {}),
        "revisionDiff": (f'{{ revisionDiff(id: "{id}") {{ changes {{ path before after }} leftOut }} }}', {}),
        "deletedResources": ("{ deletedResources(first: 3) { nodes { id deletedAt } } }", {}),
        "types": ("{ types(kind: data) { nodes { id version schema } } }", {}),
        "type": ('{ type(id: "types/weather") { id version title { zh } } }', {}),
        "typeVersions": ('{ typeVersions(id: "types/weather") { nodes { version } } }', {}),
        "vocabularies": ("{ vocabularies { nodes { id terms { id } } } }", {}),
        "vocabulary": ('{ vocabulary(id: "vocabularies/season") { id version } }', {}),
    }
