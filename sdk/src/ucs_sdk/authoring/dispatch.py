"""Runs one verb behind `ucs plugin`. All installed distributions may bring some, by the group `ucs.commands.plugin`."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_sdk.behind import run_behind
from ucs_sdk.commands import say
from ucs_sdk.launcher import Discovery, tell

GROUP = "ucs.commands.plugin"


def main(words: Sequence[str], discovery: Discovery | None = None) -> int:
    """Run a verb and return its exit code."""
    return run_behind("ucs plugin", GROUP, words, discovery, missing=_tell_missing)


def _tell_missing(known: Discovery) -> None:
    if "dev" not in known.commands:
        tell(
            say(
                "The platform's verbs (dev, list, enable, …) are missing: install ucs-sdk[dev].",
                "缺少平台命令（dev、list、enable 等）：请安装 ucs-sdk[dev]。",
            )
        )
