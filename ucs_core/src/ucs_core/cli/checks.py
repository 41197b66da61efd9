"""What `ucs doctor` looks at: each check says how something stands and, where it is not well, what to do."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from ucs_core.access import Authority
from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogSigner
from ucs_core.cli.client import Client
from ucs_core.cli.configuration import load_settings
from ucs_core.cli.finding import Finding, Verdict, well
from ucs_core.cli.machine_checks import (
    check_files,
    check_issuers,
    check_language,
    check_libraries,
    check_room,
    check_server,
    check_token,
    installed,
)
from ucs_core.cli.output import Answered, error_text
from ucs_core.cli.reach import find_platform, is_loopback, to_url
from ucs_core.platform.checkpoint_file import CheckpointFile
from ucs_core.profile import profile_path, read_profile, read_tokens
from ucs_core.settings import Settings
from ucs_registry.sql import current, latest, open_store
from ucs_registry.sql.features import missing_sqlite_features, sqlite_version
from ucs_registry.sql.places import displaced
from ucs_registry.sql.record_checks import miscounted
from ucs_registry.sql.shown_tags import mislabelled
from ucs_registry.sql.strays import strays
from ucs_registry.sql.urls import dialect_of, shown_url
from ucs_sdk.commands import say, spoken_locale
from ucs_sdk.errors import Code, FailedPrecondition, UcsError, Unavailable
from ucs_sdk.launcher import Discovery, discover
from ucs_sdk.messages import Phrase

CLOCK_SECONDS_MOST = 5.0
"""How far this clock and the platform's may be apart before tokens begin to fail."""

PROBE_SECONDS = 2.0

ROWS_SHOWN = 5
"""How many of the policy rows that are set aside are named."""


def findings() -> Iterator[Finding]:
    """Everything that is looked at, in order. A check that stumbles over an error is a finding of its own.

    An error that another check was stopped by already, as a setting that nobody can read stops most, is told once.
    """
    told: set[str] = set()
    for name, check in CHECKS.items():
        try:
            yield check(name)
        except (UcsError, Answered) as error:
            text = error_text(error)
            if text in told:
                yield well(name, say("not looked at: see above", "未检查：原因见上"))
            else:
                told.add(text)
                yield Finding(name=name, verdict=Verdict.FAIL, text=text)


def check_python(name: str) -> Finding:
    """Which Python this is; an older one than UCS needs would not have come as far as this."""
    return well(name, f"{'.'.join(map(str, sys.version_info[:3]))}, {sys.prefix}")


def check_distributions(name: str) -> Finding:
    """Whether the policy language is here, and only once: two distributions write the same module."""
    wanted, rival = installed("pycasbin"), installed("casbin")
    if rival is not None:
        text = say(f"casbin {rival} overwrites pycasbin", f"casbin {rival} 覆盖了 pycasbin")
        return Finding(
            name=name,
            verdict=Verdict.FAIL,
            text=text,
            advice="pip uninstall casbin pycasbin && pip install 'pycasbin>=2.8,<3'",
        )
    if wanted is None:
        advice = "pip install 'pycasbin>=2.8,<3'"
        return Finding(name=name, verdict=Verdict.FAIL, text=say("pycasbin is missing", "缺少 pycasbin"), advice=advice)
    return well(name, f"pycasbin {wanted}")


def check_sqlite(name: str) -> Finding:
    """Whether the SQLite library has what the store leans on."""
    missing = missing_sqlite_features()
    if not missing:
        return well(name, sqlite_version())
    text = say(f"{sqlite_version()} lacks {', '.join(missing)}", f"{sqlite_version()} 缺少 {', '.join(missing)}")
    advice = say(
        "use a Python with SQLite 3.35 or newer, or PostgreSQL", "请改用带 SQLite 3.35 以上的 Python 或 PostgreSQL"
    )
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)


def check_verbs(name: str, discovery: Discovery | None = None) -> Finding:
    """Whether every installed distribution brought its verbs."""
    found = discovery or discover()
    if not found.problems:
        return well(name, say(f"{len(found.commands)} verbs", f"{len(found.commands)} 个命令"))
    text = "; ".join(f"{problem.entry_point} ({problem.distribution}): {problem.why}" for problem in found.problems)
    advice = say("update or remove these distributions", "请更新或卸载相应的发行包")
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)


def check_profile(name: str) -> Finding:
    """Whether the demo's profile can be read, and by its owner alone."""
    profile, path = read_profile(), profile_path()
    if profile is None:
        return well(name, say("none; `ucs demo` writes one", "无；`ucs demo` 会写入"))
    tokens = read_tokens(profile)
    exposed = [str(file) for file in (path, Path(profile.tokens_file)) if file.stat().st_mode & 0o077]
    if exposed:
        text = say(f"others may read {', '.join(exposed)}", f"其他用户可读取 {', '.join(exposed)}")
        return Finding(name=name, verdict=Verdict.WARN, text=text, advice=f"chmod 600 {' '.join(exposed)}")
    return well(name, f"{path}: {profile.http}, {', '.join(tokens)}")


