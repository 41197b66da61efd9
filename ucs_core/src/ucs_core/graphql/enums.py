"""The vocabulary as GraphQL enums. Values travel as the field's own lower-case names: `unconditional`, never a number.

strawberry reads an enum from a note on its class, and where there is none it makes up its own. So the types of the schema
take the vocabulary from here, where the notes are made; to everybody else the classes are what they were.
"""

from __future__ import annotations

from enum import EnumMeta, StrEnum
from typing import Protocol, cast

import strawberry

from ucs_core.access.actions import Action
from ucs_core.access.policy import Effect, GrantNeed, Relation
from ucs_core.platform import ChangeType, PluginState
from ucs_core.platform.reviews import ReviewDecision
from ucs_registry.graph import Direction as WalkDirection
from ucs_registry.log import Outcome
from ucs_registry.queries import Dimension, Order
from ucs_sdk.declarations import Effect as OperationEffect
from ucs_sdk.vocabulary import (
    Availability,
    BreakKind,
    DataLevel,
    DependencyRelation,
    MemberCoding,
    MemberStatus,
    OpenType,
    OrganizationKind,
    OrganizationLevel,
    PartTrouble,
    PrincipalKind,
    ResourceKind,
    ReviewState,
    ScenarioHealth,
    ShareType,
    Term,
    UpdateCycle,
    Use,
)

__all__ = [
    "Action",
    "Availability",
    "BreakKind",
    "ChangeType",
    "DataLevel",
    "DependencyRelation",
    "Dimension",
    "Effect",
    "GrantNeed",
    "MemberCoding",
    "MemberStatus",
    "OpenType",
    "OperationEffect",
    "Order",
    "OrganizationKind",
    "OrganizationLevel",
    "Outcome",
    "PartTrouble",
    "PluginState",
    "PrincipalKind",
    "Relation",
    "ResourceKind",
    "ReviewDecision",
    "ReviewState",
    "ScenarioHealth",
    "ShareType",
    "UpdateCycle",
    "Use",
    "WalkDirection",
]


class _Value(Protocol):
    name: str
    description: str | None


class _Definition(Protocol):
    values: list[_Value]


def _enter(enumeration: EnumMeta, name: str, description: str, titles: dict[str, str]) -> None:
    strawberry.enum(enumeration, name=name, description=description, graphql_name_from="value")
    definition = cast("_Definition", vars(enumeration)["__strawberry_definition__"])
    for value in definition.values:
        value.description = titles[value.name]


def _enter_terms(terms: type[Term], description: str) -> None:
    titles = {term.value: f"{term.title_zh} · {term.title_en}" for term in terms}
    _enter(terms, terms.__name__, description, titles)


def _enter_words(words: type[StrEnum], name: str, description: str, **titles: str) -> None:
    _enter(words, name, description, titles)


