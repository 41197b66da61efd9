"""A principal as people read it, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import term, titled
from ucs_core.cli.client import Answer
from ucs_core.cli.directory import bare, minute
from ucs_core.cli.verb import word
from ucs_sdk.commands import say
from ucs_sdk.vocabulary import PrincipalKind


def id_word() -> click.Argument:
    """The word by which a principal is named."""
    return word("id", say("the principal's id, such as li.na", "主体标识，如 li.na"))


def principal_card(found: Answer, roles: Sequence[Answer], grants: Sequence[Answer]) -> list[Text | Table]:
    """A principal for people, with the roles and grants that it holds."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True, style="dim")
    rows.add_column(overflow="fold")
    for label, value in _lines(found, roles, grants):
        if value:
            rows.add_row(Text(label), Text(value))
    return [Text(found["title"], "bold"), rows]


def _lines(found: Answer, roles: Sequence[Answer], grants: Sequence[Answer]) -> Iterator[tuple[str, str]]:
    organization = found["organization"]
    yield say("name", "名称"), found["id"]
    yield say("kind", "类别"), term(PrincipalKind, found["kind"])
    if organization:
        yield say("organisation", "所属机构"), f"{titled(organization['title'])} ({organization['id']})"
    else:
        yield say("organisation", "所属机构"), say("none: it sees what is public", "无：仅可见向社会开放的内容")
    yield say("state", "状态"), _state(found)
    if found["subject"]:
        identity = found["subject"]
        yield say("signs in as", "登录身份"), f"{identity['subject']} ({identity['issuer']})"
    yield say("tokens", "令牌"), _revoked(found["revoked_before"])
    for held in roles:
        yield say("role", "角色"), held["role"] + (f" @ {bare(held['anchor'])}" if held["anchor"] else "")
    for given in grants:
        until = say(" until ", "，截至 ") + minute(given["valid_until"]) if given["valid_until"] else ""
        yield say("grant", "授权"), f"{given['action']} {given['resource']}{until} ({given['id']})"


def _state(found: Answer) -> str:
    return (
        say("disabled: it may do nothing", "已停用：不能执行任何操作") if found["disabled"] else say("enabled", "启用")
    )


def _revoked(instant: str | None) -> str:
    return say(f"those issued before {instant} count no more", f"{instant} 之前签发的均已失效") if instant else ""
