"""What the dependencies of a resource come to when some are added and some removed."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_registry.resources import Dependency, Resource
from ucs_sdk.errors import Invalid


def relinked(
    resource: Resource, present: Sequence[Dependency], add: Sequence[Dependency], remove: Sequence[str]
) -> list[Dependency]:
    """The links that a resource has after `remove` (names of targets) and then `add`, in their order.

    `present` are those links of its latest revision that the actor may see. A link that is added to where one of the same
    relation leads already takes its place. Raises Invalid with DEPENDENCY_ABSENT for a target that none of them leads to,
    or with DEPENDENCY_TWICE for what is stated twice.
    """
    _refuse_twins(resource, [(link.target, link.relation.value) for link in add], "add")
    _refuse_twins(resource, [(target, "") for target in remove], "remove")
    there = {link.target for link in present}
    for at, target in enumerate(remove):
        if target not in there:
            raise Invalid("DEPENDENCY_ABSENT", path=f"remove[{at}]", object=resource.name, target=target)
    added = {(link.target, link.relation): link for link in add}
    kept = [link for link in present if link.target not in remove]
    replaced = [added.pop((link.target, link.relation), link) for link in kept]
    return [*replaced, *added.values()]


def _refuse_twins(resource: Resource, stated: Sequence[tuple[str, str]], path: str) -> None:
    for at, link in enumerate(stated):
        if link in stated[:at]:
            raise Invalid("DEPENDENCY_TWICE", path=f"{path}[{at}]", object=resource.name, target=link[0])
