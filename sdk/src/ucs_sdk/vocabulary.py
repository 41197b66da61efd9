"""The words of the field, as enumerations. Values travel as lower-case names, never as integers.

Sources: the government information resource catalogue (GB/T 21063 series) for the directory fields; the grading levels
L1 to L4 of DB33/T 2350-2021; GB/T 2260 and GB/T 10114 for the levels of divisions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A member of a controlled vocabulary with a title in Chinese and English."""

    title_zh: str
    title_en: str

    def __new__(cls, value: str, title_zh: str = "", title_en: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.title_zh = title_zh
        member.title_en = title_en
        return member


class ResourceKind(Term):
    """The four kinds of digital resource (四类数字资源)."""

    INFRASTRUCTURE = "infrastructure", "基础设施", "Infrastructure"
    DATA = "data", "数据", "Data"
    COMPONENT = "component", "组件服务", "Component service"
    APPLICATION = "application", "应用", "Application"


class ShareType(Term):
    """How far a resource is shared between departments (共享类型)."""

    UNCONDITIONAL = "unconditional", "无条件共享", "Shared unconditionally"
    CONDITIONAL = "conditional", "有条件共享", "Shared on condition"
    NONE = "none", "不予共享", "Not shared"


class OpenType(Term):
    """How far a resource is open to the public (开放属性)."""

    UNCONDITIONAL = "unconditional", "无条件开放", "Open unconditionally"
    CONDITIONAL = "conditional", "有条件开放", "Open on condition"
    NONE = "none", "不予开放", "Not open"


class DataLevel(Term):
    """Sensitivity, from least to most (数据分级)."""

    L1 = "l1", "不敏感", "Not sensitive"
    L2 = "l2", "低敏感", "Slightly sensitive"
    L3 = "l3", "较敏感", "Rather sensitive"
    L4 = "l4", "敏感", "Sensitive"


class UpdateCycle(Term):
    """How often the content is renewed (更新周期)."""

    REALTIME = "realtime", "实时", "Real time"
    HOURLY = "hourly", "每小时", "Hourly"
    DAILY = "daily", "每日", "Daily"
    WEEKLY = "weekly", "每周", "Weekly"
    MONTHLY = "monthly", "每月", "Monthly"
    QUARTERLY = "quarterly", "每季度", "Quarterly"
    HALF_YEARLY = "half_yearly", "每半年", "Half-yearly"
    YEARLY = "yearly", "每年", "Yearly"
    IRREGULAR = "irregular", "不定期", "Irregular"
    NEVER = "never", "不更新", "Never"


class ReviewState(Term):
    """Where a revision stands in review (审核状态)."""

    DRAFT = "draft", "草稿", "Draft"
    IN_REVIEW = "in_review", "审核中", "In review"
    APPROVED = "approved", "已通过", "Approved"
    REJECTED = "rejected", "已驳回", "Rejected"


class Availability(Term):
    """Whether a resource can be used (可用状态)."""

    OFFLINE = "offline", "未上架", "Offline"
    ONLINE = "online", "已上架", "Online"
    SUSPENDED = "suspended", "已暂停", "Suspended"
    RETIRED = "retired", "已停用", "Retired"


class DependencyRelation(Term):
    """How one resource needs another (依赖关系)."""

    CALLS = "calls", "调用", "Calls"
    READS = "reads", "读取", "Reads"
    RUNS_ON = "runs_on", "运行于", "Runs on"
    DERIVES_FROM = "derives_from", "衍生自", "Derives from"


class MemberCoding(Term):
    """How the members of a set are called (成员编码)."""

    GB28181 = "gb28181", "国标通道编码", "Channel codes of GB/T 28181"
    PLAIN = "plain", "自定编码", "Codes of any form"


class BreakKind(Term):
    """How a new version of a type refuses what the version before accepts (不兼容变更)."""

    KIND_CHANGED = "kind_changed", "资源类别已变", "Another kind of resource"
    FIELD_REQUIRED = "field_required", "字段变为必填", "A field is now required"
    FIELD_REMOVED = "field_removed", "字段被移除", "A field is no longer taken"
    TYPE_NARROWED = "type_narrowed", "值类型收窄", "Fewer types of value are taken"
    VALUE_REMOVED = "value_removed", "可选值减少", "Fewer values are taken"
    BOUND_TIGHTENED = "bound_tightened", "限值收紧", "A bound is tighter"
    PATTERN_CHANGED = "pattern_changed", "格式要求已变", "Another pattern or format"
    CODING_CHANGED = "coding_changed", "成员编码要求已变", "Other codes of members"
    UNJUDGED = "unjudged", "无法判定", "Nobody can tell from the schemas alone"


class MemberStatus(Term):
    """Whether a member of a set answers (成员状态)."""

    ONLINE = "online", "在线", "Online"
    OFFLINE = "offline", "离线", "Offline"
    UNKNOWN = "unknown", "未知", "Unknown"


class Use(Term):
    """Whether somebody may use a resource as it now is (可否使用)."""

    ALLOWED = "allowed", "可使用", "May be used"
    GRANT_NEEDED = "grant_needed", "须申请授权", "Needs a grant"
    DENIED = "denied", "不可使用", "May not be used"


class ScenarioHealth(Term):
    """Whether a scenario can do what it was composed for (场景健康状况)."""

    HEALTHY = "healthy", "正常", "Healthy"
    DEGRADED = "degraded", "降级", "Degraded"
    BROKEN = "broken", "中断", "Broken"
    UNKNOWN = "unknown", "未知", "Unknown"


class PartTrouble(Term):
    """What is wrong with a part of a scenario (组成部分的问题)."""

    OFFLINE = "offline", "未上架", "Offline"
    SUSPENDED = "suspended", "已暂停", "Suspended"
    RETIRED = "retired", "已停用", "Retired"
    DEPRECATED = "deprecated", "即将停用", "Deprecated"
    UNSEEN = "unseen", "不可见或已不存在", "Unseen or gone"


class OrganizationLevel(Term):
    """The level at which an organisation stands (层级)."""

    PROVINCE = "province", "省", "Province"
    CITY = "city", "市", "City"
    DISTRICT = "district", "区（市）", "District"
    TOWN = "town", "镇街", "Town"
    COMMUNITY = "community", "社区", "Community"
    GRID = "grid", "网格", "Grid"


class OrganizationKind(Term):
    """What an organisation is (机构类别)."""

    DIVISION = "division", "行政区划", "Division"
    DEPARTMENT = "department", "部门", "Department"
    UNIT = "unit", "单位", "Unit"
    ENTERPRISE = "enterprise", "企业", "Enterprise"
    HUB = "hub", "中枢", "Hub"


class PrincipalKind(Term):
    """Who may act (主体类别)."""

    PERSON = "person", "人员", "Person"
    APPLICATION = "application", "应用", "Application"
    HUB = "hub", "中枢", "Hub"
    PLUGIN = "plugin", "插件", "Plugin"
