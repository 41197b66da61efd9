"""The words of the case centre, as enumerations. Values travel as lower-case names.

Sources: the parts of GB/T 30428 for the loop, its roles and its counters (titles and field names); Open311 GeoReport v2 for
what is told to the public.
"""

from __future__ import annotations

from ucs_sdk.vocabulary import Term


class CaseState(Term):
    """Where a case stands in the loop (案件状态). Whether its clock is suspended is a flag beside it."""

    REPORTED = "reported", "上报", "Reported"
    VERIFYING = "verifying", "核实", "Being verified"
    ACCEPTED = "accepted", "受理", "Accepted"
    FILED = "filed", "立案", "Filed"
    DISPATCHED = "dispatched", "派遣", "Dispatched"
    DISPOSING = "disposing", "处置", "Being handled"
    CHECKING = "checking", "核查", "Being checked"
    CLOSED = "closed", "结案", "Closed"
    REJECTED = "rejected", "不予受理或不予立案", "Rejected"
    VOIDED = "voided", "作废", "Voided"

    @property
    def is_final(self) -> bool:
        """Whether a case ends here."""
        return self in (CaseState.CLOSED, CaseState.REJECTED, CaseState.VOIDED)


OPEN_STATES = tuple(state for state in CaseState if not state.is_final)
"""The states in which somebody still has to do something."""


class Role(Term):
    """Who acts on a case (岗位). `SYSTEM` is the case centre itself, where a case type lets it go ahead by rule."""

    COLLECTOR = "collector", "监督员", "Collector"
    RECEPTIONIST = "receptionist", "受理员", "Receptionist"
    SHIFT_LEADER = "shift_leader", "值班长", "Shift leader"
    DISPATCHER = "dispatcher", "派遣员", "Dispatcher"
    PROFESSIONAL_UNIT = "professional_unit", "专业部门", "Professional unit"
    SUPERVISOR = "supervisor", "督察", "Supervisor of handling"
    SYSTEM = "system", "系统", "The case centre itself"


DESK_ROLES = frozenset(Role) - {Role.PROFESSIONAL_UNIT, Role.SYSTEM}
"""The roles that the roster gives to people. A unit's people are known by their organisation, and nobody is the system."""


class Verb(Term):
    """What is done to a case (办理动作)."""

    SEND_TO_VERIFY = "send_to_verify", "发核实", "Send to be verified"
    VERIFY = "verify", "核实属实", "Find it true"
    REFUTE = "refute", "核实不属实", "Find it untrue"
    ACCEPT = "accept", "受理", "Accept"
    REFUSE = "refuse", "不予受理或不予立案", "Refuse"
    FILE = "file", "立案", "File"
    DISPATCH = "dispatch", "派遣", "Dispatch"
    REDISPATCH = "redispatch", "重新派遣", "Dispatch to another unit"
    BEGIN = "begin", "开始处置", "Begin to handle"
    DISPOSE = "dispose", "处置反馈", "Report it handled"
    SEND_TO_CHECK = "send_to_check", "发核查", "Send to be checked"
    CHECK = "check", "核查通过", "Find it handled"
    REWORK = "rework", "返工", "Have it done again"
    CLOSE = "close", "结案", "Close"
    RESUME = "resume", "恢复", "Resume"
    SUPERVISE = "supervise", "督办", "Supervise"
    REPLY = "reply", "督办回复", "Reply to a supervision"
    ASK_EXTENSION = "ask_extension", "申请延时", "Ask for more time"
    ASK_RETURN = "ask_return", "申请回退", "Ask to give it back"
    ASK_SUSPENSION = "ask_suspension", "申请挂账", "Ask to suspend it"
    ASK_VOIDING = "ask_voiding", "申请作废", "Ask to void it"
    ASK_SELF_HANDLING = "ask_self_handling", "申请自处理", "Say that it was fixed on the spot"
    GRANT = "grant", "同意申请", "Grant the request"
    DENY = "deny", "驳回申请", "Deny the request"


class Source(Term):
    """Where a report comes from (诉求渠道)."""

    SENSOR = "sensor", "物联感知", "Sensor"
    VIDEO = "video", "视频智能识别", "Video analysis"
    CITIZEN = "citizen", "公众举报", "Member of the public"
    PATROL = "patrol", "巡查上报", "Patrol"
    HOTLINE = "hotline", "热线", "Hotline"
    SYSTEM = "system", "系统转入", "Another system"


class Severity(Term):
    """How grave a matter is (案件等级), the gravest last."""

    GENERAL = "general", "一般", "General"
    MAJOR = "major", "较大", "Major"
    CRITICAL = "critical", "重大", "Critical"

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return list(Severity).index(self)


class TimeLight(Term):
    """How much of a limit has passed (红黄绿灯), the worst last."""

    GREEN = "green", "绿灯", "Green"
    YELLOW = "yellow", "黄灯", "Yellow"
    RED = "red", "红灯", "Red"

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return list(TimeLight).index(self)


class LimitUnit(Term):
    """What a limit is counted in (时限单位)."""

    MINUTE = "minute", "分钟", "minutes"
    HOUR = "hour", "小时", "hours"
    DAY = "day", "天", "days"
    WORKING_HOUR = "working_hour", "工作时", "working hours"
    WORKING_DAY = "working_day", "工作日", "working days"

    @property
    def is_working(self) -> bool:
        """Whether only working time counts."""
        return self in (LimitUnit.WORKING_HOUR, LimitUnit.WORKING_DAY)


class Condition(Term):
    """What must be so before a case is filed or closed (立案条件、结案条件)."""

    LOCATED = "located", "位置明确", "its place is known"
    DESCRIBED = "described", "问题描述清楚", "it is described"
    EVIDENCED = "evidenced", "有现场证据", "there is evidence of it"
    VERIFIED = "verified", "已核实属实", "somebody has found it true"
    DISPOSED = "disposed", "部门已反馈处置结果", "the unit has reported it handled"
    CHECKED = "checked", "核查通过", "somebody has found it handled"
    SHOWN_AFTER = "shown_after", "有处置后证据", "there is evidence of how it looks now"
    ANSWERED = "answered", "督办均已回复", "every supervision has been replied to"
