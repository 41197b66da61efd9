"""The profile: where the platform of this account's demo answers, and which tokens it gave out.

It is kept in `$XDG_STATE_HOME/ucs/profile.json` (by default `~/.local/state/ucs/profile.json`), readable by its owner
alone. The tokens themselves stay in the demo's folder.
"""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid, NotFound

DEFAULT_PERSONA = "publisher"
"""Whose token a verb takes when nobody is named: one who may look around and write, and never review its own work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where the platform answers (`host:port`), and the file with one token for each persona."""

    http: str
    grpc: str
    data: str
    tokens_file: str
    persona: str = DEFAULT_PERSONA


def profile_path() -> Path:
    """Where the profile is kept. A relative XDG_STATE_HOME is passed over, as its specification asks."""
    state = Path(os.environ.get("XDG_STATE_HOME") or "-")
    return (state if state.is_absolute() else Path.home() / ".local" / "state") / "ucs" / "profile.json"


def write_profile(http: str, grpc: str, tokens_file: Path) -> Path:
    """Write the profile for verbs that run later, replacing the one that was there; returns where it is."""
    tokens = tokens_file.resolve()
    profile = Profile(http=http, grpc=grpc, data=str(tokens.parent), tokens_file=str(tokens))
    path = profile_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file is made with mode 0600; the rename leaves no moment with half a profile.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="profile-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(profile), ensure_ascii=False, indent=2) + "\n")
    Path(name).replace(path)
    return path


def forget_profile(tokens_file: Path) -> None:
    """Remove the profile if it is still that of a demo with these tokens; a later demo's stays."""
    profile = read_profile()
    if profile is not None and profile.tokens_file == str(tokens_file.resolve()):
        profile_path().unlink(missing_ok=True)


def read_profile() -> Profile | None:
    """The profile, or None where there is none. Raises Invalid when it cannot be understood."""
    path = profile_path()
    if not path.exists():
        return None
    raw = _read_object(path)
    texts = {name: value for name, value in raw.items() if isinstance(value, str)}
    try:
        return Profile(**texts)
    except TypeError as cause:
        problem = str(cause).partition(" ")[2]
        raise Invalid("PROFILE_MALFORMED", file=str(path), problem=problem) from cause


def read_tokens(profile: Profile) -> dict[str, str]:
    """The tokens of the personas, by name. Raises Invalid when the file cannot be understood."""
    path = Path(profile.tokens_file)
    return {name: token for name, token in _read_object(path).items() if isinstance(token, str)}


def persona_token(profile: Profile, persona: str) -> str:
    """The token of one persona. Raises NotFound, with near misses, when there is none."""
    tokens = read_tokens(profile)
    if persona not in tokens:
        near = difflib.get_close_matches(persona, tokens, n=2)
        raise NotFound("PERSONA_UNKNOWN", persona=persona, file=profile.tokens_file, known=sorted(tokens), near=near)
    return tokens[persona]


def _read_object(path: Path) -> dict[str, object]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as cause:
        problem = cause.strerror if isinstance(cause, OSError) else str(cause)
        raise Invalid("PROFILE_MALFORMED", file=str(path), problem=problem) from cause
    if not isinstance(raw, dict):
        raise Invalid("PROFILE_MALFORMED", file=str(path), problem=say("it is not a JSON object", "不是 JSON 对象"))
    return raw
