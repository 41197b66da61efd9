"""Whatever happens to a place, in whatever order: it has one event at a time, and every event is told of and ended once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from ucs_capability_waterlogging.colours import WET, Colour
from ucs_capability_waterlogging.fusion import EVIDENCE_MOST, EventState, Evidence, Source
from ucs_capability_waterlogging.places import (
    SAMPLES_MOST,
    Closure,
    Place,
    Rules,
    after_case,
    after_reading,
    after_report,
    after_time,
)
from ucs_capability_waterlogging.sensors import Sensor

BEGIN = datetime(2022, 9, 15, 11, 0, tzinfo=UTC)
RULES = Rules()
POINT = Place(
    code="P",
    name="桥",
    longitude=120.4,
    latitude=36.2,
    band=3620,
    region="370213",
    sensors=(Sensor(device="L1"), Sensor(device="L2")),
)

READS = st.tuples(
    st.just("reads"),
    st.sampled_from(["L1", "L1", "L2", "L9"]),
    st.one_of(st.sampled_from([0.0, 5.0, 30.0]), st.sampled_from([0.0, 29.9, 120.0, 9_999.0]), st.floats(-20, 600)),
    st.integers(-5, 2),
)
HEARS = st.tuples(st.just("hears"), st.sampled_from(Source), st.sampled_from("abc"), st.floats(0, 1))
CASES = st.tuples(st.just("case"), st.sampled_from(["dispatched", "closed", "voided"]), st.integers(1, 3))
WAITS = st.tuples(st.just("waits"), st.sampled_from([1, 10, 11, 16, 61, 181]))
STORIES = st.lists(st.one_of(READS, READS, HEARS, CASES, WAITS), max_size=30)


def happens(place, now, what, *, reading=after_reading):
    """What one thing makes of a place."""
    match what:
        case ("reads", device, depth, minutes):
            return reading(place, device, depth, now + timedelta(minutes=minutes), now, RULES)[1]
        case ("hears", source, device, sure):
            said = Evidence(source=source, device=device, at=now, weight=RULES.weighing.weight(source, sure))
            return after_report(place, said, now, RULES)
        case ("case", state, number):
            return after_case(place, f"P.{number}", "C", state, state != "dispatched", now, RULES)
    return after_time(place, now, RULES)


def wrongs(story, **more):
    """What is wrong in a story, in words."""
    place, now, begun, ended, reported, wrong = POINT, BEGIN, [], [], set(), []
    for what in story:
        now += timedelta(minutes=what[1] if what[0] == "waits" else 1)
        before, step = place, happens(place, now, what, **more)
        place = step.place
        if step.ended is not None:
            ended.append(step.ended.id)
            wrong += ["ended without an end"] if step.ended.state is not EventState.OVER else []
        if place.event is not None and place.event.id not in begun:
            begun.append(place.event.id)
            wrong += [] if step.reported else ["began untold"]
        if step.reported and place.event is not None:
            reported.add(place.event.id)
        seen = [
            (each.colour, each.closure, each.event and (each.event.id, each.event.state)) for each in (before, place)
        ]
        wrong += ["changed untold"] if seen[0] != seen[1] and not step.changed else []
        wrong += problems(place)
    live = [place.event.id] if place.event else []
    wrong += [] if begun == [f"P.{number + 1}" for number in range(len(begun))] else ["numbers"]
    wrong += [] if ended + live == begun else ["an event was lost, or ended twice"]
    wrong += [] if reported == set(begun) else ["untold"]
    return wrong


def problems(place):
    """What a place may never be."""
    if place.goes_on != (place.event is not None):
        yield "goes on without an event"
    if place.colour in WET and place.event is None:
        yield "water without an event"
    if place.closure is Closure.CLOSE and place.colour is not Colour.RED:
        yield "closed without deep water"
    if (place.event is not None and len(place.event.evidence) > EVIDENCE_MOST) or len(place.series) > SAMPLES_MOST:
        yield "no bound"
    if Place.model_validate_json(place.model_dump_json()) != place:
        yield "not what is kept"


@settings(max_examples=150, deadline=None)
@given(STORIES)
def test_a_place_has_one_event_at_a_time_and_each_is_told_of_and_ended_once(story):
    assert wrongs(story) == []


def test_forgetting_the_number_of_events_would_be_found():
    def forgetful(place, *reading):
        return after_reading(place.model_copy(update={"events": 0}), *reading)

    rain = ("reads", "L1", 5.0, 0)
    dry = ("reads", "L1", 0.0, 0)
    again = [rain, *[dry] * 12, rain, *[dry] * 12]
    assert wrongs(again) == []
    assert wrongs(again, reading=forgetful) != []


@pytest.mark.parametrize("ending", ["dry", "silent", "case"])
def test_the_stories_reach_every_end(ending):
    quick = settings(max_examples=5_000, deadline=None, derandomize=True, phases=[Phase.generate], database=None)
    assert find(STORIES, lambda story: ending in endings(story), settings=quick)


def endings(story):
    place, now, found = POINT, BEGIN, set()
    for what in story:
        now += timedelta(minutes=what[1] if what[0] == "waits" else 1)
        step = happens(place, now, what)
        place = step.place
        found |= {step.ended.ending.value} if step.ended else set()
    return found
