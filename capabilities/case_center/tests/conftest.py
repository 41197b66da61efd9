"""A city with a case centre, its people and a unit; and cases in the hands of a test that needs no city."""

import pytest

REPORT = {
    "case_type": "road_waterlogging",
    "source": "sensor",
    "source_id": "WL-07/1",
    "title": "瑞金路铁路桥积水 40 厘米",
    "longitude": 120.38,
    "latitude": 36.07,
    "region": "370202",
}


class Center:
    """What a test does with the case centre of a city. The water bureau runs it and is its unit as well."""

    unit = "qingdao-water"
    desk, crew = "publisher", "bureau-admin"

    def __init__(self, city):
        self.city = city

    def call(self, operation, asked=None, *, as_=desk, **more):
        return self.city.invoke(f"case_center.{operation}", asked or {}, as_=as_, **more)

    def staffed(self):
        """Put everybody on the roster, and enter the unit and a rule for it."""
        roles = ["receptionist", "shift_leader", "dispatcher", "collector"]
        self.call("assign_roles", {"principal": self.desk, "roles": roles})
        self.call("enter_unit", {"unit": self.unit, "title_zh": "水务局", "title_en": "Water Bureau"})
        rule = {"id": "water", "case_type": "road_waterlogging", "region": "3702", "unit": self.unit}
        self.call("put_dispatch_rule", rule)
        return self

    def desk_of_the_city(self):
        """Somebody who may also edit what other organisations have, put on the roster."""
        self.call("assign_roles", {"principal": "platform-admin", "roles": ["dispatcher"]})
        return "platform-admin"

    def reported(self, **changes):
        """Have another plugin report something, and let it be taken in."""
        self.city.emit(
            "city.case_center.report.v1", {**REPORT, **changes}, subject=str(changes.get("source_id", "WL-07"))
        )
        self.city.settle()

    def cases(self):
        """All cases by number."""
        return {key: each["body"] for key, each in self.city.records("case_center", "cases").items()}

    def only(self):
        """The number of the only case."""
        (number,) = self.cases()
        return number

    def act(self, case, verb, *, as_=desk, **more):
        return self.call("act", {"case": case, "verb": verb, **more}, as_=as_)


@pytest.fixture
def center(city):
    return Center(city).staffed()
