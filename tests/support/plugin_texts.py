"""The texts of a small sound plugin, which tests put their mistakes into."""

MANIFEST = """\
name = "pump"
api_level = 1
title = { zh = "泵站", en = "Pumps" }
summary = { zh = "泵站状态。", en = "The state of pumps." }
"""

PROJECT = """\
[project]
name = "ucs-capability-pump"
version = "1.2.0"
dependencies = ["ucs-sdk"]

[project.entry-points."ucs.plugins"]
pump = "ucs_capability_pump"
"""

HEAD = """\
from collections.abc import AsyncIterator

from pydantic import BaseModel, Field

from ucs_sdk import Capability, Change, Context, Event, Health, Objection, hookimpl


class Level(BaseModel):
    metres: float = Field(ge=0, title="水位", description="Metres above the sill")


pump = Capability("pump", title_zh="泵站", title_en="Pumps")


@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [pump]


"""
