"""Events as CloudEvents 1.0 has them on the wire."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, ValidationError

from ucs_sdk import Event
from ucs_sdk.errors import Invalid
from ucs_sdk.events import EVENT_TYPE, from_json, to_json


class Level(BaseModel):
    metres: float


EVENT = Event(
    id="7",
    source="/plugins/pump",
    type="city.pump.on.v1",
    time=datetime(2026, 7, 1, 8, 30, 0, 250_000, tzinfo=UTC),
    subject="P1",
    organization="370200",
    extensions={"traceparent": "00-1-2-01"},
    data=Level(metres=2.5),
)


def test_an_event_comes_back_from_json_as_it_was():
    assert from_json(to_json(EVENT), Level) == EVENT


def test_the_attributes_are_those_of_the_specification():
    assert to_json(EVENT) == {
        "specversion": "1.0",
        "id": "7",
        "source": "/plugins/pump",
        "type": "city.pump.on.v1",
        "time": "2026-07-01T08:30:00.250000Z",
        "datacontenttype": "application/json",
        "subject": "P1",
        "organization": "370200",
        "traceparent": "00-1-2-01",
        "data": {"metres": 2.5},
    }


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"source": None}, "source"),
        ({"time": "2026-07-01T08:30:00"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"subject": 7}, "subject"),
        ({"Trace-Parent": "x"}, "Trace-Parent"),
        ({"trace": {"a": 1}}, "trace"),
    ],
)
def test_an_attribute_that_cannot_be_is_named(changes, name):
    with pytest.raises(Invalid) as caught:
        from_json({**to_json(EVENT), **changes}, Level)
    assert (caught.value.reason, caught.value.fields["name"]) == ("EVENT_ATTRIBUTE", name)


def test_data_of_another_shape_is_refused():
    with pytest.raises(ValidationError):
        from_json({**to_json(EVENT), "data": {"feet": 3}}, Level)


@pytest.mark.parametrize(
    ("type", "sound"),
    [
        ("city.pump.on.v1", True),
        ("city.pump_two.station.started.v12", True),
        ("city.pump.v1", False),
        ("city.pump.on", False),
        ("town.pump.on.v1", False),
        ("city.pump.on.v0", False),
        ("city.pump.on.v1\n", False),
    ],
)
def test_types_of_events_name_the_plugin_what_happened_and_a_version(type, sound):
    assert bool(EVENT_TYPE.fullmatch(type)) is sound
