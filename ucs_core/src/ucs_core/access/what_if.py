"""What an edit of access would change: who gains and who loses what, over every principal, action and resource."""

from __future__ import annotations

from dataclasses import dataclass

from ucs_core.access.actions import Action
from ucs_core.access.snapshot import Decision
from ucs_registry.resources import AccessAttributes


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceLine:
    """What one principal (an id) gains and loses of one action: how many resources, and some of them by name.

    Organisations are counted apart; the platform itself counts as one of them.
    """

    principal: str
    action: Action
    gained: int
    lost: int
    resources_gained: tuple[str, ...] = ()
    resources_lost: tuple[str, ...] = ()
    organizations_gained: int = 0
    organizations_lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that an edit would change, counted in triples (principal, action, resource), exactly, and a page of its lines.

    `version` is the access version that the edit was held against; `principals` how many gain or lose anything. `lines`
    are in the order of principal and action, each with its cursor; `more` and `earlier` say whether others stand behind
    them and ahead of them.
    """

    version: int
    gained: int
    lost: int
    principals: int
    organizations_gained: int
    organizations_lost: int
    lines: tuple[DifferenceLine, ...]
    cursors: tuple[str, ...]
    more: bool
    earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What somebody holds for right: that a principal (an id) may, or may not, do something.

    `resource` is the name of one, with the grants on it, or the attributes of one that need not exist, without any.
    """

    principal: str
    action: Action
    resource: str | AccessAttributes
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """An expectation, the decision that was found, and whether it is as expected."""

    # pytest takes every class of such a name for a test.
    __test__ = False

    expectation: Expectation
    decision: Decision
    passed: bool
