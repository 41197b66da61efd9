"""What walks through a graph of a million edges cost, and what it costs to refuse a circle, on both databases.

Run by `make bench`. The targets: what breaks if a typical resource goes, and what it needs, three steps far, within 50 ms
through the platform, with a page of twenty cards; the worst roots are reported beside it. A circle of 10,000 edges is
refused within a second.

The city is made up: 189,000 resources in four layers, as many edges as are asked for, drawn so that few resources are needed
by very many; a walk of ten steps from the root of all ends at its bound.
"""

import asyncio
import shutil
from random import Random
from statistics import median
from time import perf_counter

import pytest

from ucs_core.access.policy import RoleAssignment
from ucs_core.access.tokens import TokenVerifier
from ucs_core.platform import Call, build_platform
from ucs_core.platform.calls import system_clock
from ucs_core.platform.founding import found
from ucs_registry.graph import Direction
from ucs_registry.principals import Principal
from ucs_registry.resources import KIND_RANK
from ucs_registry.sql import keeping, open_store, rows, tables
from ucs_registry.testing import a_resource, a_revision, an_id, an_organization
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, DataLevel, PrincipalKind, ResourceKind

# A million edges are entered before the first figure.
pytestmark = pytest.mark.timeout(900)

RESOURCES, EDGES, OWNERS, CHAIN = 189_000, 1_000_000, 2_000, 10_000
SHARES = {
    ResourceKind.APPLICATION: 0.10,
    ResourceKind.COMPONENT: 0.05,
    ResourceKind.DATA: 0.60,
    ResourceKind.INFRASTRUCTURE: 0.25,
}
SAMPLE, BATCH = 40, 10_000
CALLERS = ["root", "member"]


class Graph:
    """A made-up city: which resource is of which kind, and what needs what."""

    def __init__(self):
        chance = Random("a million edges")
        kinds = [kind for kind, share in SHARES.items() for _ in range(int(RESOURCES * share))]
        self.kinds = kinds
        layers = [[n for n, kind in enumerate(kinds) if KIND_RANK[kind] == rank] for rank in range(4)]
        self.edges = {}
        while sum(map(len, self.edges.values())) < EDGES:
            for _ in range(50_000):
                source = chance.randrange(len(kinds))
                rank = KIND_RANK[kinds[source]]
                # Mostly to the next layer, sometimes sideways to what was there before, now and then deeper.
                layer = layers[min(3, rank + chance.choice((0, 1, 1, 1, 2)))]
                target = layer[int(len(layer) * chance.random() ** 3)]
                targets = self.edges.setdefault(source, set())
                if target != source and (rank < KIND_RANK[kinds[target]] or target < source) and len(targets) < 200:
                    targets.add(target)
        arriving = {}
        for targets in self.edges.values():
            for target in targets:
                arriving[target] = arriving.get(target, 0) + 1
        self.needed = sorted(arriving, key=arriving.__getitem__, reverse=True)
        # A chain beside it all: each needs the one before, and nobody needs the last.
        self.kinds = [*kinds, *[ResourceKind.INFRASTRUCTURE] * CHAIN]
        self.resources = list(map(self.attributes, range(len(self.kinds))))
        ends = [(source, place, to) for source, ends in self.edges.items() for place, to in enumerate(sorted(ends))]
        self.links = [*ends, *((RESOURCES + n, 0, RESOURCES + n - 1) for n in range(1, CHAIN))]

    def attributes(self, number):
        """A resource, with a share of everything that a policy sees."""
        return a_resource(
            number + 1,
            kind=self.kinds[number],
            type=_TYPES[self.kinds[number]],
            owner=f"o{number * 7 % OWNERS}",
            availability=Availability.OFFLINE if number % 7 == 0 else Availability.ONLINE,
            head=_HEADS[number % len(_HEADS)],
        )


_TYPES = {
    ResourceKind.APPLICATION: "scenario",
    ResourceKind.COMPONENT: "api_service",
    ResourceKind.DATA: "dataset",
    ResourceKind.INFRASTRUCTURE: "network",
}
_HEADS = [a_revision(data_level=level, spec={"network_class": "iot"}) for level in DataLevel]


