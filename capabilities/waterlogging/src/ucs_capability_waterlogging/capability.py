"""The capability, and what it declares beside its functions."""

from __future__ import annotations

from ucs_capability_waterlogging import records, sensorthings
from ucs_capability_waterlogging.events import (
    CHANGED,
    HEARD,
    PROPOSED,
    REPORT,
    CaseReport,
    LevelChanged,
    PlaceChanged,
    WaterHeard,
)
from ucs_sdk import Capability

waterlogging = Capability("waterlogging", title_zh="易积水点管理", title_en="Waterlogging points")
records.declare(waterlogging)
waterlogging.emits(REPORT, CaseReport, title_zh="积水案件上报", title_en="A case is asked for")
waterlogging.emits(CHANGED, PlaceChanged, title_zh="积水点位变化", title_en="A place has changed")
waterlogging.emits(HEARD, WaterHeard, title_zh="积水上报", title_en="Somebody has told of water")
waterlogging.emits(PROPOSED, LevelChanged, title_zh="响应等级建议变化", title_en="Another level is proposed")
waterlogging.mount(sensorthings.app)
