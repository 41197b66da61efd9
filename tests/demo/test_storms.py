"""The storms: what is cited is said as it was told, all else is made up from a seed and labelled."""

import re

import pytest

from ucs_core.cli.storm.people import LOOK_MINUTES
from ucs_core.cli.storm.script import beats
from ucs_core.demo.capabilities import wanted
from ucs_core.demo.geography import outlines
from ucs_core.demo.personas import principals
from ucs_core.demo.storms import STORM_MINUTES, registered, spots, storms

CITED = [("19:32", "QD-RJ-RAIL", 177.0), ("19:32", "QD-TH-RAIL", 125.0)]
CLOSED = {"孟庄路铁路桥", "沧台路胶二桥洞", "镇平路铁路桥", "遵义路铁路桥", "海岸路铁路桥", "瑞金路铁路桥", "海琴广场"}


@pytest.mark.parametrize("seed", [0, 1, 20220915])
def test_the_cited_depths_are_said_at_their_minute_whatever_the_seed(seed):
    said = {(beat.clock, each.spot.code): each.depth for beat in beats(storms(), seed) for each in beat.readings}
    assert [said[clock, code] for clock, code, _ in CITED] == [depth for *_, depth in CITED]
    assert all(said["19:32", f"QD-QH-{number}"] > 10 for number in (1, 2, 3))


def test_the_same_seed_is_the_same_storm_and_another_is_another():
    assert list(beats(storms(), 7)) == list(beats(storms(), 7))
    assert list(beats(storms(), 7)) != list(beats(storms(), 8))


def test_the_story_lasts_two_hours_and_each_storm_leaves_its_places_dry():
    minutes = list(beats(storms(), 1))
    assert len(minutes) == 2 * STORM_MINUTES == 120
    for storm in storms():
        own = [each for each in minutes if each.storm == storm]
        assert all(each.depth == 0 for beat in (own[0], own[-1]) for each in beat.readings)
        wet = {each.spot.code for beat in own for each in (*beat.readings, *beat.sightings)}
        assert wet == {each.spot.code for each in storm.floods}


def test_nobody_calls_any_more_when_a_crew_leaves_a_crossing_without_a_sensor():
    spoken = [flood.seen for storm in storms() for flood in storm.floods if not flood.spot.measured]
    assert spoken
    assert all(end - start <= LOOK_MINUTES for start, end in spoken)


def test_the_roads_that_were_closed_are_those_of_the_source():
    second = storms()[1]
    named = {each.spot.zh for each in second.floods if each.spot.source}
    assert named == CLOSED
    assert "未写年份" in second.zh
    assert "leaves open" in second.en


def test_what_has_no_source_says_that_it_is_made_up():
    for spot in spots().values():
        if not spot.source:
            assert "合成" in spot.zh
            assert re.search("synthetic", spot.en, re.IGNORECASE)
    assert all(point["synthetic"] for point in registered())


def test_places_lie_in_their_division_and_apart():
    found = list(spots().values())
    assert all(outlines()[each.region].contains(each.longitude, each.latitude) for each in found)
    apart = [
        (one.code, other.code)
        for one in found
        for other in found
        if one.code < other.code
        and abs(one.longitude - other.longitude) < 0.004
        and abs(one.latitude - other.latitude) < 0.003
    ]
    assert apart == []


def test_capabilities_are_filled_by_people_and_organisations_of_the_demo(tree):
    people = {person.id for person in principals()}
    for stated in wanted().values():
        assert stated["owner"] in tree
        for each in stated["calls"]:
            assert each["as"] in people
            assert each["asked"].get("unit", stated["owner"]) in tree
            assert each["asked"].get("principal", each["as"]) in people
    assert len(wanted()["waterlogging"]["calls"]) == len(registered()) == 16
