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
