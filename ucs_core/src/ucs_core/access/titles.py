"""What people call the ready roles, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ucs_core.access.policy import MEMBER, PUBLIC
from ucs_core.access.ready import PLATFORM_ADMINISTRATOR


class Title(NamedTuple):
    """A title in both languages."""

    zh: str
    en: str


READY_TITLES: Mapping[str, Title] = {
    PLATFORM_ADMINISTRATOR: Title("平台管理员", "Platform administrator"),
    "organization_administrator": Title("机构管理员", "Organisation administrator"),
    "editor": Title("编辑", "Editor"),
    "reviewer": Title("审核员", "Reviewer"),
    "operator": Title("运维员", "Operator"),
    "auditor": Title("审计员", "Auditor"),
    "application": Title("应用", "Application"),
    "duty_officer": Title("值班员", "Duty officer"),
    MEMBER: Title("机构成员", "Member of an organisation"),
    PUBLIC: Title("社会公众", "The public"),
}
"""The titles of the roles that a platform starts with."""


def title_of(role: str) -> Title:
    """The title of a role; one that an administrator made is called by its name."""
    return READY_TITLES.get(role) or Title(role, role)
