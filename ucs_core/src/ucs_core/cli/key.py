"""`ucs key`: the keys that sign tokens and the log, on the serving machine: which there are, a new one, an end to one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import click

from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogKey, LogSigner
from ucs_core.cli.client import new_request_id
from ucs_core.cli.configuration import load_settings
from ucs_core.cli.entering import acting
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Misused, Verb, flag, option, word
from ucs_core.demo.folder import DemoFolder
from ucs_core.platform import Call
from ucs_core.profile import read_profile
from ucs_core.settings import Settings
from ucs_registry.sql import open_store
from ucs_registry.sql.urls import dialect_of
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import FailedPrecondition

_NODE = ("UCS_CONFIG", "UCS_DATABASE_URL", "UCS_KEY_FILE", "UCS_LOG_KEY_FILE", "UCS_ORIGIN")
"""Whoever sets one of these speaks of a node of their own."""


def key(args: Sequence[str]) -> int:
    """`ucs key VERB`."""
    return run_group("ucs key", {"list": _list_verb, "rotate": _rotate_verb, "revoke": _revoke_verb}, args)


def _of_the_log() -> click.Option:
    told = say(
        "the keys that sign the log's checkpoints, not those that sign tokens", "日志检查点的签名密钥，而非令牌密钥"
    )
    return flag("--log", told, name="of_log")


def _by(*, required: bool) -> click.Option:
    told = say("the administrator in whose name it is done and logged", "以其名义执行并记入日志的管理员")
    return option("--by", told, metavar="ID", required=required)


def _key_file() -> click.Option:
    return option("--key-file", say("the file; else as this node is set", "密钥文件；默认按本节点设置"), metavar="FILE")


def _database() -> click.Option:
    return option(
        "--database-url",
        say("the database; else UCS_DATABASE_URL", "数据库地址；默认取 UCS_DATABASE_URL"),
        metavar="URL",
    )


def _list_verb() -> Verb:
    return Verb(
        "list",
        _list,
        [_of_the_log(), _key_file(), _database()],
        summary=say(
            "List the keys, the one that signs first; of the log's, the lines that verifiers need.",
            "列出密钥，当前签名密钥在最前；对日志密钥，给出校验程序所需的公钥行。",
        ),
        examples=["ucs key list", "ucs key list --log"],
    )


def _list(output: Output, of_log: bool, key_file: str | None, database_url: str | None) -> int:
    settings = _settings(key_file, database_url)
    if of_log:
        signer = LogSigner(KeyRing.load(_path(settings, key_file, of_log=True)), settings.origin)
        for each in signer.keys:
            output.line(each.verification_key)
        output.document({"keys": [_log_key(each) for each in signer.keys]})
        return Exit.OK
    ring = KeyRing.load(_path(settings, key_file, of_log=False))
    revoked = asyncio.run(_revoked(settings.database_url)) if dialect_of(settings.database_url).exists() else None
    rows = []
    for at, id in enumerate(ring.public):
        state = "signs" if at == 0 else "trusted"
        if revoked is None:
            told = ""
        elif id in revoked:
            state, told = "revoked", say("revoked", "已撤销")
        else:
            told = say("signs", "当前签名密钥") if at == 0 else say("trusted", "仍受信任")
        # An id may begin with a hyphen, a name never does.
        output.line(f"  keys/{id}  {told}".rstrip())
        rows.append({"id": id, "state": state})
    if revoked is None:
        output.note(
            say(
                "There is no database here that could tell which are revoked.", "本机没有数据库，无法得知哪些已被撤销。"
            )
        )
    output.document({"keys": rows})
    return Exit.OK


async def _revoked(url: str) -> set[str]:
    store = await open_store(url)
    try:
        async with store.read() as reader:
            return set(await reader.revoked_keys())
    finally:
        await store.close()


def _rotate_verb() -> Verb:
    return Verb(
        "rotate",
        _rotate,
        [_of_the_log(), _by(required=False), _key_file(), _database()],
        summary=say(
            "Make a new key that signs from now on; the earlier ones stay trusted until they are taken out of the file or "
            "revoked. Running nodes notice within a second. With --log, --by names the administrator in whose name the new "
            "key is announced in the log.",
            "生成新的签名密钥；原有密钥继续受信任，直至从文件中移除或被撤销。运行中的节点会在一秒内察觉。"
            "使用 --log 时，须用 --by 指明以哪位管理员的名义在日志中公布新密钥。",
        ),
        examples=["ucs key rotate", "ucs key rotate --log --by administrator"],
    )


def _rotate(output: Output, of_log: bool, by: str | None, key_file: str | None, database_url: str | None) -> int:
    settings = _settings(key_file, database_url)
    path = _path(settings, key_file, of_log=of_log)
    if not of_log:
        id = next(iter(KeyRing.rotate(path).public))
        output.line(say(f"{id} signs from now on.", f"{id} 自此用于签名。"))
        output.document({"id": id, "file": str(path)})
        return Exit.OK
    if by is None:
        raise Misused(say("The option --by is required with --log.", "使用 --log 时必须给出 --by。"))
    new = asyncio.run(_rotate_log_key(settings, path, by))
    output.line(
        say(
            f"log-keys/{new.id} signs from now on, beside the earlier ones.",
            f"log-keys/{new.id} 自此与原有密钥一同签名。",
        )
    )
    output.line(new.verification_key)
    output.document({"file": str(path), **_log_key(new)})
    return Exit.OK


async def _rotate_log_key(settings: Settings, path: Path, by: str) -> LogKey:
    """The new key, announced in a unit that it signs together with the earlier ones."""
    signer = LogSigner(KeyRing.load(path), settings.origin)
    stated = settings.model_copy(update={"log_key_file": path})
    async with acting(stated, by) as (platform, _):
        # Whether it may be announced is asked before the file changes.
        await platform.keys.announce_log_key(Call(principal=by, validate_only=True), signer.keys[0])
    new = LogSigner(KeyRing.rotate(path), settings.origin).keys[0]
    async with acting(stated, by) as (platform, _):
        await platform.keys.announce_log_key(Call(principal=by, request_id=new_request_id()), new)
    return new


def _revoke_verb() -> Verb:
    return Verb(
        "revoke",
        _revoke,
        [
            word(
                "key",
                say("the name of a key, which `ucs key list` shows", "密钥名称，可用 `ucs key list` 查看"),
                many=True,
            ),
            _by(required=True),
            _database(),
        ],
        summary=say(
            "Let no token count any more that these keys have signed, on every node at once and for ever. Rotate first, so "
            "that another key signs.",
            "使这些密钥签发的所有令牌立即在全部节点永久失效。请先轮换，使新密钥用于签名。",
        ),
        examples=["ucs key revoke keys/7Zk… --by administrator"],
    )


def _revoke(output: Output, key: Sequence[str], by: str, database_url: str | None) -> int:
    ids = [name.removeprefix("keys/") for name in key]
    settings = _settings(None, database_url)
    _check_other_signs(settings.key_file, ids)
    names = asyncio.run(_revoke_keys(settings, ids, by))
    for name in names:
        output.line(say(f"{name} counts no more.", f"{name} 已失效。"))
    output.document({"by": f"principals/{by}", "names": names})
    return Exit.OK


def _check_other_signs(file: Path, revoked: Sequence[str]) -> None:
    """Raise FailedPrecondition when every token that this machine issues from now on would be worth nothing."""
    signing = next(iter(KeyRing.load(file).public)) if file.exists() else None
    if signing in revoked:
        raise FailedPrecondition("KEY_SIGNS", key=signing, path=str(file))


async def _revoke_keys(settings: Settings, ids: Sequence[str], by: str) -> list[str]:
    async with acting(settings, by) as (platform, _):
        return (await platform.keys.revoke(Call(principal=by, request_id=new_request_id()), ids)).names


def _settings(key_file: str | None, database_url: str | None) -> Settings:
    """The settings of this node or, where nothing is stated and none was set up here, those of this account's demo."""
    settings = load_settings(database_url=database_url)
    stated = key_file or database_url or any(name in os.environ for name in _NODE)
    profile = None if stated or settings.key_file.exists() else read_profile()
    return settings if profile is None else DemoFolder(Path(profile.data)).settings


def _path(settings: Settings, stated: str | None, *, of_log: bool) -> Path:
    if stated:
        return Path(stated)
    return settings.log_key_file if of_log else settings.key_file


def _log_key(each: LogKey) -> dict[str, str]:
    return {"name": f"log-keys/{each.id}", "verification_key": each.verification_key}
