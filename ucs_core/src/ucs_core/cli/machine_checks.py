"""What `ucs doctor` looks at beside the platform itself: libraries, room, language, the token, and who vouches for others."""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from ucs_core.cli.configuration import load_settings
from ucs_core.cli.finding import Finding, broken, doubtful, well
from ucs_core.cli.reach import find_platform
from ucs_core.settings import IssuerSettings
from ucs_registry.sql.features import POSTGRESQL_LEAST, server_version
from ucs_registry.sql.urls import dialect_of, file_of
from ucs_sdk.commands import say, spoken_locale
from ucs_sdk.errors import Unavailable

ROOMS = ("ucs-sdk", "ucs-proto", "ucs-registry", "ucs-core")

ROOM_LEAST, ROOM_WANTED = 64 * 1024**2, 512 * 1024**2
"""With how few free bytes a database soon stops, and below how many it is time to act."""

FILES_WANTED = 512
"""How many files a node should be allowed to open: each connection is one."""

TOKEN_LEFT = timedelta(minutes=10)
CERTIFICATE_LEFT = timedelta(days=30)
"""How long before its end a token and a certificate are spoken of."""

PROBE_SECONDS = 2.0

_DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_libraries(name: str) -> Finding:
    """Whether the rooms are of one version, and everything that they ask for is installed."""
    versions = {room: installed(room) for room in ROOMS}
    missing = sorted(set(_missing(room for room, found in versions.items() if found)))
    if missing:
        text = say(f"{', '.join(missing)} missing", f"缺少 {'、'.join(missing)}")
        return broken(name, text, f"pip install {' '.join(missing)}")
    if len(set(filter(None, versions.values()))) > 1:
        told = ", ".join(f"{room} {found}" for room, found in versions.items() if found)
        return broken(name, told, say("install all of one version", "请安装同一版本"))
    return well(name, f"UCS {versions['ucs-core']}")


def _missing(rooms: Iterable[str]) -> Iterator[str]:
    for room in rooms:
        for line in requires(room) or ():
            # What only an extra asks for is nobody's need here.
            found = _DISTRIBUTION.match(line)
            if found and "extra ==" not in line and installed(found[0]) is None:
                yield found[0]


