"""`ucs sim VERB`: what plays a part of the city against a running platform. Installed distributions may bring more."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_core.cli.storm import storm_verb
from ucs_core.cli.verb import Studied, is_studied
from ucs_sdk.behind import run_behind

GROUP = "ucs.commands.sim"


def sim(args: Sequence[str]) -> int:
    """`ucs sim`."""
    if is_studied():
        # Those of other distributions are not looked at: to ask is to run them.
        raise Studied({"storm": storm_verb()})
    return run_behind("ucs sim", GROUP, args)