_enter_terms(ResourceKind, "资源类别 · The four kinds of digital resource")
_enter_terms(ShareType, "共享类型 · How far it is shared between departments")
_enter_terms(OpenType, "开放属性 · How far it is open to the public")
_enter_terms(DataLevel, "数据分级 · Sensitivity, from least to most")
_enter_terms(UpdateCycle, "更新周期 · How often the content is renewed")
_enter_terms(ReviewState, "审核状态 · Where a revision stands in review")
_enter_terms(Availability, "可用状态 · Whether a resource can be used")
_enter_terms(MemberStatus, "成员状态 · Whether a member of a set answers")
_enter_terms(Use, "可否使用 · Whether you may use a resource as it now is")
_enter_terms(ScenarioHealth, "场景健康状况 · Whether a scenario can do what it was composed for")
_enter_terms(PartTrouble, "组成部分的问题 · What is wrong with a part of a scenario")
_enter_terms(OrganizationLevel, "层级 · The level at which an organisation stands")
_enter_terms(OrganizationKind, "机构类别 · What an organisation is")
_enter_terms(PrincipalKind, "主体类别 · Who may act")
_enter_terms(DependencyRelation, "依赖关系 · How one resource needs another")
_enter_terms(MemberCoding, "成员编码 · How the members of a set are called")
_enter_terms(BreakKind, "不兼容变更 · How a new version of a type refuses what the version before takes")
_enter_words(
    Order,
    "ResourceOrder",
    "排序 · How a list is sorted; ties are broken by the id",
    updated_desc="最近更新在前 · Last changed first",
    updated_asc="最早更新在前 · Last changed last",
    title_zh="按中文标题 · By Chinese title",
    title_en="按英文标题 · By English title",
    code="按资源代码 · By code",
    created_desc="最近创建在前 · Last entered first",
    created_asc="最早创建在前 · Last entered last",
    title_zh_desc="按中文标题，倒序 · By Chinese title, the last first",
    title_en_desc="按英文标题，倒序 · By English title, the last first",
    code_desc="按资源代码，倒序 · By code, the last first",
    submitted="按提交审核时间，最早在前（限待审核列表） · Submitted first; only for what awaits review",
)
_enter_words(
    OperationEffect,
    "OperationEffect",
    "操作的效果 · Whether an operation changes anything",
    read="只读 · It changes nothing",
    write="有变更 · It may change something, and takes a request id",
)
_enter_words(
    PluginState,
    "PluginState",
    "插件状态 · How a plugin stands on the node that answers",
    running="运行中 · Enabled, and it answers",
    starting="启动中 · Enabled, and being loaded",
    failed="失败 · Enabled, and it could not be loaded or started, or is not installed here",
    disabled="已停用 · Was enabled, and is not any more",
    installed="已安装 · Installed, and never enabled",
)
_enter_words(
    Dimension,
    "Dimension",
    "分面维度 · What resources are counted by",
    kind="资源类别 · Kind",
    type="资源类型 · Type",
    owner="所属机构 · Owner, by id",
    share_type="共享类型 · Share type",
    data_level="数据分级 · Data level",
    open_type="开放属性 · Open type",
    district="区县：行政区划代码前六位 · District: what the division's code begins with, up to six digits",
    availability="可用状态 · Availability",
)
_enter_words(
    Outcome,
    "Outcome",
    "结果 · What became of a mutating call",
    accepted="已接受 · Accepted",
    refused="已拒绝 · Refused",
)
_enter_words(
    Action,
    "Action",
    "操作 · What a caller may be allowed to do",
    discover="发现 · See the card",
    read="读取 · See specification and contact",
    invoke="调用 · Call it",
    create="创建 · Enter a new one",
    edit="编辑 · Write a revision",
    submit="提交 · Hand a draft to the reviewers",
    review="审核 · Approve or reject",
    operate="运维 · Bring online, take offline",
    retire="停用 · End it for good",
    administer="管理 · Administer",
    audit="审计 · Read the log and explain decisions",
)
_enter_words(
    Relation,
    "Relation",
    "机构关系 · Where the owner stands as seen from the organisation at which a role is held",
    own="本机构 · That organisation",
    subtree="本机构及下级 · That organisation or one below it",
    ancestors="本机构及上级 · That organisation or one above it",
    any="任意机构 · Any owner, and the platform itself",
)
_enter_words(
    GrantNeed,
    "GrantNeed",
    "是否需要授权 · Whether a policy counts by itself",
    none_needed="无需授权 · It counts by itself",
    required="需要授权 · It counts with a live grant on the resource",
)
_enter_words(
    Effect,
    "Effect",
    "效果 · What a policy does where it matches; one deny outweighs every allow",
    allow="允许 · Allows",
    deny="禁止 · Denies",
)
_enter_words(
    ChangeType,
    "ChangeType",
    "变更类型 · What a change is to whoever subscribes",
    added="进入可见范围 · It came into sight",
    modified="已变更 · It changed, in sight before and after",
    removed="离开可见范围 · It went out of sight",
    progress="进度：此位置之前再无更多 · No change: nothing more is to come up to this position",
)
_enter_words(
    ReviewDecision,
    "ReviewDecision",
    "审核决定 · What a reviewer decides",
    approve="通过 · Make the revision the current one",
    reject="驳回 · Send it back, with the reason",
)
_enter_words(
    WalkDirection,
    "WalkDirection",
    "遍历方向 · Which way a walk through the graph goes",
    up="向上：依赖它的资源 · To what needs the resource",
    down="向下：它所需的资源 · To what the resource needs",
)
