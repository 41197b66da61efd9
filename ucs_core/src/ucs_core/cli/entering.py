"""`ucs db put`: enter principals, role assignments and policy rows on the serving machine, as an administrator."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

import click

from ucs_core.access import RoleAssignment, TokenVerifier
from ucs_core.access.log_keys import LogSigner
from ucs_core.cli.client import new_request_id
from ucs_core.cli.configuration import load_settings
from ucs_core.cli.entries import Entries, read_entries
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, flag, option, word
from ucs_core.platform import Call, Platform, build_platform
from ucs_core.platform.administration.entering import AdministrationVerbs
from ucs_core.platform.checkpoint_file import CheckpointFile
from ucs_core.settings import Settings
from ucs_registry.ports import Store
from ucs_registry.sql import open_store
from ucs_registry.sql.urls import PATIENCE, shown_url
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import NotFound

PATIENCE_SECONDS = 5.0
"""How long a check of one principal waits for the database."""


def put_verb(database: click.Option) -> Verb:
    """`ucs db put`."""
    told = say(
        "YAML: principals, assignments (principal, role, anchor) and policies; - is standard input",
        "YAML 文件：principals、assignments（principal、role、anchor）和 policies；- 表示标准输入",
    )
    by = say("the administrator in whose name it is done and logged", "以其名义执行并记入日志的管理员")
    return Verb(
        "put",
        _put,
        [
            word("file", told),
            option("--by", by, metavar="ID", required=True),
            database,
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
        ],
        summary=say(
            "Enter or replace principals, role assignments and policy rows, so that people can work on this platform. "
            "Whoever may run this on the serving machine vouches for the administrator; what is done is checked and "
            "logged like every other write.",
            "录入或替换主体、角色任命和策略，使人员可以在本平台工作。能在服务器上运行本命令者即为该管理员作保；"
            "其操作与其他写入一样经过校验并记入日志。",
        ),
        examples=["ucs db put examples/04-people.yaml --by administrator --dry-run"],
    )


def _put(output: Output, file: str, by: str, database_url: str | None, dry_run: bool) -> int:
    settings = load_settings(database_url=database_url)
    names = asyncio.run(_enter(settings, read_entries(file), by, dry_run=dry_run))
    for name in names:
        output.line(f"  {name}")
    count = len(names)
    if dry_run:
        output.line(say(f"Would enter {count}; nothing was changed.", f"将录入 {count} 项；未作任何更改。"))
    else:
        output.line(say(f"Entered {count} as principals/{by}.", f"已由 principals/{by} 录入 {count} 项。"))
    output.document({"dry_run": dry_run, "by": f"principals/{by}", "names": names})
    return Exit.OK


async def _enter(settings: Settings, entries: Entries, by: str, *, dry_run: bool) -> list[str]:
    async with acting(settings, by) as (platform, known):
        # Everything is checked before anything is entered: principals and rows are two writes.
        coming = {str(item["id"]) for item in entries.principals} - set(known)
        checked = replace(entries, assignments=[_standing(row, coming, by) for row in entries.assignments])
        names = await _write(platform.administration, checked, by, validate_only=True)
        return names if dry_run else await _write(platform.administration, entries, by, validate_only=False)


async def _write(verbs: AdministrationVerbs, entries: Entries, by: str, *, validate_only: bool) -> list[str]:
    names: list[str] = []
    rows = [row.to_rule() for row in entries.policies] + [row.to_rule() for row in entries.assignments]
    rules = [row.model_dump(mode="json") for row in rows]
    for put, items in ((verbs.put_principals, entries.principals), (verbs.put_rules, rules)):
        if items:
            call = Call(principal=by, request_id=new_request_id(), validate_only=validate_only)
            names += (await put(call, items)).names
    return names


def _standing(row: RoleAssignment, coming: Collection[str], by: str) -> RoleAssignment:
    """The row as it can be checked now: a principal that is only coming is stood in for by the administrator."""
    return replace(row, principal=by) if row.principal in coming else row


async def check_principal(url: str, principal: str) -> None:
    """Raise NotFound, with near misses, unless a database holds an enabled principal of this id."""
    async with _opened(url, patience=PATIENCE_SECONDS) as store:
        await _check_enabled(store, principal, url)


@asynccontextmanager
async def acting(settings: Settings, by: str) -> AsyncIterator[tuple[Platform, list[str]]]:
    """The platform over this machine's database, for an administrator whom whoever runs this vouches for, and the ids of
    all principals. Raises NotFound unless the administrator is one that is enabled, and FailedPrecondition where this
    machine has seen more of the log signed than the database holds: the node would not serve it, so nothing goes on it.
    """
    # A key is never made here: of a log that is signed already, it would not be the right one.
    file = settings.log_key_file
    signer = LogSigner.load_or_create(file, settings.origin) if file.exists() else None
    async with _opened(settings.database_url, signer=signer) as store:
        await CheckpointFile(settings.checkpoint_file).check(store)
        known = await _check_enabled(store, by, settings.database_url)
        # Nobody comes in by this platform's doors, so it trusts no key.
        platform = build_platform(store, TokenVerifier({}), origin=settings.origin)
        try:
            yield platform, known
        finally:
            await platform.pipeline.drain()


@asynccontextmanager
async def _opened(url: str, *, patience: float = PATIENCE, signer: LogSigner | None = None) -> AsyncIterator[Store]:
    store = await open_store(url, patience=patience, signer=signer)
    try:
        yield store
    finally:
        await store.close()


async def _check_enabled(store: Store, principal: str, url: str) -> list[str]:
    """The ids of all principals. Raises NotFound unless this one is among those that are enabled."""
    async with store.read() as reader:
        known = await reader.principals()
    enabled = [item.id for item in known if not item.disabled]
    if principal not in enabled:
        near = difflib.get_close_matches(principal, enabled, n=2)
        raise NotFound("PRINCIPAL_ABSENT", principal=principal[:64], database=shown_url(url), near=near)
    return [item.id for item in known]