def installed(distribution: str) -> str | None:
    """The version of a distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def check_server(name: str) -> Finding:
    """Whether the database server is of a version that the store was made for."""
    url = load_settings().database_url
    try:
        found = server_version(url) if dialect_of(url).exists() else None
    except Unavailable:
        # That is the finding about the database.
        return well(name, say("not looked at: the database does not answer", "未检查：数据库没有响应"))
    if found is None:
        return well(name, say("the database is a file of this machine", "数据库为本机文件"))
    told = f"PostgreSQL {'.'.join(map(str, found))}"
    if found < POSTGRESQL_LEAST:
        least = ".".join(map(str, POSTGRESQL_LEAST))
        return broken(name, told, say(f"use PostgreSQL {least} or newer", f"请使用 PostgreSQL {least} 以上版本"))
    return well(name, told)


def check_room(name: str, least: int = ROOM_LEAST, wanted: int = ROOM_WANTED) -> Finding:
    """Whether there is room on the disk for the database and the keys, and leave to write there."""
    settings = load_settings()
    places = {_standing(path) for path in (file_of(settings.database_url), settings.key_file) if path}
    closed = [str(place) for place in sorted(places) if not os.access(place, os.W_OK | os.X_OK)]
    if closed:
        shown = ", ".join(closed)
        text = say(f"this account may not write to {shown}", f"当前用户不可写入 {shown}")
        return doubtful(
            name, text, say("only a serving machine needs it: chown it", "仅运行平台的机器需要：请更改属主")
        )
    place = min(places, key=lambda each: shutil.disk_usage(each).free)
    free = shutil.disk_usage(place).free
    told = say(f"{free // 1024**2} MiB free at {place}", f"{place} 剩余 {free // 1024**2} MiB")
    advice = say(
        "make room, or move the database (UCS_DATABASE_URL); `ucs log compact` drops old bodies",
        "请清理磁盘或迁移数据库（UCS_DATABASE_URL）；`ucs log compact` 可清除旧日志正文",
    )
    if free < least:
        return broken(name, told, advice)
    return doubtful(name, told, advice) if free < wanted else well(name, told)


def _standing(path: Path) -> Path:
    """The nearest folder above a path that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def check_files(name: str, wanted: int = FILES_WANTED) -> Finding:
    """Whether this account may open as many files as a node's connections need."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = say(f"{allowed} files may be open at once", f"可同时打开 {allowed} 个文件")
    if allowed < wanted:
        return doubtful(name, told, f"ulimit -n {wanted * 8}")
    return well(name, told)


def check_language(name: str) -> Finding:
    """Whether Chinese can be written to this terminal, and which language it is spoken to in."""
    strange = {encoding for encoding in (sys.stdout.encoding, sys.getfilesystemencoding()) if not _is_utf8(encoding)}
    spoken = say("English; UCS_LOCALE=zh speaks Chinese", "中文；UCS_LOCALE=en 切换为英文")
    if strange:
        text = say(f"text is written as {', '.join(sorted(strange))}", f"文本编码为 {'、'.join(sorted(strange))}")
        return doubtful(name, text, "export LANG=C.UTF-8 PYTHONUTF8=1")
    return well(name, f"UTF-8, {spoken_locale().value}: {spoken}")


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "") in ("utf8", "utf8sig")


def check_token(name: str) -> Finding:
    """Whether the token that client verbs would send has time left."""
    token = find_platform(None, None, None).token
    if token is None:
        return well(name, say("none; UCS_TOKEN or `ucs demo` gives one", "无；可用 UCS_TOKEN 或 `ucs demo` 取得"))
    ends = _end_of(token)
    advice = say(
        "get a new one: `ucs token`, or start `ucs demo` again", "请换新令牌：`ucs token`，或重新运行 `ucs demo`"
    )
    if ends is None:
        return doubtful(name, say("it is not a token that tells its end", "无法看出令牌的有效期"), advice)
    told = say(f"it ends at {ends:%Y-%m-%dT%H:%M:%SZ}", f"有效期至 {ends:%Y-%m-%dT%H:%M:%SZ}")
    left = ends - datetime.now(UTC)
    return well(name, told) if left > TOKEN_LEFT else doubtful(name, told, advice)


def _end_of(token: str) -> datetime | None:
    """When a token says that it ends; nobody has verified it here."""
    try:
        payload = token.split(".")[1]
        stated = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return datetime.fromtimestamp(float(stated), UTC)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, OSError):
        return None


def check_issuers(name: str) -> Finding:
    """Whether the identity providers answer whose tokens are believed, and their authorities' certificates are current."""
    issuers = load_settings().issuers
    if not issuers:
        return well(name, say("none but this platform's own", "仅本平台自身"))
    wrong = [problem for issuer in issuers for problem in _troubles(issuer)]
    if wrong:
        return doubtful(
            name,
            "; ".join(wrong),
            say(
                "renew the file, or correct UCS_ISSUERS; see that its address is reached",
                "请更新证书文件或更正 UCS_ISSUERS，并确认地址可达",
            ),
        )
    return well(name, ", ".join(issuer.issuer for issuer in issuers))


def _troubles(issuer: IssuerSettings) -> Iterator[str]:
    if issuer.ca_file is not None:
        yield from _certificates(issuer.ca_file)
    parts = urlsplit(issuer.jwks_url or issuer.issuer)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with closing(socket.create_connection((parts.hostname or "", port), timeout=PROBE_SECONDS)):
            return
    except OSError:
        yield say(f"nobody answers at {parts.hostname}:{port}", f"{parts.hostname}:{port} 无响应")


def _certificates(file: Path) -> Iterator[str]:
    try:
        found: Sequence[x509.Certificate] = x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        yield f"{file}: {error.strerror}"
        return
    except ValueError:
        yield say(f"{file} holds no certificate in PEM", f"{file} 不含 PEM 证书")
        return
    ends = min(certificate.not_valid_after_utc for certificate in found)
    if ends - datetime.now(UTC) < CERTIFICATE_LEFT:
        yield say(f"a certificate in {file} ends at {ends:%Y-%m-%d}", f"{file} 中有证书于 {ends:%Y-%m-%d} 到期")
