"""Where the links of a content may lead, and that they close no circle."""

from __future__ import annotations

from collections.abc import Collection

from ucs_registry.ports import Unit
from ucs_registry.resources import (
    KIND_RANK,
    Resource,
    ResourceContent,
)
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import (
    FailedPrecondition,
    Invalid,
)

CYCLE_SEARCH_MOST = 100_000
"""How many resources a search for a circle of dependencies visits before it gives up and refuses."""


async def check_dependencies(
    unit: Unit,
    resource: Resource,
    content: ResourceContent,
    visibility: Visibility,
    standing: Collection[str] = (),
) -> None:
    """Check the links of a content and that they close no circle; see `check_targets`."""
    await check_targets(unit, resource, content, visibility, standing)
    circle = await _find_circle(
        unit, resource, [link.target.removeprefix("resources/") for link in content.dependencies]
    )
    if circle:
        # The way round may lead through what the actor may not see: those places are neither named nor counted.
        seen = await unit.visible(circle, visibility) | {resource.id}
        names = [f"resources/{id}" if id in seen else "…" for id in circle]
        names = [name for at, name in enumerate(names) if name != "…" or names[at - 1] != "…"]
        raise Invalid(
            "DEPENDENCY_CYCLE",
            path="content.dependencies",
            object=resource.name,
            target=names[1],
            circle=" → ".join(names),
        )


async def check_targets(
    unit: Unit,
    resource: Resource,
    content: ResourceContent,
    visibility: Visibility,
    standing: Collection[str] = (),
) -> None:
    """Check where the links of a content lead. Those `standing` before may lead to what the actor may not see."""
    ids = [link.target.removeprefix("resources/") for link in content.dependencies]
    if ids:
        seen = await unit.visible(ids, visibility) | {name.removeprefix("resources/") for name in standing}
        targets = {id: target for id, target in (await unit.resources(ids)).items() if id in seen}
        check_links(resource, content, targets)


def check_links(resource: Resource, content: ResourceContent, targets: dict[str, Resource]) -> None:
    """Raise Invalid when a link leads to none of the targets, or upwards."""
    for link in content.dependencies:
        target = targets.get(link.target.removeprefix("resources/"))
        if target is None:
            raise Invalid("DEPENDENCY_UNKNOWN", path="content.dependencies", object=resource.name, target=link.target)
        if KIND_RANK[target.kind] < KIND_RANK[resource.kind]:
            raise Invalid(
                "DEPENDENCY_UPWARD",
                path="content.dependencies",
                object=resource.name,
                kind=resource.kind.value,
                target=link.target,
                target_kind=target.kind.value,
            )


async def _find_circle(unit: Unit, resource: Resource, ids: list[str]) -> list[str]:
    """The ids along a circle that these targets would close, from the resource back to itself; empty when there is none."""
    reached: dict[str, str] = dict.fromkeys(ids, resource.id)
    frontier = list(reached)
    while frontier and resource.id not in reached:
        if len(reached) > CYCLE_SEARCH_MOST:
            raise FailedPrecondition("DEPENDENCY_TOO_DEEP", object=resource.name, most=CYCLE_SEARCH_MOST)
        following = {}
        for edge in await unit.dependencies(frontier):
            target = edge.dependency.target.removeprefix("resources/")
            if target not in reached:
                following[target] = edge.source.removeprefix("resources/")
        reached |= following
        frontier = list(following)
    if resource.id not in reached:
        return []
    path = [resource.id]
    while (previous := reached[path[-1]]) != resource.id:
        path.append(previous)
    return [*reversed([*path, resource.id])]
