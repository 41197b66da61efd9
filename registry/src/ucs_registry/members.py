"""Member sets: what a resource fronts by the thousand, such as the channels of a camera pool."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from ucs_registry.canonical import PLAIN_TEXT, plain_json_problem
from ucs_registry.organizations import Text
from ucs_registry.resources import Point
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import MemberStatus

MEMBERS_MOST = 1_000_000
"""How many members one set may hold: what a filter may have to look through."""

ATTRIBUTES_MOST = 4_096
"""How many bytes the attributes of a member may take, as JSON in UTF-8."""

MemberCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
"""What tells a member from the others of its set; it stands in the member's name."""


class MemberTitle(BaseModel):
    """What people call a member: in Chinese, and in English where somebody has said it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Text
    en: Text | None = None


class NewMember(BaseModel):
    """What is said of a member when it is entered or replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: MemberCode
    title: MemberTitle
    location: Point | None = None
    region_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")] | None = None
    status: MemberStatus = MemberStatus.UNKNOWN
    attributes: dict[str, Any] = Field(default_factory=dict)

    @field_validator("attributes")
    @classmethod
    def _small_and_plain(cls, attributes: dict[str, Any]) -> dict[str, Any]:
        if attributes:
            check_attributes(attributes)
        return attributes


class Member(BaseModel):
    """A member of the set of one resource, as it stands."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: MemberTitle
    location: Point | None = None
    region_code: str | None = None
    status: MemberStatus = MemberStatus.UNKNOWN
    attributes: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime
    updated_at: datetime


class MemberFilter(BaseModel):
    """Which members of a set: every stated part must hold.

    `prefix` begins the code, `region` the division's code; `text` occurs in a title, case apart.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PLAIN_TEXT)] | None = None
    status: MemberStatus | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")] | None = None
    text: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN_TEXT)] | None = None

    def holds(self, member: Member) -> bool:
        """Whether a member is one of those."""
        return (
            member.code.startswith(self.prefix or "")
            and self.status in (None, member.status)
            and (self.region is None or (member.region_code or "").startswith(self.region))
            and (self.text is None or self.text.casefold() in folded(member.title))
        )


def folded(title: MemberTitle) -> str:
    """A title as it is looked through: in both languages, without regard to case."""
    return f"{title.zh}\n{title.en or ''}".casefold()


def member_name(resource: str, code: str) -> str:
    """The name of a member on the wire; `resource` is the id of the resource that fronts it."""
    return f"resources/{resource}/members/{code}"


def check_attributes(attributes: dict[str, Any]) -> None:
    """Raise Invalid for attributes that no store could keep, or that are too large."""
    problem = plain_json_problem(attributes)
    if problem is None:
        size = len(orjson.dumps(attributes))
        if size <= ATTRIBUTES_MOST:
            return
        problem = Phrase("attributes-too-large", size=size, limit=ATTRIBUTES_MOST)
    raise Invalid("FIELD_INVALID", path="attributes", problem=problem)