def check_database(name: str) -> Finding:
    """Whether the database answers and its tables are those that this version needs."""
    url = load_settings().database_url
    shown = shown_url(url)
    if not dialect_of(url).exists():
        text = say(f"{shown} is not there; only a serving machine needs it", f"{shown} 不存在；仅运行平台的机器需要")
        return Finding(name=name, verdict=Verdict.WARN, text=text, advice="ucs db upgrade")
    try:
        stands, needed = current(url), latest()
    except Unavailable:
        text = say(f"{shown} does not answer", f"{shown} 没有响应")
        advice = say("start the database, or correct UCS_DATABASE_URL", "请启动数据库，或更正 UCS_DATABASE_URL")
        return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)
    if stands == needed:
        return well(name, f"{shown}: {stands}")
    text = say(
        f"{shown} stands at {stands or '–'}, {needed} is needed", f"{shown} 的版本为 {stands or '–'}，需要 {needed}"
    )
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice="ucs db upgrade")


def check_rows(name: str) -> Finding:
    """Whether all that is kept of resources belongs to one and agrees: what only an edit past the platform, or a broken disk,
    undoes.
    """
    url = load_settings().database_url
    if not dialect_of(url).exists() or current(url) != latest():
        return well(name, say("not looked at: there is no database to read", "未检查：没有可读取的数据库"))
    found, moved = asyncio.run(strays(url)), asyncio.run(_contradicted(url))
    if moved and not found:
        told = ", ".join(f"{table}: {count}" for table, count in moved.items())
        text = say(
            f"lists are read from rows that resources or records contradict ({told})",
            f"列表所用记录与资源或业务记录不一致（{told}）",
        )
        advice = say("put the last backup back in place", "请恢复最近一次备份")
        return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)
    if not found:
        return well(name, say("none refers to nothing", "没有悬空引用"))
    told = ", ".join(f"{column}: {count}" for column, count in found.items())
    text = say(f"rows refer to what is not there ({told})", f"有记录引用了不存在的对象（{told}）")
    advice = say("put the last backup back in place", "请恢复最近一次备份")
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)


async def _contradicted(url: str) -> dict[str, int]:
    """How many rows that lists are read from say something else than the resources and their content, by where they stand."""
    return await displaced(url) | await mislabelled(url) | await miscounted(url)


def check_policies(name: str) -> Finding:
    """Whether every policy row of a database that can be read is one that the platform can decide by."""
    url = load_settings().database_url
    if not dialect_of(url).exists() or current(url) != latest():
        return well(name, say("not looked at: there is no database to read", "未检查：没有可读取的数据库"))
    count, aside = asyncio.run(_policies(url))
    if not aside:
        return well(name, say(f"{count} rows", f"{count} 条"))
    rows = "; ".join(f"{id}: {problem.worded(spoken_locale())}" for id, problem in aside[:ROWS_SHOWN])
    rest = (
        ""
        if len(aside) <= ROWS_SHOWN
        else say(f"; {len(aside) - ROWS_SHOWN} more", f"；另有 {len(aside) - ROWS_SHOWN} 条")
    )
    text = say(f"{len(aside)} of {count} rows are set aside: {rows}", f"{count} 条中有 {len(aside)} 条未生效：{rows}")
    advice = say(
        "enter each again under the same id, put right, with `ucs db put FILE --by ADMINISTRATOR`",
        "请更正后以相同编号重新录入：`ucs db put FILE --by ADMINISTRATOR`",
    )
    return Finding(name=name, verdict=Verdict.WARN, text=f"{text}{rest}", advice=advice)


async def _policies(url: str) -> tuple[int, Sequence[tuple[str, Phrase]]]:
    """How many rows there are, and those that were set aside, each with the reason."""
    store = await open_store(url)
    try:
        async with store.read() as reader:
            snapshot = await Authority().at(reader)
            return len(await reader.rules()), snapshot.quarantined
    finally:
        await store.close()


def check_key(name: str) -> Finding:
    """Whether the issuer's key is its owner's alone."""
    path = load_settings().key_file
    if not path.exists():
        return well(name, say(f"none at {path} yet; `ucs serve` makes one", f"{path} 尚无密钥；`ucs serve` 会生成"))
    if path.stat().st_mode & 0o077:
        text = say(f"others may read {path}", f"其他用户可读取 {path}")
        return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=f"chmod 600 {path}")
    return well(name, str(path))


