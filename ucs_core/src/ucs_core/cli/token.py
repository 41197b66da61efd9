"""`ucs token`: a bearer token of the demo's personas, or a fresh one from the issuer key of this machine."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ucs_core.cli.configuration import load_settings
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, number, option, run, word
from ucs_core.profile import Profile, persona_token, read_profile, read_tokens
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import FailedPrecondition, Invalid, NotFound, UcsError

LIFETIME_DEFAULT, LIFETIME_MOST = 3600, 86_400
"""How long a token that is issued here lives, in seconds."""


def token(args: Sequence[str]) -> int:
    """`ucs token`."""
    lifetime = say("issue a fresh one for so many seconds", "签发新令牌，有效期（秒）")
    verb = Verb(
        "token",
        _token,
        [
            word("who", say("a persona of the demo, or a principal's id", "演示人员，或主体标识"), required=False),
            number("--lifetime", lifetime, least=1, most=LIFETIME_MOST),
            option(
                "--key-file",
                say("the issuer's key; else UCS_KEY_FILE", "签发密钥；默认取 UCS_KEY_FILE"),
                metavar="FILE",
            ),
        ],
        summary=say(
            "Print a bearer token: the demo's for a persona; for any other principal, or with --lifetime, one that is "
            "issued with the key of this machine.",
            "输出访问令牌：演示人员的令牌直接给出；其他主体或带 --lifetime 时，用本机密钥签发。",
        ),
        examples=[
            "ucs token",
            "ucs token reviewer",
            "ucs token administrator --lifetime 600 --key-file var/token-key.pem",
        ],
    )
    return run(verb, args)


def _token(output: Output, who: str | None, lifetime: int | None, key_file: str | None) -> int:
    profile = None if key_file else read_profile()
    if lifetime is None and profile is not None and (who is None or who in read_tokens(profile)):
        who = who or profile.persona
        kept = persona_token(profile, who)
        if not _has_ended(kept):
            return _print(output, who, kept, None)
    if who is None:
        problem = say("it is needed: no profile of a demo says who", "必须给出：没有演示平台的配置档可供参考")
        raise Invalid("FIELD_INVALID", path="WHO", problem=problem)
    path = _key_path(profile, key_file)
    seconds = lifetime or LIFETIME_DEFAULT
    # Signing needs cryptography, and looking a principal up a database; a token of the profile needs neither.
    from ucs_core.access.tokens import LocalIssuer  # noqa: PLC0415

    _check(output, who, profile, path)
    issued = LocalIssuer.load_or_create(path).issue(who, lifetime=timedelta(seconds=seconds))
    return _print(output, who, issued, datetime.now(UTC) + timedelta(seconds=seconds))


def _has_ended(token: str) -> bool:
    """Whether a token says that it has ended. Nobody is let in by this: the platform verifies what it is sent."""
    try:
        segment = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        return float(claims["exp"]) <= time.time()
    except (ValueError, LookupError, TypeError):
        return False


def _key_path(profile: Profile | None, key_file: str | None) -> Path:
    """The key that signs: the one that was named, else the demo's, else this node's. A key is never made here."""
    named = load_settings(key_file=key_file).key_file
    stated = key_file or os.environ.get("UCS_KEY_FILE")
    places = [named] if stated or profile is None else [Path(profile.data) / "token-key.pem", named]
    for path in places:
        if path.exists():
            return path
    raise FailedPrecondition("KEY_FILE_MISSING", file=str(named))


def _check(output: Output, who: str, profile: Profile | None, key: Path) -> None:
    """Refuse a principal that the platform of this key does not have; say so where there is no database to look it up."""
    # The database is looked into only here, and takes its time to import.
    from ucs_core.cli.entering import check_principal  # noqa: PLC0415
    from ucs_registry.sql.urls import dialect_of  # noqa: PLC0415

    problem = say("there is no database here", "本机没有数据库")
    try:
        of_the_demo = profile is not None and key == Path(profile.data) / "token-key.pem"
        url = f"sqlite:///{profile.data}/ucs.db" if profile and of_the_demo else load_settings().database_url
        if dialect_of(url).exists():
            asyncio.run(check_principal(url, who))
            return
    except NotFound:
        raise
    except UcsError as error:
        problem = error.message(spoken_locale())
    output.note(
        say(
            f"It was not checked whether there is a principal {who!r}: {problem.rstrip('.')}.",
            f"未校验主体 {who} 是否存在：{problem.rstrip('。')}。",
        )
    )


def _print(output: Output, principal: str, issued: str, expires_at: datetime | None) -> int:
    output.line(issued)
    expiry = None if expires_at is None else expires_at.isoformat(timespec="seconds")
    output.document({"principal": principal, "token": issued, "expires_at": expiry})
    return Exit.OK
