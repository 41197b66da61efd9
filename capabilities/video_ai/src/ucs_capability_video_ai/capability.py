"""The capability, and what it declares beside its functions."""

from __future__ import annotations

from ucs_capability_video_ai import records
from ucs_capability_video_ai.events import (
    DETECTED,
    INCIDENT,
    JUDGED,
    REPORT,
    CaseReport,
    IncidentJudged,
    IncidentTold,
    PictureAnalysed,
)
from ucs_sdk import Capability

video_ai = Capability("video_ai", title_zh="视频智能分析", title_en="Video AI")
records.declare(video_ai)
video_ai.emits(REPORT, CaseReport, title_zh="视频案件上报", title_en="A case is asked for")
video_ai.emits(DETECTED, PictureAnalysed, title_zh="画面识别结果", title_en="What was found in a picture")
video_ai.emits(INCIDENT, IncidentTold, title_zh="视频事件", title_en="An incident began, goes on or is over")
video_ai.emits(JUDGED, IncidentJudged, title_zh="视频事件已核查", title_en="An incident was judged")
