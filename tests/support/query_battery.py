"""The query battery: what users do all day, as calls, and which plans of the database are healthy for each.

`docs/query-battery.md` shows them with their statements; a test holds the two together.
"""

from __future__ import annotations

from datetime import timedelta

from battery_desk import CARD, Entry
from bulk_city import City

from ucs_registry.canonical import timestamp
from ucs_registry.queries import Cursor, Order
from ucs_registry.testing import NOW, an_id


def thousandth(city: City) -> dict[str, str]:
    """Instants between which about a thousand resources changed."""
    start = NOW - timedelta(days=30)
    return {"after": timestamp(start), "before": timestamp(start + timedelta(seconds=31_536_000 * 1_000 / city.count))}


def _listed(filter: str = "", rest: str = "nodes { " + CARD + " }", **arguments: object) -> str:
    stated = [f"filter: {{{filter}}}"] if filter else []
    stated += [f"{name}: {value}" for name, value in arguments.items()]
    return f"{{ resources({', '.join(stated)}) {{ {rest} }} }}" if stated else f"{{ resources {{ {rest} }} }}"


COUNT = "totalCount"
FACETS = "facets(by: [kind, type, share_type, data_level, owner, district]) { dimension values { value count } }"

PAGES = frozenset(
    (
        *("ix_resources_updated", "ix_resources_created", "ix_resources_title_zh", "ix_resources_title_en"),
        *("ix_resources_kind", "ix_resources_district", "sqlite_autoindex_resources_2", "resources_code_key"),
        "ix_places_updated",
    )
)
"""The indexes that are in the order of a list."""

_LISTS = (
    Entry(
        name="page by kind",
        action="browse the datasets, the latest first",
        call=_listed("kind: data", first=20),
        plan="in the order of the index by kind and time, until the page is full",
        walks=PAGES,
    ),
    Entry(
        name="page by kind and tag",
        action="browse the datasets of a subject, with owner and tags",
        call=_listed('kind: data, tag: "t3"', f"nodes {{ {CARD} tags }}", first=50),
        plan="in the order of the narrow table by tag, kind and time, until the page is full",
        walks=PAGES,
    ),
    Entry(
        name="page in the middle",
        action="go on from a cursor far down the list",
        call="query($after: String!) { resources(first: 50, after: $after) { nodes { id } pageInfo { hasNextPage } } }",
        variables=lambda city: {"after": _halfway(city)},
        plan="by the index of the order, from the cursor on",
        walks=PAGES,
    ),
    Entry(
        name="last page",
        action="jump to the end of the list by title",
        call=_listed(last=50, orderBy="title_zh"),
        plan="by the index of the order, backward",
        walks=PAGES,
    ),
    Entry(
        name="ordered OR of two branches",
        action="show two batches of 1,000 each as one list by title",
        call=_listed(
            'anyOf: [{tag: "batch0"}, {tag: "batch1"}]', "nodes { id title { zh } }", first=200, orderBy="title_zh"
        ),
        plan="each branch by its tag, then sorted",
        walks=PAGES,
    ),
    Entry(
        name="by reference",
        action="open a resource",
        call=f"query($id: ID!) {{ resource(id: $id) {{ {CARD} tags dependencies {{ relation resource {{ id }} }} }} }}",
        variables=lambda city: {"id": f"resources/{city.some_id}"},
        plan="by primary keys alone",
    ),
    Entry(
        name="by code",
        action="open a resource by its code",
        call=f"query($code: String!) {{ resource(code: $code) {{ {CARD} }} }}",
        variables=lambda city: {"code": f"QD-{city.count // 2:08}"},
        plan="by the unique index of codes",
    ),
    Entry(
        name="by many references",
        action="refresh what a page shows",
        call=f"query($ids: [ID!]!) {{ resourcesByName(ids: $ids) {{ {CARD} }} }}",
        variables=lambda city: {"ids": [f"resources/{an_id(1 + at * (city.count // 60))}" for at in range(50)]},
        plan="by primary keys alone",
    ),
    Entry(
        name="an organisation's own",
        action="browse what a community owns",
        call=_listed('owner: "com-3-3-3"', f"{COUNT} nodes {{ {CARD} }}", first=20),
        plan="the owner's cells, and their resources by cell",
        walks=PAGES,
        growth=4.0,
    ),
    Entry(
        name="an organisation's subtree",
        action="browse what a district and all below it own",
        call=_listed('ownerSubtree: "370203"', f"{COUNT} nodes {{ {CARD} }}", first=20),
        plan="in the order of time until the page is full, counted by cells",
        walks=PAGES,
        growth=2.0,
    ),
    Entry(
        name="level in a district",
        action="browse what is sensitive in a district",
        call=_listed('district: "370203", dataLevel: l4', f"{COUNT} nodes {{ {CARD} }}", first=20),
        plan="in the order of the index by district and time, counted by cells and districts",
        walks=PAGES,
        growth=2.0,
    ),
)

