"""A place and its water: what readings, reports, cases and the time make of it."""

from datetime import UTC, datetime, timedelta

import pytest

from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.fusion import EventState, Evidence, Severity, Source
from ucs_capability_waterlogging.places import (
    SAMPLES_MOST,
    Closure,
    Ending,
    Place,
    Rules,
    after_case,
    after_rain,
    after_reading,
    after_report,
    after_time,
)
from ucs_capability_waterlogging.sensors import Fault, Outcome, Sensor

BEGIN = datetime(2022, 9, 15, 11, 0, tzinfo=UTC)
RULES = Rules()
POINT = Place(
    code="QD-RJ",
    name="瑞金路铁路桥",
    longitude=120.4,
    latitude=36.2,
    band=3620,
    region="370213",
    sensors=(Sensor(device="L1"), Sensor(device="L2")),
    gauge="R1",
)


class Story:
    """A place to which things happen one after the other; `reports` counts what the case centre was told."""

    def __init__(self, place=POINT, rules=RULES):
        self.place, self.rules, self.now = place, rules, BEGIN
        self.reports, self.ended, self.outcome = 0, [], None

    def took(self, step):
        self.place = step.place
        self.reports += step.reported
        self.ended += [step.ended] if step.ended else []
        return step

    def reads(self, depth, device="L1", minutes=1.0):
        self.now += timedelta(minutes=minutes)
        self.outcome, step = after_reading(self.place, device, depth, self.now, self.now, self.rules)
        return self.took(step)

    def hears(self, source=Source.CITIZEN, device="a", minutes=1.0):
        self.now += timedelta(minutes=minutes)
        weight = self.rules.weighing.weight(source)
        said = Evidence(source=source, device=device, at=self.now, weight=weight)
        return self.took(after_report(self.place, said, self.now, self.rules))

    def waits(self, minutes):
        self.now += timedelta(minutes=minutes)
        return self.took(after_time(self.place, self.now, self.rules))

    def hears_of_case(self, state, closed, event=None):
        event = event or self.place.event.id
        return self.took(after_case(self.place, event, "C1", state, closed, self.now, self.rules))

    @property
    def state(self):
        return self.place.event and self.place.event.state


def test_a_storm_is_one_event_that_rises_falls_and_is_over():
    story, states = Story(), []
    for depth in [0, 5, 12, 25, 40, 70, 100, 125, 125, 110, 80, 50, 20, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]:
        story.reads(depth)
        if story.state not in states[-1:]:
            states.append(story.state)
    assert states == [None, EventState.OPEN, EventState.RISING, EventState.FALLING, None]
    (event,) = story.ended
    assert (event.id, event.peak_cm, event.severity, event.ending) == (
        "QD-RJ.1",
        125.0,
        Severity.CRITICAL,
        Ending.DRY,
    )
    # Told when it began, when it became major and when it became critical.
    assert story.reports == 3
    assert (story.place.colour, story.place.closure, story.place.goes_on) == (Colour.BLUE, Closure.NONE, False)


def test_the_second_storm_is_another_event():
    story = Story()
    for depth in [10, *[0] * 12, 10]:
        story.reads(depth)
    assert [each.id for each in story.ended] == ["QD-RJ.1"]
    assert story.place.event.id == "QD-RJ.2"


def test_what_says_nothing_new_changes_nothing():
    story = Story()
    story.reads(10.0)
    before = story.place
    step = story.reads(10.2, minutes=0.1)
    assert step.place is before
    assert not step.changed


@pytest.mark.parametrize(("minutes", "over"), [(9.9, False), (10.0, True)])
def test_an_event_is_over_when_the_road_has_been_dry_for_a_while(minutes, over):
    story = Story()
    story.reads(10)
    story.reads(0)
    story.reads(0, minutes=minutes)
    assert bool(story.ended) == over


def test_who_saw_water_after_the_sensor_went_dry_keeps_the_event_alive():
    story = Story()
    story.reads(10)
    story.reads(0)
    story.hears(minutes=5)
    story.reads(0, minutes=6)
    assert not story.ended
    story.reads(0, minutes=4)
    assert story.ended


def test_a_citizen_makes_it_suspected_and_a_second_one_open():
    story = Story()
    story.hears(device="a")
    assert (story.state, story.reports) == (EventState.SUSPECTED, 1)
    story.hears(device="a")
    assert (story.state, story.reports) == (EventState.SUSPECTED, 1)
    story.hears(device="b")
    assert (story.state, story.reports) == (EventState.OPEN, 2)


def test_sensor_video_and_citizen_are_one_event():
    story = Story()
    story.hears()
    story.hears(Source.VIDEO, "camera")
    story.reads(20)
    story.hears(device="b")
    assert story.place.events == 1
    assert {each.source for each in story.place.event.evidence} == {Source.CITIZEN, Source.VIDEO, Source.SENSOR}


def test_two_sensors_are_one_place_as_deep_as_the_deeper():
    story = Story()
    story.reads(10, "L1")
    story.reads(40, "L2")
    story.reads(12, "L1")
    assert (story.place.depth_cm, story.place.colour, story.place.events) == (40.0, Colour.RED, 1)


