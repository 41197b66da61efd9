"""Cameras as they are kept: where they are, where their pictures come from, their presets and their plans."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ucs_capability_video_ai.capturing import CapturePlan
from ucs_capability_video_ai.detections import Detection
from ucs_capability_video_ai.incidents import Record

PRESETS_MOST, PLANS_MOST = 32, 16
"""How many presets and plans a camera has."""

CELL = 0.002
"""The width in degrees of the neighbourhoods in which incidents are looked for: about 200 m."""

Share = Annotated[float, Field(ge=0, le=1)]


class Preset(BaseModel):
    """A direction that a camera can take, under the number that it has in the camera."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1, le=255, title="编号", description="The preset's number in the camera", examples=[1])
    name: str = Field(min_length=1, max_length=60, title="名称", description="What it shows", examples=["桥下"])
    region_of_interest: tuple[Share, Share, Share, Share] = Field(
        default=(0.0, 0.0, 1.0, 1.0),
        title="关注区域",
        description="Left, top, right and bottom as shares of the picture: what lies outside is not told of",
        examples=[[0.0, 0.4, 1.0, 1.0]],
    )


class Pool(Record):
    """Cameras that belong together: those of a department, a district, or a group of a catalogue."""

    code: str
    name: str
    parent: str = ""


class Camera(Record):
    """A video channel (视频通道)."""

    code: str
    name: str
    region: str
    longitude: float | None = None
    latitude: float | None = None
    pool: str = ""
    source: str = ""
    listens: bool = False
    credential: str = ""
    presets: tuple[Preset, ...] = ()
    plans: tuple[CapturePlan, ...] = ()
    shard: int = 0
    watched: bool = False
    """Whether there is a plan and an address: whether a worker has anything to do."""

    synthetic: bool = False
    online: bool | None = None

    def interest(self, preset: int) -> tuple[float, float, float, float]:
        """What matters in the picture of a preset."""
        found = [each.region_of_interest for each in self.presets if each.number == preset]
        return found[0] if found else (0.0, 0.0, 1.0, 1.0)


def cell_of(longitude: float, latitude: float) -> tuple[int, int]:
    """The neighbourhood of a position."""
    return round(longitude / CELL), round(latitude / CELL)


def place_of(camera: Camera) -> str:
    """The key under which what a camera sees is handled in order: its neighbourhood, or itself when nobody knows where it is."""
    if camera.longitude is None or camera.latitude is None:
        return f"camera-{camera.code}"
    east, north = cell_of(camera.longitude, camera.latitude)
    return f"near-{east}-{north}"


def is_inside(box: tuple[float, float, float, float], interest: tuple[float, float, float, float]) -> bool:
    """Whether the middle of a box lies in what matters."""
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return interest[0] <= across <= interest[2] and interest[1] <= down <= interest[3]


def that_matter(detections: tuple[Detection, ...], camera: Camera, preset: int) -> tuple[Detection, ...]:
    """The detections whose middle lies in what matters at a preset."""
    interest = camera.interest(preset)
    return tuple(each for each in detections if is_inside(each.box, interest))