_COUNTS = (
    Entry(
        name="count by kind",
        action="how many datasets there are",
        call=_listed("kind: data", COUNT),
        plan="summed from the counters of cells",
        growth=2.0,
    ),
    Entry(
        name="unfiltered count",
        action="how many resources there are",
        call=_listed(rest=COUNT),
        plan="summed from the counters of cells",
        growth=2.0,
    ),
    Entry(
        name="facets",
        action="how everything is spread over six dimensions",
        call=_listed(rest=FACETS),
        plan="summed from the counters of cells and districts",
        growth=2.0,
    ),
    Entry(
        name="facets of a kind",
        action="how the datasets are spread",
        call=_listed("kind: data", FACETS),
        plan="summed from the counters of cells and districts",
        growth=2.0,
    ),
    Entry(
        name="facets of a batch",
        action="how 1,000 resources of one tag are spread",
        call=_listed('tag: "batch1"', FACETS),
        plan="the resources of the tag, each by its key",
        growth=2.0,
    ),
)

_BY_PART = tuple(
    Entry(
        name=f"page seen by who sees {part}",
        action=f"browse the latest, with the total, as somebody who sees {part}",
        who=who,
        call=_listed(rest=f"{COUNT} nodes {{ {CARD} }}", first=50),
        plan=plan,
        walks=PAGES,
        few=frozenset(("resources_pkey", "ix_resources_cell")) if who == "granted" else frozenset(),
    )
    for who, part, plan in (
        ("all", "everything", "in the order of time until the page is full"),
        ("half", "about half", "in the order of time until the page is full, each row judged by its cell"),
        ("some", "one part in a hundred", "the visible cells, and their resources by cell, when few; else in order"),
        ("granted", "what is granted alone", "the caller's grants, and each resource by its key"),
    )
)

_SEEN = (
    *_BY_PART,
    Entry(
        name="page by title seen by who sees little",
        action="browse by title as somebody who sees one part in a hundred",
        who="some",
        call=_listed("kind: data", f"{COUNT} nodes {{ {CARD} }}", first=50, orderBy="title_zh"),
        plan="the visible cells, and their resources by cell, sorted, when few; else in the order of titles",
        walks=PAGES,
        growth=3.0,
    ),
)

_SEARCHES = tuple(
    Entry(
        name=f"search, {sort}",
        action=f"search for {word!r}, with total and facets",
        call=_listed(
            f'search: "{word}"',
            f"{COUNT} facets(by: [kind]) {{ values {{ value count }} }} nodes {{ {CARD} }}",
            first=20,
        ),
        plan="by the index of tokens; in the order of time until the page is full where more than 2,000 match",
        walks=PAGES,
        whole=frozenset(("places",)) if often else frozenset(),
        growth=12.0,
    )
    for sort, word, often in (
        ("two characters, frequent", "视频", True),
        ("two characters, rare", "螭吻", False),
        ("one character, frequent", "水", True),
        ("one character, rare", "鼍", False),
        ("more characters, frequent", "路况资源", True),
        ("more characters, one match", "资源123", False),
        ("a word of English", "place17", True),
    )
)

_PLACES = (
    Entry(
        name="small box",
        action="what is in this part of the map",
        call=_listed(
            "area: {box: {west: 120.3, south: 36.1, east: 120.31, north: 36.11}}",
            f"{COUNT} nodes {{ {CARD} }}",
            first=50,
        ),
        plan="by the index of boxes",
        growth=12.0,
    ),
    Entry(
        name="wide box",
        action="what is in a quarter of the city",
        call=_listed(
            "area: {box: {west: 119.5, south: 35.6, east: 120.25, north: 36.4}}",
            f"{COUNT} nodes {{ {CARD} }}",
            first=50,
        ),
        plan="by the index of boxes, or in order where many match",
        walks=PAGES,
        whole=frozenset(("areas", "resources")),
        growth=12.0,
    ),
    Entry(
        name="window of time",
        action="whose content is about a certain week",
        call=_listed('during: {start: "2025-03-01", end: "2025-03-07"}', f"{COUNT} nodes {{ {CARD} }}", first=50),
        plan="by the index of windows",
        walks=PAGES,
        growth=12.0,
    ),
    Entry(
        name="changed between two instants",
        action="what changed within a few minutes a month ago",
        call="query($after: DateTime!, $before: DateTime!) { resources(filter: {updatedAfter: $after, "
        f"updatedBefore: $before}}, first: 50) {{ {COUNT} nodes {{ {CARD} }} }} }}",
        variables=thousandth,
        plan="by the index of time, between its ends",
    ),
)

