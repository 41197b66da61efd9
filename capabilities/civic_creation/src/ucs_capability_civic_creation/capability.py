"""The capability, and what it declares beside its functions."""

from __future__ import annotations

from ucs_capability_civic_creation import events, records
from ucs_sdk import Capability

civic = Capability("civic_creation", title_zh="文明城市创建", title_en="Civic-city creation")
records.declare(civic)
civic.emits(events.REPORT, events.CaseReport, title_zh="整改案件上报", title_en="A case is asked for")
civic.emits(
    events.CHANGED, events.RectificationChanged, title_zh="整改状态变化", title_en="A rectification has changed"
)
civic.emits(events.DETECTED, events.Detected, title_zh="视频识别", title_en="A camera has detected something")
civic.emits(events.DECIDED, events.Decided, title_zh="线索确认", title_en="Somebody has decided upon a candidate")
civic.emits(events.FOUND, events.Found, title_zh="发现问题", title_en="Problems were found")
civic.emits(events.LOST, events.Lost, title_zh="结果撤销", title_en="A result counts no more")
civic.emits(events.LOOKED, events.Looked, title_zh="复查", title_en="A second look was taken")