@pytest.fixture(scope="module")
def graph():
    return Graph()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(request, graph, tmp_path_factory):
    """A loop, and a platform over a database that holds the city."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('graph') / 'ucs.db')}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create("template_ucs"))
    with asyncio.Runner() as runner:
        store = runner.run(open_store(url))
        try:
            runner.run(_fill(store, graph))
            yield runner, build_platform(store, TokenVerifier({}), origin="bench", clock=system_clock), store
        finally:
            runner.run(store.close())


async def _fill(store, graph):
    parents = [None, *(f"o{(number - 1) // 8}" for number in range(1, OWNERS))]
    tree = [an_organization(f"o{number}", parent) for number, parent in enumerate(parents)]
    root = Principal(id="root", kind=PrincipalKind.PERSON, title="Root", organization="o0")
    await found(store, system_clock, "bench", tree, root)
    async with store.write() as unit:
        await unit.put_principals([Principal(id="member", kind=PrincipalKind.PERSON, title="M", organization="o5")])
        editor = RoleAssignment(id="editor", principal="root", role="organization_administrator", anchor="o0")
        await unit.put_rules([editor.to_rule()])
        await _put_resources(unit, graph)
        for start in range(0, len(graph.links), BATCH):
            await unit.insert(tables.dependencies, [_edge(*link) for link in graph.links[start : start + BATCH]])
        await unit.commit()


async def _put_resources(unit, graph):
    owners = await unit.owners({resource.owner for resource in graph.resources})
    revisions = [rows.revision_row("", head) for head in _HEADS]
    for start in range(0, len(graph.resources), BATCH):
        chunk = graph.resources[start : start + BATCH]
        kept = [keeping.kept_of(item) for item in chunk]
        cells = await unit.cell_numbers(kept, owners)
        placed = [
            keeping.resource_row(item, owners[item.owner].number, cell) for item, cell in zip(kept, cells, strict=True)
        ]
        await unit.enter_rows(keeping.RESOURCES, placed)
        made = [{**revisions[_HEADS.index(item.head)], "resource": item.id} for item in chunk]
        await unit.insert(tables.revisions, made)


def _edge(source, place, target):
    return {
        "source": an_id(source + 1),
        "place": place,
        "target": an_id(target + 1),
        "relation": "reads",
        "version": None,
        "role": None,
        "required": True,
    }


async def seen(platform, caller, numbers):
    """Those of some resources that a caller may discover."""
    async with platform.session(caller) as session:
        known = await session.resources_by_name(f"resources/{an_id(number + 1)}" for number in numbers)
        return [number for number in numbers if f"resources/{an_id(number + 1)}" in known]


async def asked(platform, caller, number, direction, depth):
    """What a caller is told, and how long it took, in seconds."""
    async with platform.session(caller) as session:
        started = perf_counter()
        impact = await session.graph.impact(f"resources/{an_id(number + 1)}", direction, depth=depth)
        return impact, perf_counter() - started


@pytest.mark.benchmark(group="graph")
@pytest.mark.parametrize("direction", list(Direction), ids=str)
@pytest.mark.parametrize("caller", CALLERS)
def test_impact_of_typical_resources(benchmark, city, graph, caller, direction, row):
    runner, platform, _ = city
    chance = Random("typical")
    # Typical is what something needs, and what needs something: leaves would cost next to nothing.
    drawn = chance.sample(sorted(set(graph.needed) & graph.edges.keys()), SAMPLE * 10)
    roots = runner.run(seen(platform, caller, drawn))[:SAMPLE]

    def walk():
        return [runner.run(asked(platform, caller, root, direction, 3)) for root in roots]

    walk()
    told = walk()
    times = sorted(seconds for _, seconds in told)
    row("impact of a typical resource, three steps", median(times) * 1000, target=50)
    benchmark.extra_info["90th ms"] = round(times[int(SAMPLE * 0.9)] * 1000, 1)
    benchmark.extra_info["slowest ms"] = round(times[-1] * 1000, 1)
    benchmark.extra_info["median reached"] = median(impact.total.count for impact, _ in told)
    benchmark.extra_info["most reached"] = max(impact.total.count for impact, _ in told)
    benchmark.pedantic(walk, rounds=3)


@pytest.mark.benchmark(group="graph-worst")
@pytest.mark.parametrize("depth", [3, 10])
def test_impact_of_what_most_depends_on(benchmark, city, graph, depth, row):
    runner, platform, _ = city

    def walk():
        return [runner.run(asked(platform, "root", root, Direction.UP, depth)) for root in graph.needed[:3]]

    told = walk()
    row("impact of what most depends on, the slowest", max(seconds for _, seconds in told) * 1000)
    benchmark.extra_info["reached"] = [impact.total.count for impact, _ in told]
    benchmark.extra_info["truncated"] = [impact.truncated for impact, _ in told]
    benchmark.pedantic(walk, rounds=3)


@pytest.mark.benchmark(group="graph-circle")
def test_circle_of_10_000_edges_is_refused(benchmark, city, row):
    runner, platform, _ = city
    first, last = (f"resources/{an_id(RESOURCES + number)}" for number in (1, CHAIN))
    closing = [{"target": last, "relation": "reads"}]

    def refuse():
        with pytest.raises(Invalid) as refusal:
            runner.run(platform.dependencies.change(Call(principal="root"), first, closing, [], "v1"))
        assert refusal.value.reason == "DEPENDENCY_CYCLE"
        return refusal.value.fields["circle"]

    assert benchmark.pedantic(refuse, rounds=3).count("→") == 6
    row("a circle of 10,000 edges is refused", target=1000)


@pytest.mark.benchmark(group="graph-circle")
def test_search_for_a_circle_where_there_is_none(benchmark, city, graph):
    runner, _, store = city
    widest = sorted(graph.edges, key=lambda source: -len(graph.edges[source]))[:20]

    async def search():
        async with store.read() as reader:
            for source in widest:
                starts = [an_id(target + 1) for target in graph.edges[source]]
                assert await reader.way(starts, an_id(source + 1), most=100_000) == []

    benchmark.pedantic(lambda: runner.run(search()), rounds=3)