def test_a_device_of_another_place_is_not_known_here():
    story = Story()
    step = story.reads(40, "L9")
    assert (story.outcome, step.place) == (Outcome.UNKNOWN, POINT)


def test_nobody_closes_a_road_on_a_phone_call():
    story = Story()
    for caller in "abcdef":
        story.hears(device=caller)
    assert story.state is EventState.OPEN
    assert story.place.closure is Closure.NONE


def test_a_road_is_prepared_for_closing_when_the_water_will_soon_be_deep_and_closed_when_it_is():
    story, seen = Story(), []
    for depth in [0, 4, 8, 12, 16, 20, 24, 28, 32, 29, 27, 26, 25, 24, 23, 22]:
        story.reads(depth)
        if story.place.closure not in seen[-1:]:
            seen.append(story.place.closure)
    # When the water has just left red, its trend does not fall yet: the road is not given free in the same minute.
    assert seen == [Closure.NONE, Closure.PREPARE, Closure.CLOSE, Closure.PREPARE, Closure.NONE]


def test_water_that_stands_is_no_reason_to_prepare():
    story = Story()
    for _ in range(20):
        story.reads(20)
        assert story.place.closure is Closure.NONE


def test_a_silent_sensor_leaves_the_colour_unknown_and_the_event_alive_until_nobody_speaks():
    story = Story()
    story.reads(40)
    story.waits(15)
    assert story.place.colour is Colour.RED
    step = story.waits(0.1)
    assert (story.place.colour, step.changed, story.place.closure) == (Colour.UNKNOWN, True, Closure.NONE)
    story.waits(164.8)
    assert story.place.goes_on
    story.waits(0.1)
    assert [each.ending for each in story.ended] == [Ending.SILENT]


def test_a_stuck_sensor_neither_opens_nor_ends_an_event():
    story = Story()
    for _ in range(125):
        story.reads(10.0)
    assert story.place.sensors[0].fault is Fault.STUCK
    assert (story.place.colour, story.place.goes_on) == (Colour.UNKNOWN, True)


def test_the_case_of_an_event_is_remembered_and_ends_it_where_nobody_measures():
    story = Story()
    story.hears(Source.PATROL)
    story.hears_of_case("dispatched", closed=False)
    assert (story.place.event.case, story.place.event.case_state) == ("C1", "dispatched")
    story.hears_of_case("closed", closed=True)
    assert [each.ending for each in story.ended] == [Ending.CASE]


def test_a_closed_case_does_not_end_an_event_whose_water_still_stands():
    story = Story()
    story.reads(20)
    story.hears_of_case("closed", closed=True)
    assert story.place.event.case_state == "closed"
    assert not story.ended


@pytest.mark.parametrize(("state", "minutes", "again"), [("closed", 9, 0), ("closed", 10, 1), ("voided", 60, 0)])
def test_water_that_still_stands_after_its_case_was_closed_is_told_of_once_more(state, minutes, again):
    story = Story()
    story.reads(20)
    story.hears_of_case(state, closed=True)
    told = story.reports
    for _ in range(minutes):
        story.reads(20)
    assert story.reports - told == again
    assert (story.place.event.case == "") == bool(again)


def test_the_case_of_another_event_changes_nothing():
    story = Story()
    story.reads(20)
    before = story.place
    assert story.hears_of_case("closed", True, event="QD-RJ.7").place is before


def test_rain_of_the_last_hour_adds_up_and_leaves_it():
    place, now = POINT, BEGIN
    for minute in range(0, 61, 10):
        now = BEGIN + timedelta(minutes=minute)
        outcome, step = after_rain(place, "R1", 2.0, now, now, RULES)
        assert outcome is Outcome.TAKEN
        place = step.place
    assert place.rain_mm == 12.0
    now += timedelta(minutes=30)
    outcome, step = after_rain(place, "R1", 0.0, now, now, RULES)
    assert (outcome, step.place.rain_mm) == (Outcome.TAKEN, 6.0)


@pytest.mark.parametrize(
    ("device", "millimetres", "minutes", "outcome"),
    [
        ("R2", 1.0, 0, Outcome.UNKNOWN),
        ("R1", -0.1, 0, Outcome.ABSURD),
        ("R1", 100.1, 0, Outcome.ABSURD),
        ("R1", 1.0, 2, Outcome.FUTURE),
        ("R1", 0.0, 0, Outcome.UNCHANGED),
    ],
)
def test_rain_that_cannot_be_changes_nothing(device, millimetres, minutes, outcome):
    got, step = after_rain(POINT, device, millimetres, BEGIN + timedelta(minutes=minutes), BEGIN, RULES)
    assert (got, step.place) == (outcome, POINT)


def test_a_place_remembers_so_much_and_no_more():
    story = Story()
    for second in range(400):
        story.reads(10 + second % 7, minutes=1 / 60)
    assert len(story.place.series) == SAMPLES_MOST
    assert len(story.place.model_dump_json()) < 4_000
