"""What an algorithm finds in a picture: a label, how sure it is, and where."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ucs_sdk import Invalid
from ucs_sdk.vocabulary import Term


class Label(Term):
    """What may be found (识别标签); a city's own models may bring labels of their own."""

    STANDING_WATER = "standing_water", "积水", "Standing water"
    LITTER = "litter", "暴露垃圾", "Litter or a dropped object"
    CROWDING = "crowding", "人群聚集", "Crowding"
    TAMPERING = "tampering", "摄像机遮挡或移位", "A camera covered, blurred or turned away"


LABEL = r"^[a-z][a-z0-9_]{0,40}$"
"""What a label looks like."""


class Box(NamedTuple):
    """A part of a picture, as shares of its width and height from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Its share of the picture."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def overlap(one: Box, other: Box) -> float:
    """The intersection of two boxes over their union, from 0 to 1."""
    common = Box(
        max(one.left, other.left),
        max(one.top, other.top),
        min(one.right, other.right),
        min(one.bottom, other.bottom),
    ).area
    union = one.area + other.area - common
    return common / union if union > 0 else 0.0


Share = Annotated[float, Field(ge=0, le=1)]


class Detection(BaseModel):
    """A finding in one picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(pattern=LABEL, title="标签", description="What was found", examples=["standing_water"])
    confidence: Share = Field(title="置信度", description="How sure the algorithm is, from 0 to 1", examples=[0.9])
    box: tuple[Share, Share, Share, Share] = Field(
        default=(0.0, 0.0, 1.0, 1.0),
        title="位置",
        description="Left, top, right and bottom as shares of the picture",
        examples=[[0.1, 0.6, 0.7, 0.95]],
    )

    @model_validator(mode="after")
    def _box_is_one(self) -> Detection:
        if self.box[0] > self.box[2] or self.box[1] > self.box[3]:
            raise ValueError("the box ends before it begins")
        return self


VENDOR_LABELS: dict[str, str] = {"883": "litter", "890": "litter"}
"""What alarm codes of a common vendor are here: 883 dumping of waste, 890 exposed waste. Others keep their code."""


def label_of_vendor(code: str) -> str:
    """The label of a vendor's alarm code. Raises Invalid for one that is none."""
    if not code.isascii() or not code.isdigit() or len(code) > 8:
        raise Invalid.saying(
            "VENDOR_CODE", zh="报警码 {code} 有误。", en="{code} is no vendor's alarm code.", code=code[:20]
        )
    return VENDOR_LABELS.get(code, f"vendor_{code}")
