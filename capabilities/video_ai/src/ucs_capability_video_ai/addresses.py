"""Where pictures may be had: RTSP in the networks that an administrator has named, and files of one folder.

A plugin that opens whatever address somebody enters would open doors of the inside to them. So hosts are addresses and no
names (a name may be another one tomorrow), and no address holds a password: those are the platform's secrets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit

from ucs_sdk import Invalid

Network = IPv4Network | IPv6Network

ADDRESS_MOST = 300
"""How long an address may be."""

_PLAIN = re.compile(r"[!-~]+")


def read_networks(text: str) -> tuple[Network, ...]:
    """The networks of a setting, such as `10.20.0.0/16, 127.0.0.1`. Raises Invalid for what is none."""
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as cause:
        raise Invalid.saying(
            "STREAM_NETWORKS",
            zh="设置 stream_networks 有误：{said}",
            en="The setting stream_networks is wrong: {said}",
            said=str(cause),
        ) from cause


def check_address(address: str) -> None:
    """Refuse what can never be opened. Raises Invalid; whether it may be opened here is `allowed`'s to say."""
    if not address or len(address) > ADDRESS_MOST or not _PLAIN.fullmatch(address):
        raise _refused(address, "应为可见 ASCII 字符", "it has to be of visible ASCII characters")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as cause:
        raise _refused(address, "不是网址", "it is no URL") from cause
    if parts.scheme == "file":
        _check_file(address, parts.netloc + parts.path)
        return
    if parts.scheme not in ("rtsp", "rtsps"):
        raise _refused(address, "只接受 rtsp、rtsps 和 file", "only rtsp, rtsps and file are taken")
    if "@" in parts.netloc:
        raise _refused("", "口令须存为平台机密", "a password is kept as a secret of the platform")
    if parts.query or parts.fragment or port == 0:
        raise _refused(address, "不得含查询或片段", "it has a query, a fragment or no port")
    try:
        ip_address(host or "")
    except ValueError as cause:
        raise _refused(address, "主机须为 IP 地址", "its host has to be an IP address") from cause


def _check_file(address: str, path: str) -> None:
    parts = path.split("/")
    if (
        not path
        or path.startswith("/")
        or any(each in ("", ".", "..") for each in parts)
        or "\\" in path
        or "%" in path
    ):
        raise _refused(address, "文件须在指定目录之下", "a file has to be below the folder")


def allowed(address: str, networks: Sequence[Network], folder: str) -> str:
    """What is opened for an address, here. Raises Invalid where the settings do not allow it."""
    check_address(address)
    parts = urlsplit(address)
    if parts.scheme == "file":
        if not folder:
            raise _refused(address, "未设置 files_folder", "the setting files_folder names no folder")
        root = Path(folder).resolve()
        path = (root / (parts.netloc + parts.path)).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise _refused(address, "目录中没有该文件", "there is no such file in the folder")
        return str(path)
    host = ip_address(parts.hostname or "")
    # An IPv4 address in the dress of an IPv6 one is what it is.
    plain = getattr(host, "ipv4_mapped", None) or host
    if not any(plain in each for each in networks):
        raise _refused(address, "不在 stream_networks 之内", "it lies in none of the networks of stream_networks")
    return address


def with_credential(address: str, credential: str) -> str:
    """The address with `user:password` in it, for the one who opens it and nobody else."""
    if not credential:
        return address
    user, _, password = credential.partition(":")
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


def _refused(address: str, zh: str, en: str) -> Invalid:
    return Invalid.saying(
        "STREAM_ADDRESS",
        zh="不接受视频地址 {address}：{problem_zh}。",
        en="The address {address} is not taken: {problem_en}.",
        address=address[:60],
        problem_zh=zh,
        problem_en=en,
    )
