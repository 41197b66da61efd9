"""Makes the plugin importable from its folder, whether or not it is installed, and puts it on a stage."""

import base64
import struct
from pathlib import Path

import pytest

from ucs_sdk.plugins import find_in_folder, load_plugin
from ucs_sdk.testing import FakeContext, Rehearsal

load_plugin(find_in_folder(Path(__file__).parents[1]), fresh=False)

DETECTED, INCIDENT, JUDGED = (f"city.video_ai.{each}.v1" for each in ("detected", "incident", "judged"))
ONE, TWO = "37021301001310000177", "37021301001310000178"
CAMERA = {
    "code": ONE,
    "name": "瑞金路桥下",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "pool": "bridges",
    "synthetic": True,
}


def head_of_jpeg(width, height, more=b""):
    """The head of a JPEG of this size, with nothing behind it."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x04ab" + frame + more + b"\xff\xda\x00\x02"


class Stage(Rehearsal):
    """The plugin on a stage, with two cameras that stand 30 m apart."""

    def __init__(self, **settings):
        plugin = load_plugin(find_in_folder(Path(__file__).parents[1]), fresh=False)
        stated = {name: each.default for name, each in plugin.manifest.settings.items()}
        context = FakeContext(settings=stated | settings, capability=plugin.capabilities[0])
        super().__init__(__file__, context=context)
        self.call("video_ai.register_camera", CAMERA)
        self.call("video_ai.register_camera", CAMERA | {"code": TWO, "name": "对面", "longitude": 120.40033})

    def found(self, *labels, code=ONE, confidence=0.9, seconds=60, **more):
        """Have a vendor's box find these labels, one after the other; what became of them."""
        answers = []
        for label in labels:
            self.context.clock.advance(seconds)
            at = self.context.clock.now().isoformat()
            finding = {"code": code, "label": label, "confidence": confidence, "at": at, **more}
            answers.append(self.call("video_ai.detected", {"vendor": "box", "findings": [finding]}))
            self.hear()
        return answers[-1]

    def hear(self):
        """Deliver what the plugin tells itself until nothing is left."""
        done = getattr(self, "_heard", 0)
        while done < len(self.emitted):
            each = self.emitted[done]
            done += 1
            if each.type in (DETECTED, INCIDENT, JUDGED):
                self.deliver(each.type, each.data.model_dump(mode="json"), subject=each.subject, id=each.id)
        self._heard = done

    def told(self, type):
        return [each.data for each in self.emitted if each.type == type]

    def incidents(self):
        return self.call("video_ai.incidents", {})["incidents"]

    def judge(self, incident, verdict):
        answer = self.call("video_ai.judge", {"incident": incident, "verdict": verdict})
        self.hear()
        return answer


@pytest.fixture
def on_stage():
    """A function that puts the plugin on a stage with these settings."""
    return Stage


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def jpeg_head():
    """A function that makes the head of a JPEG, in base64."""
    return lambda width, height: base64.b64encode(head_of_jpeg(width, height)).decode()
