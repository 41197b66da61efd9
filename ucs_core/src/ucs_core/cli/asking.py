"""Asking the person at the terminal before something is done."""

from __future__ import annotations

import sys

from ucs_core.cli.output import Output
from ucs_core.cli.verb import Misused
from ucs_sdk.commands import say


def confirmed(output: Output, question: str, otherwise: str) -> bool:
    """Whether the person at the terminal says yes. Raises Misused with `otherwise` where nobody can be asked."""
    if output.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(otherwise)
    output.flush()
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes", "是"):
        return True
    output.note(say("Nothing was done.", "未作任何处理。"))
    return False
