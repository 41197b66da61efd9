"""What others are told of a rectification: that it changed, and that a case is asked for."""

from __future__ import annotations

from datetime import datetime

from ucs_capability_civic_creation.events import CHANGED, REPORT, CaseReport, RectificationChanged
from ucs_capability_civic_creation.records import RectificationRecord
from ucs_sdk import Unit


def tell(unit: Unit, record: RectificationRecord, at: datetime) -> None:
    """Stage the event that a rectification stands otherwise than before."""
    told = RectificationChanged(
        rectification=record.id,
        state=record.state,
        round=record.round,
        item=record.item,
        point=record.point,
        unit=record.unit,
        region=record.region,
        at=at,
    )
    unit.emit(CHANGED, told, subject=record.id)


def ask_for_case(unit: Unit, record: RectificationRecord, at: datetime, device: str = "") -> None:
    """Ask the case centre for a case about this round of a rectification."""
    again = f"，第 {record.round} 轮整改 round {record.round}" if record.round > 1 else ""
    said = f"\n{record.note}" if record.note else ""
    report = CaseReport(
        case_type=record.case_type,
        source=record.source,
        source_id=record.source_id,
        title=f"{record.name}：{record.title}"[:200],
        description=(
            f"文明城市检查发现 {record.problems} 处问题{again}，整改期限 {record.due_at:%Y-%m-%d}。"
            f"\nAn inspection found problems: {record.problems}; to be rectified by {record.due_at:%Y-%m-%d}.{said}"
        )[:2000],
        longitude=record.longitude,
        latitude=record.latitude,
        region=record.region,
        reported_at=at,
        severity=record.severity,
        evidence=record.before,
        device=device,
    )
    unit.emit(REPORT, report, subject=record.point)
