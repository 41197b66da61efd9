"""Tables as people see them. What stands here is light: verbs that only draw one need no more of the platform."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ucs_sdk.commands import say


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table for people. Codes are kept whole, so that they can be copied, and long texts folded."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    whole = (say("CODE", "代码"), say("STATE", "状态"))
    for title in titles:
        drawn.add_column(title, overflow="fold", no_wrap=title in whole)
    for row in rows:
        drawn.add_row(*map(Text, row))
    return drawn
