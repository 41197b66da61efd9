"""Makes the plugin importable from its folder, whether or not it is installed, and puts it on a stage."""

from pathlib import Path

import pytest

from ucs_sdk.plugins import find_in_folder, load_plugin
from ucs_sdk.testing import FakeContext, Rehearsal

load_plugin(find_in_folder(Path(__file__).parents[1]), fresh=False)

HEARD = "city.waterlogging.heard.v1"

POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1", "reference_cm": 300}],
    "gauge": "R1",
}


class Stage(Rehearsal):
    """The plugin on a stage, with a register of one point."""

    POINT = POINT

    def __init__(self, **settings):
        super().__init__(__file__)
        (capability,) = self.plugin.capabilities
        # Collections are asked as they declare, and what they do not is refused.
        self.context = FakeContext(settings=self.context.settings | settings, capability=capability)
        self.context.operations = self.plugin.operations
        self.call("waterlogging.register", POINT)

    def observe(self, *values, device="L1", point="QD-RJ", observed="depth", seconds=60):
        """Have a device read these values, each so many seconds after the one before; what became of them."""
        readings = []
        for value in values:
            self.context.clock.advance(seconds)
            at = self.context.clock.now().isoformat()
            readings.append({"point": point, "device": device, "observed": observed, "value": value, "at": at})
        return self.call("waterlogging.observe", {"observations": readings})

    def seen(self, longitude=120.4003, latitude=36.2, reporter="a", **more):
        at = self.context.clock.now().isoformat()
        place = {"longitude": longitude, "latitude": latitude, "crs": "wgs84", "region": "370213"}
        return self.call("waterlogging.report", {"reporter": reporter, "at": at, **place, **more})

    def detected(self, confidence, camera="C1", **more):
        at = self.context.clock.now().isoformat()
        place = {"longitude": 120.4, "latitude": 36.2, "crs": "wgs84", "region": "370213"}
        return self.call(
            "waterlogging.confirm", {"camera": camera, "confidence": confidence, "at": at, **place, **more}
        )

    def hear(self):
        """Deliver what was heard and not yet delivered."""
        waiting = [each for each in self.emitted if each.type == HEARD]
        for each in waiting:
            self.context.state.emitted.remove(each)
            self.deliver(HEARD, each.data.model_dump(mode="json"), subject=each.subject)

    def told(self, type):
        return [each for each in self.emitted if each.type == type]

    @property
    def place(self):
        return self.records("places")["QD-RJ"]


@pytest.fixture
def on_stage():
    """A function that puts the plugin on a stage with these settings."""
    return Stage


@pytest.fixture
def stage():
    return Stage()
