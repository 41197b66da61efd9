"""Descriptions that several types share: Chinese, then English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., object])

Assignable: TypeAlias = Any
"""What the body of a class may assign to a field of any type."""

POLICY = {
    "role": "角色 · The role of which it speaks",
    "relation": "机构关系 · Where the owner must stand as seen from where the role is held",
    "kind": "资源类别，缺省为全部 · Kind; null is every kind",
    "type": "资源类型或前缀（如 video_*），缺省为全部 · Type or prefix such as video_*; null is every type",
    "share_type": "共享类型，缺省为全部 · Share type; null is every one",
    "data_level": "数据分级，缺省为全部 · Data level; null is every one",
    "open_type": "开放属性，缺省为全部 · Open type; null is every one",
    "state": "可用状态，缺省为全部 · Availability; null is every one",
    "grant": "是否需要授权 · Whether it asks for a grant",
    "action": "操作，缺省为全部 · Action; null is every action",
    "effect": "效果 · Allow or deny",
}
"""The columns of a policy."""

CONTENT = {
    "title": "标题 · Title",
    "summary": "摘要 · What it is",
    "tags": "标签 · Tags",
    "region_code": "行政区划代码 · Division code (GB/T 2260, GB/T 10114)",
    "location": "位置 · Where it is",
    "classification": "分类 · Classification",
    "provider_code": "提供方统一社会信用代码 · Provider's unified social credit code",
    "format": "信息资源格式 · Format",
    "share_type": "共享类型 · How far it is shared between departments",
    "share_condition": "共享条件 · Under which condition it is shared",
    "denial_basis": "不予共享依据 · The law or rule that forbids sharing",
    "share_mode": "共享方式 · By which way it is shared",
    "open_type": "开放属性 · How far it is open to the public",
    "open_condition": "开放条件 · Under which condition it is open",
    "data_level": "数据分级 · Sensitivity",
    "update_cycle": "更新周期 · How often it is renewed",
    "issued_on": "发布日期 · Date of issue",
    "conforms_to": "遵循标准 · Standards that it follows",
    "related_codes": "关联资源代码 · Codes of related resources",
    "dependencies": "依赖 · What it needs",
    "source": "来源 · Where it comes from",
    "synthetic": "是否为生成数据 · Whether it was generated rather than collected",
    "contact": "联系方式（需“读取”权限） · Contact; null unless readable",
    "footprint": "覆盖范围（GeoJSON 面，WGS-84） · The area that it covers, a GeoJSON polygon",
    "temporal": "内容所属时间 · The days that its content is about",
    "spec": "规格（需“读取”权限） · Specification, as its type demands; null unless readable",
}
"""The fields of a resource's content."""

ETAG = "读取时的版本标记 · The etag that you read, so that nobody's change is lost"
REASON = "理由 · The reason, for the owner to read"
REQUEST_ID = "请求号：同号同答，只生效一次 · Same id, same answer, one effect; 1 to 64 visible ASCII characters"
VALIDATE_ONLY = "仅校验，不改变任何内容 · Check everything, change nothing"
RESOURCE_ID = "资源名称 · resources/…"
FIRST = "每页条数，1 至 200，默认 20 · Page size, 1 to 200; 20 when not given"
MOST = "至多几项，1 至 200，默认 20 · How many at most, 1 to 200; 20 when not given"
AFTER = "在此游标之后 · Behind this cursor"
LAST = "取末尾若干条，1 至 200，不与 first 并用 · The last so many, 1 to 200; not together with first"
BEFORE = "在此游标之前 · Ahead of this cursor"


def content(name: str) -> Assignable:
    """An output field of a resource's content, described."""
    return strawberry.field(description=CONTENT[name])


def optional(name: str) -> Assignable:
    """An input field of a resource's content that may be left out, described."""
    return strawberry.field(description=CONTENT[name], default=strawberry.UNSET)


def policy_column(name: str) -> Assignable:
    """An output field of a policy, described."""
    return strawberry.field(description=POLICY[name])


def described(zh: str, en: str) -> Assignable:
    """A field with its description."""
    return strawberry.field(description=f"{zh} · {en}")


def resolved(zh: str, en: str) -> Callable[[Resolver], Resolver]:
    """Make a method a field with its description."""
    return cast("Callable[[Resolver], Resolver]", strawberry.field(description=f"{zh} · {en}"))


def subscribed(zh: str, en: str) -> Callable[[Resolver], Resolver]:
    """Make a generator a field of the subscription with its description."""
    return cast("Callable[[Resolver], Resolver]", strawberry.subscription(description=f"{zh} · {en}"))
