"""What one operation costs with the variables of each request: worked out once for all requests that give the same sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import OperationDefinitionNode

from ucs_core.graphql.cost import Cost, CostPlan, estimate, given_by

KEPT = 64
"""For how many combinations of sizes an estimate is kept."""


class Costs:
    """The estimates of one operation. They depend on the variables that are page sizes or state searches, and on no other."""

    def __init__(
        self, node: OperationDefinitionNode, plan: CostPlan, fragments: Sequence[tuple[str, CostPlan]]
    ) -> None:
        self._node = node
        self._plan = plan
        self._fragments = fragments
        parts = [plan, *(part for _, part in fragments)]
        self._sizes = tuple(sorted({name for part in parts for name in _sizes(part)}))
        self._searches = tuple(sorted({name for part in parts for name, _ in part.searches}))
        self._kept: dict[tuple[tuple[int | None, ...], tuple[int, ...]], Cost] = {}
        self._fixed = None if self._sizes or self._searches else self._estimated({})

    def estimate(self, variables: Mapping[str, Any]) -> Cost:
        """What the operation costs with these variables."""
        return self._estimated(variables) if self._fixed is None else self._fixed

    def _estimated(self, variables: Mapping[str, Any]) -> Cost:
        given = given_by(self._node, variables)
        key = (
            tuple(given.sizes.get(name) for name in self._sizes),
            tuple(given.searches.get(name, 0) for name in self._searches),
        )
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self._kept[key] = estimate(self._plan, self._fragments, given)
        return found


def _sizes(plan: CostPlan) -> Iterator[str]:
    for names in (*plan.catalogue, *plan.schema):
        yield from names
    for _, factor in plan.searches:
        yield from factor.variables
    for _, place in plan.spreads:
        yield from place.factor.variables
        if place.page is not None:
            yield from place.page.variables
