"""Parts of lists between two places, read from either end, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")


def spanned(
    items: Iterable[Item],
    key: Callable[[Item], Any],
    *,
    after: Any,  # noqa: ANN401 -- what the keys are
    before: Any,  # noqa: ANN401 -- what the keys are
    first: int | None,
    backward: bool = False,
    descending: bool = False,
) -> list[Item]:
    """The first so many of a list that is ordered by a key, behind one place and ahead of another; backward, the last."""
    above, below = (before, after) if descending else (after, before)
    between = (item for item in items if (above is None or key(item) > above) and (below is None or key(item) < below))
    found = sorted(between, key=key, reverse=descending)
    if first is None:
        return found
    return found[max(0, len(found) - first) :] if backward else found[:first]
