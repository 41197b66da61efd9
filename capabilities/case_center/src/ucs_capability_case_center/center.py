"""The capability itself: its name, what it keeps and what it tells. Its operations stand in the modules that import it."""

from __future__ import annotations

from ucs_capability_case_center import open311_door, records
from ucs_capability_case_center.inputs import REPORT, Report
from ucs_capability_case_center.outputs import CHANGED, Changed
from ucs_sdk import Capability, ShareType

center = Capability("case_center", title_zh="超级工单中心", title_en="Case centre")

center.emits(REPORT, Report, title_zh="案件上报", title_en="Something has to be seen to")
center.emits(CHANGED, Changed, title_zh="案件变化", title_en="A case has changed")

center.collection(
    records.CASES,
    records.CaseRecord,
    title_zh="案件",
    title_en="Cases",
    listed_by=records.LISTED_BY,
    counted_by=records.COUNTED_BY,
)
center.collection(
    records.INTAKE,
    records.IntakeRecord,
    title_zh="上报登记",
    title_en="Reports by reporter",
    listed_by=records.FOLLOWED_BY,
)
center.collection(records.CELLS, records.CellRecord, title_zh="案件网格索引", title_en="Cases by cell")
center.collection(
    records.DEVICES,
    records.DeviceRecord,
    title_zh="设备上报计数",
    title_en="Reports by device",
    listed_by=(("hour", "opened"),),
)
center.collection(records.RULES, records.RulesRecord, title_zh="派遣规则", title_en="Dispatch rules")
center.mount(open311_door.app)

# Who may be dispatched to, and who does what at the centre, is for all departments to see.
center.collection(
    records.UNITS, records.UnitRecord, title_zh="处置单位", title_en="Units", share_type=ShareType.UNCONDITIONAL
)
center.collection(
    records.ROSTER, records.RosterRecord, title_zh="值班表", title_en="Roster", share_type=ShareType.UNCONDITIONAL
)
