"""Makes the plugin importable from its folder, whether or not it is installed; a small tree, and assessments of it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ucs_sdk import Caller
from ucs_sdk.plugins import find_in_folder, load_plugin
from ucs_sdk.testing import Rehearsal

load_plugin(find_in_folder(Path(__file__).parents[1]), fresh=False)

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)


class Made:
    """A tree of 100 + 20 points with three kinds of evidence, and assessments by the day on which they were recorded."""

    @staticmethod
    def stated():
        """The tree as somebody states it; nothing of it is any city's."""
        return json.loads((Path(__file__).parent / "tree.json").read_text("utf-8"))

    def tree(self, **changes):
        from ucs_capability_civic_creation.indicator_tree import Tree

        return Tree.model_validate(self.stated() | changes)

    @staticmethod
    def day(number):
        return BEGIN + timedelta(days=number)

    def visit(self, id="v1", day=0, target="M1", unit="u1", region="370202", files=(), **problems):
        """A visit to a market: how many problems of which items there were, and the files that show each."""
        from ucs_capability_civic_creation.assessing import Assessment, Evidence, Result, found_at_site

        items, results = self.tree().items, []
        for code, count in problems.items():
            kept, out_of = found_at_site(items[code][1], count)
            evidence = tuple(Evidence(digest=each) for each in files)
            results.append(Result(item=code, kept=kept, out_of=out_of, problems=count, evidence=evidence))
        return Assessment(
            id=id,
            edition="qd-2026",
            version=1,
            kind="site",
            target=target,
            unit=unit,
            region=region,
            recorded_at=self.day(day),
            results=tuple(results),
        )

    def told(self, id, item, kept, out_of, day=0, target="370202", unit=""):
        """What a questionnaire or a review of documents comes to."""
        from ucs_capability_civic_creation.assessing import Assessment, Result

        return Assessment(
            id=id,
            edition="qd-2026",
            version=1,
            kind="questionnaire",
            target=target,
            unit=unit,
            region="370202",
            recorded_at=self.day(day),
            results=(Result(item=item, kept=kept, out_of=out_of),),
        )


OWN = "plugins/civic_creation"
REPORT, CHANGED = "city.case_center.report.v1", "city.civic_creation.changed.v1"
INSPECTOR, UNIT = "civic-office", "market-unit"
PLACE = {"longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}
POINT = {"code": "M1", "name": "团岛农贸市场", "point_type": "market", "region": "370202013", "unit": UNIT, **PLACE}
INTERNAL = (
    "city.civic_creation.found.v1",
    "city.civic_creation.lost.v1",
    "city.civic_creation.looked.v1",
    "city.civic_creation.decided.v1",
    "city.civic_creation.detected.v1",
)
"""What the plugin tells itself; one of them other plugins may ask with."""


class Stage(Rehearsal):
    """The plugin on a stage, with an edition, a point, and two people of two organisations."""

    def __init__(self, tree, **settings):
        super().__init__(__file__)
        self.context.settings.update(edition="qd-2026", **settings)
        self.tree = tree
        self.be(INSPECTOR, "li")
        self.publish()
        self.ask("register", POINT)
        self.ask("register", POINT | {"code": "M2", "name": "南山市场", "longitude": 120.32})

    def be(self, organization, principal):
        self.context.caller = Caller(principal=principal, organization=organization)
        return self

    def ask(self, operation, asked):
        return self.call(f"civic_creation.{operation}", asked)

    def publish(self, tree=None, **more):
        stated = {"edition": "qd-2026", "title": "示例", "assessors": [INSPECTOR], "tree": tree or self.tree}
        return self.ask("publish", stated | more)

    def file(self, text="a"):
        content = base64.b64encode(b"\xff\xd8\xff" + text.encode()).decode()
        return self.ask("attach", {"content": content, "media_type": "image/jpeg"})["digest"]

    def visit(self, reference="r1", point="M1", files=("a",), **problems):
        evidence = [self.file(each) for each in files]
        results = [{"item": item, "problems": count, "evidence": evidence} for item, count in problems.items()]
        return self.ask("visit", {"reference": reference, "edition": "qd-2026", "point": point, "results": results})

    def settle(self):
        """Deliver what the plugin has told itself, until nothing is left; as the plugin, which is its owner's."""
        before = self.context.caller
        self.be("370200", "civic_creation.plugin")
        while waiting := [each for each in self.emitted if each.type in INTERNAL]:
            for each in waiting:
                self.emitted.remove(each)
                self.deliver(each.type, each.data.model_dump(mode="json"), subject=each.subject, source=OWN)
        self.context.caller = before
        return self

    def told(self, type):
        return [each for each in self.emitted if each.type == type]

    def score(self, **asked):
        found = self.ask("scores", {"edition": "qd-2026", **asked})
        return found["standings"][0]["score"] if found["standings"] else None

    def wrong(self):
        """A problem that has to be rectified; its id."""
        (id,) = self.visit(clean=1)["rectifications"]
        self.settle()
        return id

    def hours(self, count):
        self.context.clock.advance(count * 3600)
        return self.context.clock.now().isoformat()


@pytest.fixture(scope="session")
def made():
    return Made()


@pytest.fixture
def stage(made):
    return Stage(made.stated())