_GRAPH = (
    Entry(
        name="three levels of dependencies",
        action="open what something needs, and what that needs",
        call=f"query($id: ID!) {{ resource(id: $id) {{ {CARD} dependencies {{ resource {{ {CARD} dependencies {{ resource "
        f"{{ id title {{ zh }} dependencies {{ resource {{ id }} }} }} }} }} }} }} }}",
        variables=lambda city: {"id": f"resources/{city.some_id}"},
        plan="edges by their source, resources by their keys",
    ),
    Entry(
        name="what breaks",
        action="what depends on something within three steps",
        call="query($id: ID!) { impact(resource: $id, direction: up) { total { count kinds { value count } } "
        "nodes { depth resource { id } } } }",
        variables=lambda city: {"id": f"resources/{an_id(city.count - 300)}"},
        plan="edges by their target, step by step",
    ),
    Entry(
        name="what is needed",
        action="what somebody must have to build this",
        who="developer",
        call="query($id: ID!) { impact(resource: $id, direction: down) { total { count } uses { value count } "
        "nodes { depth use resource { id } } } }",
        variables=lambda city: {"id": f"resources/{city.scenario}"},
        plan="edges by their source, step by step",
    ),
    Entry(
        name="dependants of something central",
        action="the first who need what many need",
        call="query($id: ID!) { resource(id: $id) { dependants(first: 20) { relation resource { id } } } }",
        variables=lambda city: {"id": f"resources/{an_id(7)}"},
        plan="edges by their target",
    ),
    Entry(
        name="scenario with health",
        action="open a scenario of twenty parts",
        call=f"query($id: ID!) {{ scenario(id: $id) {{ health reasons {{ trouble resource }} parts {{ id title {{ zh }} "
        f"availability trouble }} resource {{ {CARD} }} }} }}",
        variables=lambda city: {"id": f"resources/{city.scenario}"},
        plan="edges by their source, resources by their keys",
    ),
    Entry(
        name="page of scenarios",
        action="browse the scenarios",
        call="{ scenarios(first: 20) { totalCount nodes { health parts { id } resource { id title { zh } } } } }",
        plan="the cells of scenarios, and their resources by cell; counted by cells",
        walks=PAGES,
        growth=3.0,
    ),
)

_OTHERS = (
    Entry(
        name="page of members",
        action="browse the channels of a pool",
        call="query($id: ID!) { members(resource: $id, first: 100) { totalCount nodes { id code status } } }",
        variables=lambda city: {"id": f"resources/{city.pool}"},
        plan="by the primary key of members; the total from a counter",
    ),
    Entry(
        name="members by the beginning of their code",
        action="find channels by the beginning of their code",
        call='query($id: ID!) { members(resource: $id, filter: {prefix: "37020000000000000012"}, first: 50) '
        "{ totalCount nodes { id } } }",
        variables=lambda city: {"id": f"resources/{city.pool}"},
        plan="by the primary key of members, between two codes",
    ),
    Entry(
        name="review queue",
        action="what waits for me",
        who="reviewer",
        call="{ reviews(first: 20) { totalCount nodes { id title { zh } head { number submittedAt } } } }",
        plan="in the order of the queue until the page is full; counted by the queue",
        walks=frozenset(("ix_review_queue_submitted", "review_queue_pkey", "sqlite_autoindex_review_queue_1")),
        growth=12.0,
    ),
    Entry(
        name="tree of organisations",
        action="open a district in the tree",
        call='{ organization(id: "organizations/370203") { title { zh } parent { id } children(first: 30) { nodes { id } } } }',
        plan="by primary keys, and children by their parent",
    ),
    Entry(
        name="affected by a deprecation",
        action="which of mine need something deprecated",
        who="some",
        call=_listed("affectedByDeprecation: true", f"{COUNT} nodes {{ {CARD} }}", first=20),
        plan="what is deprecated by the index of that, and edges by their target",
        walks=PAGES | {"ix_resources_deprecated"},
        growth=12.0,
    ),
    Entry(
        name="start of a watch",
        action="subscribe to what changes",
        call="Watch from now on",
        act=lambda desk: desk.watch("half"),
        plan="nothing but the head, and who may see what",
        few=frozenset(("grants_pkey",)),
    ),
    Entry(
        name="ingest of a chunk",
        action="import 1,000 resources",
        call="Import of 1,000",
        act=lambda desk: desk.enter("all"),
        plan="each row by its keys",
    ),
)

BATTERY = (*_LISTS, *_COUNTS, *_SEEN, *_SEARCHES, *_PLACES, *_GRAPH, *_OTHERS)


def _halfway(city: City) -> str:
    at = timestamp(NOW - timedelta(seconds=15_768_000))
    return Cursor(order=Order.UPDATED_DESC, key=at, id=city.some_id).encode()