def check_log(name: str) -> Finding:
    """Whether the log's key is its owner's alone, and the database holds the log that this machine has seen signed."""
    settings = load_settings()
    path, url = settings.log_key_file, settings.database_url
    if path.exists() and path.stat().st_mode & 0o077:
        text = say(f"others may read {path}", f"其他用户可读取 {path}")
        return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=f"chmod 600 {path}")
    if not dialect_of(url).exists() or current(url) != latest():
        return well(name, say("not looked at: there is no database to read", "未检查：没有可读取的数据库"))
    signed, continued = asyncio.run(_log_stands(settings))
    if path.exists() and continued:
        return well(name, str(path))
    if not signed:
        return well(name, say(f"none at {path} yet; `ucs serve` makes one", f"{path} 尚无密钥；`ucs serve` 会生成"))
    if not path.exists():
        text = say(f"the log is signed, and its key is not at {path}", f"日志已签名，但 {path} 处没有日志密钥")
    else:
        text = say(
            f"no key in {path} has signed the end of the log, so nothing can be written",
            f"{path} 中没有签署日志末尾的密钥，无法写入",
        )
    advice = say(
        "put the platform's key file there, or name it with UCS_LOG_KEY_FILE; see that UCS_ORIGIN is what it was",
        "请放回本平台的日志密钥文件，或用 UCS_LOG_KEY_FILE 指定；并核对 UCS_ORIGIN 未变",
    )
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)


async def _log_stands(settings: Settings) -> tuple[bool, bool]:
    """Whether the log is signed, and whether a key of this machine signed its end.

    Raises FailedPrecondition unless the log contains what this machine's checkpoint file has seen, and where its last
    entries are not signed for.
    """
    store = await open_store(settings.database_url)
    try:
        await CheckpointFile(settings.checkpoint_file).check(store)
        async with store.read() as reader:
            position, found = reader.head.position, await reader.checkpoints()
    finally:
        await store.close()
    if found and found[-1].size < position:
        raise FailedPrecondition("LOG_ENTRIES_UNSIGNED", position=position, signed=found[-1].size)
    file = settings.log_key_file
    signer = LogSigner(KeyRing.load(file), settings.origin) if file.exists() else None
    return bool(found), signer is not None and (not found or signer.trusts(found[-1].note))


def check_http(name: str) -> Finding:
    """Whether a platform answers over HTTP, and takes the token; or whether its port is free."""
    reach = find_platform(None, None, None)
    try:
        with Client(reach) as client:
            viewer = client.ask("{ viewer { id } }")["viewer"]["id"]
    except UcsError as error:
        if error.reason == "PLATFORM_UNREACHABLE":
            return _silent(name, reach.url)
        advice = say("another program listens there: choose another address", "该地址被其他程序占用，请另选地址")
        return Finding(name=name, verdict=Verdict.FAIL, text=error_text(error), advice=advice)
    except Answered as error:
        if error.code is not Code.UNAUTHENTICATED:
            raise
        text = say(f"{reach.url} answers; {error.text}", f"{reach.url} 有响应；{error.text}")
        return Finding(name=name, verdict=Verdict.WARN, text=text)
    return well(name, say(f"{reach.url} answers {viewer}", f"{reach.url} 有响应，身份为 {viewer}"))


def check_grpc(name: str) -> Finding:
    """Whether something answers at the gRPC address, or whether its port is free."""
    profile = read_profile()
    url = to_url(os.environ.get("UCS_GRPC") or (profile.grpc if profile else "127.0.0.1:50051"))
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PROBE_SECONDS):
            return well(name, say(f"{parts.netloc} answers", f"{parts.netloc} 有响应"))
    except OSError:
        return _silent(name, url)


def _silent(name: str, url: str) -> Finding:
    """What it means that nobody answers: on this machine the port is free, elsewhere something is wrong."""
    place = urlsplit(url).netloc
    if is_loopback(url):
        return well(name, say(f"{place} is free; no platform runs here", f"{place} 空闲；本机未运行平台"))
    advice = say("check the address, the network and the platform", "请检查地址、网络和平台")
    text = say(f"nobody answers at {place}", f"{place} 无响应")
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)


def check_clock(name: str) -> Finding:
    """Whether this clock agrees with the platform's."""
    reach = find_platform(None, None, None)
    now = datetime.now(UTC)
    try:
        date = httpx2.head(reach.url, timeout=PROBE_SECONDS, trust_env=False).headers.get("Date")
    except httpx2.HTTPError:
        date = None
    if date is None:
        return well(name, f"{now:%Y-%m-%dT%H:%M:%SZ}")
    apart = abs((now - parsedate_to_datetime(date)).total_seconds())
    if apart <= CLOCK_SECONDS_MOST:
        return well(name, f"{now:%Y-%m-%dT%H:%M:%SZ}")
    text = say(f"{apart:.0f} s apart from the platform's", f"与平台时钟相差 {apart:.0f} 秒")
    return Finding(name=name, verdict=Verdict.WARN, text=text, advice=say("let NTP set it", "请用 NTP 校时"))


CHECKS: dict[str, Callable[[str], Finding]] = {
    "python": check_python,
    "libraries": check_libraries,
    "casbin": check_distributions,
    "sqlite": check_sqlite,
    "verbs": check_verbs,
    "language": check_language,
    "room": check_room,
    "files": check_files,
    "profile": check_profile,
    "token": check_token,
    "database": check_database,
    "server": check_server,
    "rows": check_rows,
    "policies": check_policies,
    "key": check_key,
    "log": check_log,
    "issuers": check_issuers,
    "http": check_http,
    "grpc": check_grpc,
    "clock": check_clock,
}
"""What is looked at, by name."""
