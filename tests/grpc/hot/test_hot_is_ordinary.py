"""The hot way answers as the ordinary one does: everything in made-up worlds, for everybody in them, on both databases."""

from itertools import product

import pytest
from asked_worlds import KNOWN, REGIONS, TAGS, UNKNOWN

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.access.actions import Action
from ucs_core.grpc.rendered import RenderedResources
from ucs_core.platform.elements import ElementAnswers, Rights

ORDERS = [value.number for value in finding_pb2.ResourceOrder.DESCRIPTOR.values]


def lists(chance):
    """Lists of many kinds: in every order, filtered by chance."""
    filters = [
        {},
        {"kind": "RESOURCE_KIND_DATA"},
        {"kind": "RESOURCE_KIND_APPLICATION", "tags": [chance.choice(TAGS)]},
        {"tags": [chance.choice(TAGS)]},
        {"owner_subtree": chance.choice(["3702", "water", "nowhere"])},
        {"region": chance.choice([region for region in REGIONS if region])},
        {"search": chance.choice(["水", "water", "积水", "~", "…"])},
        {"awaiting_review": True},
        {"affected_by_deprecation": True},
        {"any_of": [{"kind": "RESOURCE_KIND_DATA"}, {"tags": [chance.choice(TAGS)]}]},
    ]
    for order, stated in product(ORDERS, chance.sample(filters, k=1)):
        yield api.ListResourcesRequest(
            order_by=order,
            page_size=chance.choice([0, 1, 3, 10, 200]),
            filter=finding_pb2.ResourceFilter(**stated),
        )


async def differences(ways, chance):
    """How the two ways differ over a world."""
    names = ways.world.names
    some = [api.GetResourceRequest(name=name) for name in chance.sample(names, k=15)]
    asked = [(who, "Get", request) for who, request in product((*KNOWN, *UNKNOWN), some)]
    for who in (*KNOWN, UNKNOWN[0]):
        strange = chance.choice(["resources/" + "7" * 26, "nonsense", "", names[0].lower(), names[0].partition("/")[2]])
        asked.append((who, "Get", api.GetResourceRequest(name=strange)))
        batches = [chance.choices(names, k=chance.randint(1, 3)) for _ in range(4)]
        asked += [(who, "BatchGet", api.BatchGetResourcesRequest(names=batch)) for batch in batches]
        asked += [(who, "List", request) for request in lists(chance)]
    # What is kept of the first time serves the second.
    asked += chance.sample(asked, k=50)
    return [difference for each in asked if (difference := await ways.differ(*each))]


@pytest.mark.parametrize("model", [False, True], ids=["database", "memory"])
async def test_both_ways_lead_to_the_same_answers(ways, database, findings, model):
    chance = findings.random(database.partition(":")[0])
    async with ways(database, chance, model=model) as both:
        found = await differences(both, chance)
        findings.tried += both.answered.total()
        findings.expect_none(found)
        assert min(both.answered[method] for method in ("Get", "BatchGet", "List")) > 10, both.answered
        assert not model or both.store.elements.answered > both.answered.total() // 2


class SeesAll(ElementAnswers):
    """The twin: everybody may read whatever they may discover."""

    def _rights(self, profile, snapshot, element):
        return super()._rights(profile, snapshot, element)._replace(read=True)


class SeesTheHidden(ElementAnswers):
    """The twin: what exists may be discovered."""

    def _rights(self, profile, snapshot, element):
        return Rights(discover=True, read=False, work=False)


class GrantsItself(ElementAnswers):
    """The twin: takes it that there is a grant wherever one would help."""

    def _rights(self, profile, snapshot, element):
        element.held = frozenset(map(str, Action))
        return super()._rights(profile, snapshot, element)


class ForgetsWhoAsks(RenderedResources):
    """The twin: what was rendered for one serves everybody."""

    def key(self, rated):
        return (super().key(rated)[0], True, True)


@pytest.mark.parametrize(
    "broken",
    [{"answers": SeesAll}, {"answers": SeesTheHidden}, {"answers": GrantsItself}, {"rendered": ForgetsWhoAsks}],
    ids=lambda broken: next(iter(broken.values())).__name__,
)
@pytest.mark.parametrize("model", [False, True], ids=["database", "memory"])
async def test_a_way_that_errs_is_caught(ways, sqlite_url, findings, broken, model):
    chance = findings.random("twin")
    async with ways(sqlite_url, chance, **broken, model=model) as both:
        findings.expect_caught(str(broken), await differences(both, chance))
