"""`ucs db`: bring the database up to date, say where it stands, found a platform in an empty one, enter its people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from ucs_core.cli.configuration import load_settings
from ucs_core.cli.entering import put_verb
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, one_of, option
from ucs_core.platform import system_clock
from ucs_core.platform.founding import found
from ucs_core.platform.validation import parse
from ucs_registry.organizations import NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.sql import current, latest, open_store, upgrade
from ucs_registry.sql.urls import dialect_of
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind


def db(args: Sequence[str]) -> int:
    """`ucs db VERB`."""
    verbs: Mapping[str, Callable[[], Verb]] = {
        "upgrade": _upgrade_verb,
        "current": _current_verb,
        "init": _init_verb,
        "put": lambda: put_verb(_database_option()),
    }
    return run_group("ucs db", verbs, args)


def _database_option() -> click.Option:
    help = say("the database; else UCS_DATABASE_URL", "数据库地址；默认取 UCS_DATABASE_URL")
    return option("--database-url", help, metavar="URL")


def _upgrade_verb() -> Verb:
    return Verb(
        "upgrade",
        _upgrade,
        [_database_option()],
        summary=say("Bring the tables up to what this version needs.", "将数据表升级到当前版本所需的结构。"),
        examples=["ucs db upgrade --database-url sqlite:///var/ucs.db"],
    )


def _upgrade(output: Output, database_url: str | None) -> int:
    url = load_settings(database_url=database_url).database_url
    before = _stands(url)
    _bring_up(url)
    after = current(url)
    if before == after:
        output.line(say(f"Already at {after}; nothing to do.", f"已是 {after}，无需升级。"))
    else:
        output.line(
            say(
                f"Upgraded from {before or 'nothing'} to {after}.",
                f"已从{f' {before} ' if before else '空库'}升级到 {after}。",
            )
        )
    output.document({"before": before, "after": after})
    return Exit.OK


def _stands(url: str) -> str | None:
    # Asking a SQLite file that is not there would make it.
    return current(url) if dialect_of(url).exists() else None


def _bring_up(url: str) -> None:
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    upgrade(url)


def _current_verb() -> Verb:
    return Verb(
        "current",
        _current,
        [_database_option()],
        summary=say(
            "Say at which revision the tables stand; 1 when they are behind.", "显示数据表版本；落后时退出码为 1。"
        ),
    )


def _current(output: Output, database_url: str | None) -> int:
    stands, needed = _stands(load_settings(database_url=database_url).database_url), latest()
    output.line(
        say(
            f"The tables stand at {stands or '–'}; this version needs {needed}.",
            f"数据表版本为 {stands or '–'}，当前程序需要 {needed}。",
        )
    )
    if stands != needed:
        output.note(say("`ucs db upgrade` brings them there.", "可用 `ucs db upgrade` 升级。"))
    output.document({"current": stands, "needed": needed})
    return Exit.OK if stands == needed else Exit.REFUSED


def _init_verb() -> Verb:
    top = say("id of the top organisation, such as 3702", "最上级机构的标识，如 3702")
    first = say("id of the first administrator", "首位管理员的标识")
    kind = say("what it is", "机构类别")
    return Verb(
        "init",
        _init,
        [
            _database_option(),
            option("--organization", top, metavar="ID", required=True),
            option("--title-zh", say("its title in Chinese", "机构中文名称"), metavar="TEXT", required=True),
            option("--title-en", say("its title in English", "机构英文名称"), metavar="TEXT", required=True),
            one_of("--level", say("its level", "机构层级"), OrganizationLevel, default=OrganizationLevel.CITY),
            one_of("--organization-kind", kind, OrganizationKind, default=OrganizationKind.DIVISION),
            option("--administrator", first, metavar="ID", default="administrator"),
        ],
        summary=say(
            "Found a platform in an empty database: the top organisation, the ready policies and the first administrator.",
            "在空库中初始化平台：最上级机构、预置策略和首位管理员。",
        ),
        examples=["ucs db init --organization 3702 --title-zh 青岛市 --title-en Qingdao"],
    )


def _init(
    output: Output,
    database_url: str | None,
    organization: str,
    title_zh: str,
    title_en: str,
    level: str,
    organization_kind: str,
    administrator: str,
) -> int:
    settings = load_settings(database_url=database_url)
    top = {
        "id": organization,
        "parent": None,
        "title": {"zh": title_zh, "en": title_en},
        "level": level,
        "kind": organization_kind,
    }
    kind = PrincipalKind.PERSON
    person = {"id": administrator, "kind": kind, "title": administrator, "organization": organization}
    root, principal = parse(NewOrganization, top, "organization"), parse(Principal, person, "administrator")
    _bring_up(settings.database_url)
    asyncio.run(_found(settings.database_url, settings.origin, root, principal))
    output.line(
        say(
            f"Founded with organizations/{root.id} and {principal.name}. `ucs serve` runs it; "
            f"`ucs token {principal.id}` lets its administrator in.",
            f"已初始化：organizations/{root.id}，{principal.name}。"
            f"用 `ucs serve` 运行，用 `ucs token {principal.id}` 取得管理员令牌。",
        )
    )
    output.document({"organization": f"organizations/{root.id}", "administrator": principal.name})
    return Exit.OK


async def _found(url: str, origin: str, organization: NewOrganization, administrator: Principal) -> None:
    store = await open_store(url)
    try:
        await found(store, system_clock, origin, [organization], administrator)
    finally:
        await store.close()
