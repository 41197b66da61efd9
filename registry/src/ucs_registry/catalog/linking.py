"""Where the links of a content may lead, and that they close no circle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

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
from ucs_sdk.vocabulary import ResourceKind

CYCLE_SEARCH_MOST = 100_000
"""How many resources a search for a circle of dependencies visits before it gives up and refuses."""

CIRCLE_ENDS = 3
"""How many places of a long circle are named at its beginning, and how many at its end."""

UNNAMED = "…"
"""Stands for places that are not named: the actor may not see them, or they are too many."""


async def check_dependencies(
    unit: Unit,
    resource: Resource,
    content: ResourceContent,
    visibility: Visibility,
    standing: Collection[str] = (),
) -> None:
    """Check the links of a content and that they close no circle; see `check_targets`."""
    await check_targets(unit, resource, content, visibility, standing)
    starts = [link.target.removeprefix("resources/") for link in content.dependencies]
    circle = await unit.way(starts, resource.id, most=CYCLE_SEARCH_MOST)
    if circle is None:
        raise FailedPrecondition("DEPENDENCY_TOO_DEEP", object=resource.name, most=CYCLE_SEARCH_MOST)
    if circle:
        names = await _named(unit, [resource.id, *circle], resource.id, visibility)
        raise Invalid(
            "DEPENDENCY_CYCLE",
            path="content.dependencies",
            object=resource.name,
            target=names[1],
            circle=" → ".join(names),
        )


async def _named(unit: Unit, circle: list[str], own: str, visibility: Visibility) -> list[str]:
    """The names along a circle, shortly. It may lead through what the actor may not see: such places are neither named nor
    counted.
    """
    seen = await unit.visible(circle, visibility) | {own}
    names = [f"resources/{id}" if id in seen else UNNAMED for id in circle]
    names = [name for at, name in enumerate(names) if name != UNNAMED or names[at - 1] != UNNAMED]
    if len(names) <= 2 * CIRCLE_ENDS + 1:
        return names
    beginning, end = names[:CIRCLE_ENDS], names[-CIRCLE_ENDS:]
    return [*beginning, *([] if UNNAMED in (beginning[-1], end[0]) else [UNNAMED]), *end]


async def check_targets(
    unit: Unit,
    resource: Resource,
    content: ResourceContent,
    visibility: Visibility,
    standing: Collection[str] = (),
) -> None:
    """Check where the links of a content lead.

    Those `standing` before may lead to what the actor may not see, or to what is gone: it was deleted since.
    """
    ids = [link.target.removeprefix("resources/") for link in content.dependencies]
    if ids:
        seen = await unit.visible(ids, visibility) | {name.removeprefix("resources/") for name in standing}
        known = await unit.resources(ids)
        gone = {name for name in standing if name.removeprefix("resources/") not in known}
        links = tuple(link for link in content.dependencies if link.target not in gone)
        targets = {id: target for id, target in known.items() if id in seen}
        check_links(resource, content.model_copy(update={"dependencies": links}), targets)


async def without_gone(unit: Unit, resource: Resource, content: ResourceContent) -> ResourceContent:
    """The content without links to what was deleted, where it says anew what the resource needs: nobody is shown such links,
    and nobody could take them away otherwise.
    """
    standing = resource.head.content.dependencies
    if content.dependencies == standing:
        return content
    known = await unit.resources([link.target.removeprefix("resources/") for link in standing])
    gone = {link.target for link in standing if link.target.removeprefix("resources/") not in known}
    links = tuple(link for link in content.dependencies if link.target not in gone)
    return content.model_copy(update={"dependencies": links})


def check_links(resource: Resource, content: ResourceContent, targets: dict[str, Resource]) -> None:
    """Raise Invalid when a link leads to none of the targets, or upwards."""
    kinds = {id: target.kind for id, target in targets.items()}
    check_kinds(resource, content, kinds.get)


def check_kinds(resource: Resource, content: ResourceContent, kind_of: Callable[[str], ResourceKind | None]) -> None:
    """Raise Invalid when a link leads to what has no kind, for it is not there, or upwards."""
    for link in content.dependencies:
        target = link.target.removeprefix("resources/")
        check_kind(resource.id, resource.kind, target, kind_of(target))


def check_kind(source: str, kind: str, target: str, target_kind: ResourceKind | None) -> None:
    """Raise Invalid when a link from one resource to another, both told by id, leads to what has no kind, or upwards."""
    if target_kind is None:
        object, named = f"resources/{source}", f"resources/{target}"
        raise Invalid("DEPENDENCY_UNKNOWN", path="content.dependencies", object=object, target=named)
    if _RANK[target_kind] < _RANK[kind]:
        raise Invalid(
            "DEPENDENCY_UPWARD",
            path="content.dependencies",
            object=f"resources/{source}",
            kind=ResourceKind(kind).value,
            target=f"resources/{target}",
            target_kind=target_kind.value,
        )


_RANK: Mapping[str, int] = {kind.value: rank for kind, rank in KIND_RANK.items()}
