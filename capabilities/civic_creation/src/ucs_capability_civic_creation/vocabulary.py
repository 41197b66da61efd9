"""The words of civic-city creation, as enumerations. Values travel as lower-case names."""

from __future__ import annotations

from ucs_sdk.vocabulary import Term


class Part(Term):
    """To which part of the indicators a project belongs (指标类别)."""

    BASE = "base", "基本指标", "Base indicators"
    FEATURE = "feature", "特色指标", "Feature indicators"


class EvidenceKind(Term):
    """How a check item is assessed (测评方式)."""

    SITE = "site", "实地考察", "Visit to the site"
    QUESTIONNAIRE = "questionnaire", "问卷调查", "Questionnaire"
    DOCUMENTS = "documents", "材料审核", "Review of documents"


class RectificationState(Term):
    """Where a rectification stands (整改状态)."""

    OPEN = "open", "待整改", "To be rectified"
    RECTIFIED = "rectified", "待复查", "Rectified, to be checked again"
    CLOSED = "closed", "复查通过", "Checked again and closed"
    VOIDED = "voided", "已撤销", "Voided, its evidence was withdrawn"


class RectificationVerb(Term):
    """What is done to a rectification (整改动作)."""

    RECTIFY = "rectify", "整改反馈", "Report it rectified"
    HANDLED = "handled", "案件结案", "Its case was closed"
    PASS = "pass", "复查通过", "Find it rectified"
    FAIL = "fail", "复查不通过", "Find it not rectified"
    VOID = "void", "撤销", "Void it"


class CandidateState(Term):
    """Where what a camera has detected stands (线索状态)."""

    WAITING = "waiting", "待确认", "Waits for a person"
    CONFIRMED = "confirmed", "已确认", "Confirmed"
    DISMISSED = "dismissed", "已排除", "Dismissed"


class GroupBy(Term):
    """For whom scores are told (统计口径)."""

    CITY = "city", "全市", "The city"
    DISTRICT = "district", "区市", "Districts"
    UNIT = "unit", "责任单位", "Responsible units"
    POINT = "point", "点位", "Points"


class Severity(Term):
    """How grave a matter is (问题等级), as the case centre has it."""

    GENERAL = "general", "一般", "General"
    MAJOR = "major", "较大", "Major"
    CRITICAL = "critical", "重大", "Critical"


class Source(Term):
    """Who found it, as the case centre has it (来源)."""

    PATROL = "patrol", "实地检查", "Patrol"
    VIDEO = "video", "视频智能识别", "Video analysis"
