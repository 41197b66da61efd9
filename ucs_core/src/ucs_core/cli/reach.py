"""Which platform a verb speaks to, and with whose token: flags win over variables, variables over the profile."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from ucs_core.cli.verb import option
from ucs_core.profile import Profile, persona_token, profile_path, read_profile
from ucs_sdk.commands import say
from ucs_sdk.errors import FailedPrecondition, Invalid

DEFAULT_ADDRESS, DEFAULT_STREAM = "127.0.0.1:8080", "127.0.0.1:50051"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A platform's address as a URL without a path, and the bearer token for it, if there is one."""

    url: str
    token: str | None

    @property
    def place(self) -> str:
        """The address without a scheme: `host:port`."""
        return urlsplit(self.url).netloc


def reach_options() -> list[click.Parameter]:
    """The options by which every client verb finds its platform."""
    told = say(
        "the platform: host:port or a URL; else UCS_HTTP, else the demo's", "平台地址；默认取 UCS_HTTP 或演示平台"
    )
    return [option("--http", told, metavar="ADDRESS"), *_token_options()]


def stream_options() -> list[click.Parameter]:
    """The options by which verbs find their platform that speak to it over gRPC."""
    told = say("the platform: host:port; else UCS_GRPC, else the demo's", "平台地址；默认取 UCS_GRPC 或演示平台")
    return [option("--grpc", told, metavar="ADDRESS"), *_token_options()]


def _token_options() -> list[click.Parameter]:
    return [
        option(
            "--token",
            say(
                "a bearer token; better in UCS_TOKEN, where no process list shows it", "访问令牌；建议用 UCS_TOKEN 传递"
            ),
            metavar="TOKEN",
        ),
        option(
            "--as",
            say("act as one of the demo's personas, such as reviewer", "以某个演示人员的身份操作，如 reviewer"),
            metavar="PERSONA",
            name="persona",
        ),
    ]


def find_platform(http: str | None, token: str | None, persona: str | None) -> Reach:
    """The platform and the token that flags, variables and the profile name; the profile is read only where it is needed.

    A token of the profile goes to the profile's own address and nowhere else.
    """
    named = http or os.environ.get("UCS_HTTP")
    given = _clean(token or (None if persona else os.environ.get("UCS_TOKEN")))
    if named and given:
        return Reach(url=to_url(named), token=given)
    profile = read_profile()
    url = to_url(named or (profile.http if profile else DEFAULT_ADDRESS))
    return Reach(url=url, token=given or _from_profile(profile, profile.http if profile else None, url, persona))


def find_stream(grpc: str | None, token: str | None, persona: str | None) -> Reach:
    """The same for verbs that speak to a platform over gRPC: its address is in `Reach.place`."""
    named = grpc or os.environ.get("UCS_GRPC")
    given = _clean(token or (None if persona else os.environ.get("UCS_TOKEN")))
    if named and given:
        return Reach(url=_plain(named), token=given)
    profile = read_profile()
    url = _plain(named or (profile.grpc if profile else DEFAULT_STREAM))
    return Reach(url=url, token=given or _from_profile(profile, profile.grpc if profile else None, url, persona))


def _plain(address: str) -> str:
    """The URL of a gRPC address. Raises Invalid for one that asks for TLS: the token must not go there without it."""
    url = to_url(address, "--grpc")
    if url.startswith("https://"):
        problem = say(
            f"{urlsplit(url).netloc} is asked for over TLS, which this verb does not speak: give host:port, by way of a tunnel "
            "or proxy that does",
            f"{urlsplit(url).netloc} 要求 TLS，此命令不支持：请给出 主机:端口，并经由支持 TLS 的隧道或代理",
        )
        raise Invalid("FIELD_INVALID", path="--grpc", problem=problem)
    return url


def _clean(token: str | None) -> str | None:
    # What cannot stand in a header is refused here, and never repeated: it may be half of a secret.
    stripped = (token or "").strip()
    if not stripped.isascii() or not stripped.isprintable():
        problem = say("a token holds visible ASCII characters only", "令牌只能包含可见 ASCII 字符")
        raise Invalid("FIELD_INVALID", path="--token", problem=problem)
    return stripped or None


def _from_profile(profile: Profile | None, known: str | None, url: str, persona: str | None) -> str | None:
    if profile is None or known is None:
        if persona:
            raise FailedPrecondition("PROFILE_MISSING", file=str(profile_path()), persona=persona)
        return None
    if _place(to_url(known)) != _place(url):
        if persona:
            raise FailedPrecondition("TOKEN_ELSEWHERE", known=known, address=url)
        return None
    return persona_token(profile, persona or profile.persona)


def to_url(address: str, flag: str = "--http") -> str:
    """The URL of `host:port`, or of a URL. Raises Invalid for anything else."""
    url = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment:
        # Before an @ and behind a ? there may be a secret.
        shown = re.split(r"[?#]", address.rpartition("@")[2])[0]
        problem = say(
            f"{shown!r} is no address: give host:port or a URL, without a name or a password",
            f"{shown} 不是地址，应为 主机:端口 或 URL，且不含用户名和密码",
        )
        raise Invalid("FIELD_INVALID", path=flag, problem=problem)
    return url.rstrip("/")


def _place(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (parts.scheme, "127.0.0.1" if host == "localhost" else host, parts.port)


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
