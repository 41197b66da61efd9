"""What a caller may see, as a read model judges by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ucs_registry.read_model.showing import Judged
from ucs_registry.shapes import Eyes
from ucs_registry.visibility import WITH_GRANT, Visibility

NOT_WORKING = frozenset({"invoke"})
"""What one may do to a resource without working on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """One visibility of a caller; without `judged` it takes grants to judge by it, at every instant anew."""

    visibility: Visibility
    judged: Judged | None


@dataclass(frozen=True, slots=True, eq=False)
class ReadModelEyes:
    """What a caller may see: for the database behind the model, and for the model. `granted` are those visibilities by which a
    grant could show it anything.
    """

    behind: Eyes
    discover: Eye
    read: Eye | None
    work: tuple[Eye, ...]
    granted: tuple[Visibility, ...]


def eyes_of(behind: Eyes, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> ReadModelEyes:
    """The eyes of a caller; `behind` are those for the database."""
    sees, reads = _eye(discover), None if read is None else _eye(read)
    works = tuple(_eye(each) for each in work if each.action not in NOT_WORKING)
    every = (sees, *((reads,) if reads else ()), *works)
    granted = tuple(each.visibility for each in every if each.judged is None)
    return ReadModelEyes(behind, sees, reads, works, granted)


def _eye(visibility: Visibility) -> Eye:
    needs = bool(visibility.grantees) and WITH_GRANT in visibility.mask
    return Eye(visibility, None if needs else Judged(visibility, ()))
