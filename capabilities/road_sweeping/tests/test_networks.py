"""Networks are made once and kept within a bound."""

from ucs_capability_road_sweeping.networks import Networks
from ucs_capability_road_sweeping.records import RouteRecord
from ucs_capability_road_sweeping.segments import RoadLevel, segment_of


def route(corners):
    line = [(120.0 + index / 1_000, 36.0) for index in range(corners)]
    return RouteRecord(segments=(segment_of(code="A", name="A", level=RoadLevel.FIRST, region="370202", line=line),))


async def test_a_network_is_kept_for_each_buffer():
    networks = Networks()
    made = await networks.made("a", route(3), 20.0)
    assert networks.held("a", 20.0) is made
    assert networks.held("a", 30.0) is None
    assert networks.held("b", 20.0) is None


async def test_those_that_were_not_asked_for_longest_make_room():
    networks = Networks(corners_kept=10)
    for key in "ab":
        await networks.made(key, route(4), 20.0)
    networks.held("a", 20.0)
    await networks.made("c", route(4), 20.0)
    assert [networks.held(key, 20.0) is not None for key in "abc"] == [True, False, True]


async def test_one_that_is_made_twice_counts_once():
    networks = Networks(corners_kept=10)
    for key in "aaab":
        await networks.made(key, route(4), 20.0)
    assert len(networks) == 2


async def test_one_that_is_larger_than_the_bound_is_kept_alone():
    networks = Networks(corners_kept=10)
    await networks.made("a", route(4), 20.0)
    await networks.made("b", route(40), 20.0)
    assert len(networks) == 1
