"""What questions about access cost: what an edit would change, who may, why not; and lists under access control.

Run by `make bench`. The targets: what an edit would change over 3,000 people, 2,300 owners and 189,000 resources within a
second, whatever the edit; a page of 50 with its exact total no more than 1.2 times as long with access control as
without.
"""

import asyncio
import shutil
from statistics import median
from time import perf_counter

import pytest

from ucs_core.access import Action, Authority, PolicyRow, RoleAssignment, compile_snapshot, explain, ready_rules
from ucs_core.access.comparison import Comparison, Holdings
from ucs_core.access.edits import AccessEdits
from ucs_core.access.foreseen import edition_after
from ucs_core.access.who_can import all_who_can
from ucs_core.platform.sight import see
from ucs_registry.principals import Principal
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.sql import open_store
from ucs_registry.testing import NOW, a_resource, a_revision, an_organization
from ucs_registry.visibility import ALLOWED
from ucs_sdk import Availability, DataLevel, PrincipalKind, ResourceKind, ShareType

OWNERS, RESOURCES, STORED = 2323, 189_000, 4_000
EDITS = {
    "a policy of all members goes": AccessEdits(remove=("ready.member.unconditional.l1.read",)),
    "a denial for everybody": AccessEdits(
        put=(PolicyRow(id="x", role="public", relation="any", action="*", effect="deny"),)
    ),
    "a policy of a role": AccessEdits(put=(PolicyRow(id="x", role="editor", relation="subtree", action="retire"),)),
    "a role for one": AccessEdits(assign=(RoleAssignment(id="x", principal="p5", role="editor", anchor="o0"),)),
}


@pytest.fixture(scope="module")
def standing(access):
    cells, counts = access.holdings(RESOURCES, 2300)
    return {links: (access.links(links, OWNERS), cells, counts) for links in (3_000, 300_000)}


@pytest.mark.benchmark(group="access-what-if")
@pytest.mark.parametrize("links", [3_000, 300_000], ids=lambda links: f"{links} links")
@pytest.mark.parametrize("edit", EDITS)
def test_what_an_edit_would_change(benchmark, standing, links, edit, row):
    state, cells, counts = standing[links]
    snapshot = compile_snapshot(version=1, cells=cells, **state)
    edits = EDITS[edit]

    def compare():
        then = edition_after(snapshot.edition, edits, state["principals"], state["rules"])
        held = ((*snapshot.places[cell], count) for cell, count in counts.items())
        return Comparison(snapshot.edition, then, Holdings(snapshot.edition.tree.nowhere + 1, held))

    found = benchmark.pedantic(compare, rounds=3, warmup_rounds=1)
    row("what an edit would change", target=1000)
    tallies = found.tallies.values()
    benchmark.extra_info["cells"] = len(cells)
    benchmark.extra_info["gained"] = sum(tally.gained for tally in tallies)
    benchmark.extra_info["lost"] = sum(tally.lost for tally in tallies)
    assert found.lines()


@pytest.mark.benchmark(group="access-questions")
@pytest.mark.parametrize("links", [3_000, 300_000], ids=lambda links: f"{links} links")
def test_who_can(benchmark, standing, access, links):
    snapshot = compile_snapshot(version=1, **standing[links][0])
    assert benchmark(all_who_can, snapshot, Action.READ, access.attributes(7, owner="o2000"), set())


@pytest.mark.benchmark(group="access-questions")
@pytest.mark.parametrize("links", [3_000, 300_000], ids=lambda links: f"{links} links")
def test_why_not(benchmark, standing, access, links):
    snapshot = compile_snapshot(version=1, **standing[links][0])
    attributes = access.attributes(7, owner="o2000")
    assert benchmark(explain, snapshot, snapshot.profile("p7"), Action.RETIRE, attributes).remedies


@pytest.fixture(scope="module")
def stored(sqlite_template, tmp_path_factory):
    """A loop, and an open reader on a SQLite file with some thousand resources."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("access") / "ucs.db")
    with asyncio.Runner() as runner:
        store = runner.run(open_store(f"sqlite:///{path}"))
        runner.run(_fill(store))
        yield runner, store
        runner.run(store.close())


async def _fill(store):
    async with store.write() as unit:
        parents = [None, *(f"o{(number - 1) // 8}" for number in range(1, 200))]
        await unit.add_organizations([an_organization(f"o{number}", parent) for number, parent in enumerate(parents)])
        people = {"root": None, "member": "o5", "nobody": None}
        await unit.put_principals(
            [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in people.items()]
        )
        root = RoleAssignment(id="root", principal="root", role="platform_administrator")
        await unit.put_rules([*ready_rules(), root.to_rule()])
        for start in range(0, STORED, 500):
            await unit.save([_resource(number) for number in range(start, start + 500)])
        await unit.commit()


def _resource(number):
    shared = {
        "share_type": tuple(ShareType)[number % 2],
        "share_condition": "x",
        "data_level": tuple(DataLevel)[number % 3],
    }
    state = tuple(Availability)[number % 2]
    kind = (ResourceKind.DATA, ResourceKind.COMPONENT)[number % 2]
    head = a_revision(**shared)
    return a_resource(number, owner=f"o{number * 7 % 200}", kind=kind, type="dataset", availability=state, head=head)


@pytest.mark.benchmark(group="access-list")
@pytest.mark.parametrize("caller", ["root", "member"])
def test_page_of_50_with_exact_total_with_access_control_and_without(benchmark, stored, caller, row):
    runner, store = stored

    async def listed(visibility):
        """Seconds for a page and its total over what is seen."""
        async with store.read() as reader:
            started = perf_counter()
            await reader.select(ResourceQuery(), visibility, order=Order.UPDATED_DESC, after=None, first=50)
            await reader.count(ResourceQuery(), visibility)
            return perf_counter() - started

    async def seen():
        authority = Authority()
        async with store.read() as reader:
            return (await see(reader, authority, caller, NOW)).visibility()

    visibility = runner.run(seen())
    assert visibility.mask.count(ALLOWED)
    times = [(runner.run(listed(None)), runner.run(listed(visibility))) for _ in range(60)]
    without, controlled = (median(column) for column in zip(*times, strict=True))
    row("page of 50 and total: with access control ÷ without", controlled * 1e3, without * 1e3, target=1 / 1.2)
    benchmark(lambda: runner.run(listed(visibility)))
