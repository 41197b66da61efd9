"""What one reading of a level sensor is worth: taken, or late, from the future, absurd, doubtful, or of a sensor that is stuck.

The vocabulary is that of FloodMonitoring (smart-data-models, CC BY 4.0): `currentLevel = referenceLevel - measuredDistance`.
Depths and distances are in centimetres here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_sdk.vocabulary import Term


class Measured(Term):
    """What a reading measures."""

    DEPTH = "depth", "积水深度", "Depth of water"
    DISTANCE = "distance", "到水面距离", "Distance from the sensor down to the water or the road"


class Fault(Term):
    """Why a sensor is not believed (设备异常)."""

    NONE = "none", "正常", "None"
    ABSURD = "absurd", "读数超出量程", "Reads what no water can be"
    DOUBTFUL = "doubtful", "读数突变待证实", "Jumped, and no second reading has confirmed it"
    STUCK = "stuck", "读数长时间不变", "Has read the same for too long"
    STALE = "stale", "长时间无读数", "Has not been heard of for too long"


class Outcome(Term):
    """What became of a reading."""

    TAKEN = "taken", "已采纳", "Taken"
    UNCHANGED = "unchanged", "无变化", "Says nothing new"
    LATE = "late", "晚于已有读数", "Not later than what is known"
    FUTURE = "future", "时间在未来", "Its time is in the future"
    ABSURD = "absurd", "超出量程", "What no water can be"
    DOUBTFUL = "doubtful", "突变待证实", "A jump that a second reading must confirm"
    STUCK = "stuck", "读数不变", "The same for too long"
    UNKNOWN = "unknown", "点位或设备未登记", "Point or device not known, or not the caller's"
    THROTTLED = "throttled", "设备上报过频", "One too many of its device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is believed of a sensor. Depths are in centimetres. These are assumptions of this project, not a standard's."""

    least: float = -5.0
    """Below this no mounting error explains a depth; what lies between this and 0 is a dry road."""
    most: float = 500.0
    jump: float = 30.0
    """A change up to this is believed whenever it comes."""
    jump_each_minute: float = 20.0
    """How much more is believed for each minute since the reading before."""
    confirmed_within: float = 10.0
    """How close to a doubtful reading the next one must be to confirm it."""
    stuck: timedelta = timedelta(hours=2)
    """How long standing water may read the very same. Roads are dry for weeks: a sensor that reads no water is not stuck."""
    stale: timedelta = timedelta(minutes=15)
    ahead: timedelta = timedelta(minutes=1)
    """How far a sensor's clock may be ahead."""
    step: float = 0.5
    """A smaller change is nothing new."""
    heartbeat: timedelta = timedelta(minutes=1)
    """After this long a reading is kept although it says nothing new: it says that the sensor lives."""


class Sensor(BaseModel):
    """A level sensor of a place, and its last reading that was kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str = Field(min_length=1, max_length=64)
    reference_cm: float | None = Field(default=None, allow_inf_nan=False)
    depth_cm: float | None = None
    at: AwareDatetime | None = None
    same_since: AwareDatetime | None = None
    doubtful_cm: float | None = None
    fault: Fault = Fault.NONE

    def fault_at(self, now: datetime, limits: Limits) -> Fault:
        """Its fault at a moment: one that has not been heard of for too long is stale, whatever else it was."""
        if self.at is None or now - self.at > limits.stale:
            return Fault.STALE
        return self.fault

    def believed_at(self, now: datetime, limits: Limits) -> float | None:
        """The depth that it stands for at a moment, in centimetres; None when it is not believed."""
        return self.depth_cm if self.fault_at(now, limits) in (Fault.NONE, Fault.DOUBTFUL) else None


def depth_of(measured: Measured, value: float, reference: float | None) -> float | None:
    """The depth that a value stands for, in centimetres; None for a distance from a sensor without a reference level."""
    if measured is Measured.DEPTH:
        return value
    return None if reference is None else reference - value


def judged(sensor: Sensor, depth: float, at: datetime, now: datetime, limits: Limits) -> tuple[Outcome, Sensor]:
    """What becomes of a reading, and the sensor as it is then. The same sensor comes back when nothing is worth keeping."""
    if at - now > limits.ahead:
        return Outcome.FUTURE, sensor
    if sensor.at is not None and at <= sensor.at:
        return Outcome.LATE, sensor
    if not limits.least <= depth <= limits.most:
        absurd = sensor if sensor.fault is Fault.ABSURD else _with(sensor, fault=Fault.ABSURD)
        return Outcome.ABSURD, absurd
    depth = max(depth, 0.0)
    if _is_jump(sensor, depth, at, limits) and not _confirms(sensor, depth, limits):
        return Outcome.DOUBTFUL, _with(sensor, fault=Fault.DOUBTFUL, doubtful_cm=depth)
    return _kept(sensor, depth, at, limits)


def _kept(sensor: Sensor, depth: float, at: datetime, limits: Limits) -> tuple[Outcome, Sensor]:
    same = depth == sensor.depth_cm and sensor.same_since is not None
    since = sensor.same_since if same and sensor.same_since is not None else at
    stuck = depth > 0 and at - since >= limits.stuck
    fault = Fault.STUCK if stuck else Fault.NONE
    if sensor.at is not None and sensor.depth_cm is not None and sensor.fault is fault:
        small = abs(depth - sensor.depth_cm) < limits.step
        if small and at - sensor.at < limits.heartbeat:
            return (Outcome.STUCK if stuck else Outcome.UNCHANGED), sensor
    kept = _with(sensor, depth_cm=depth, at=at, same_since=since, doubtful_cm=None, fault=fault)
    return (Outcome.STUCK if stuck else Outcome.TAKEN), kept


def _is_jump(sensor: Sensor, depth: float, at: datetime, limits: Limits) -> bool:
    if sensor.depth_cm is None or sensor.at is None:
        return False
    minutes = (at - sensor.at) / timedelta(minutes=1)
    return abs(depth - sensor.depth_cm) > limits.jump + limits.jump_each_minute * minutes


def _confirms(sensor: Sensor, depth: float, limits: Limits) -> bool:
    return sensor.doubtful_cm is not None and abs(depth - sensor.doubtful_cm) <= limits.confirmed_within


def _with(sensor: Sensor, **changes: object) -> Sensor:
    return sensor.model_copy(update=changes)
