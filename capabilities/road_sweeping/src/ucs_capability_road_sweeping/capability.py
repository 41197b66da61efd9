"""The capability, and what it declares beside its functions."""

from __future__ import annotations

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.events import JUDGED, REPORT, CaseReport, WindowJudged
from ucs_sdk import Capability

road_sweeping = Capability("road_sweeping", title_zh="城市道路保洁", title_en="Road sweeping")
records.declare(road_sweeping)
road_sweeping.emits(REPORT, CaseReport, title_zh="漏扫案件上报", title_en="A case is asked for")
road_sweeping.emits(JUDGED, WindowJudged, title_zh="作业时段判定", title_en="A window was judged")
