"""Scenarios: resources that are composed of others, what they are composed of, and whether all of that can be used.

A scenario is an application of the type `scenario`, and its parts are its dependencies. Its health is that of its direct
parts, each by its own state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from ucs_core.platform.sight import Sight
from ucs_core.platform.views import ResourceView
from ucs_registry.graph import Standing
from ucs_registry.organizations import Bilingual
from ucs_registry.resources import Dependency
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, PartTrouble, ResourceKind, ScenarioHealth

SCENARIO_KIND, SCENARIO_TYPE = ResourceKind.APPLICATION, "scenario"


class ScenarioPart(BaseModel):
    """A part that the caller may discover: how it is used, and how it stands."""

    model_config = ConfigDict(frozen=True)

    dependency: Dependency
    code: str
    kind: ResourceKind
    type: str
    owner: str
    title: Bilingual
    availability: Availability
    trouble: PartTrouble | None


class HealthReason(BaseModel):
    """Why a scenario is not healthy. A part that is not seen is neither named nor counted."""

    model_config = ConfigDict(frozen=True)

    trouble: PartTrouble
    resource: str | None
    required: bool | None


class Scenario(BaseModel):
    """A scenario as one caller may see it."""

    model_config = ConfigDict(frozen=True)

    resource: ResourceView
    parts: list[ScenarioPart]
    health: ScenarioHealth
    reasons: list[HealthReason]


class ScenarioQuestions:
    """What one caller may ask of scenarios."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def scenario(self, name: str) -> Scenario:
        """One scenario. Raises NotFound, and Invalid with NOT_A_SCENARIO for a resource of another type."""
        found = await self._sight.discovered(name)
        check_is_scenario(found.name, found.type)
        return (await self.around(await self._sight.views([found])))[0]

    async def around(self, views: Sequence[ResourceView]) -> list[Scenario]:
        """Scenarios with their parts and health, for what the caller sees of them as resources."""
        edges = await self._sight.reader.dependencies([item.id for item in views])
        targets = {edge.dependency.target for edge in edges}
        targets |= {link.target for item in views for link in item.content.dependencies}
        ids = [target.removeprefix("resources/") for target in targets]
        standings = await self._sight.reader.standings(ids, self._sight.visibility()) if ids else {}
        unseen = {edge.source for edge in edges if _id(edge.dependency) not in standings}
        return [_composed(item, standings, unseen=item.name in unseen) for item in views]


def check_is_scenario(name: str, type: str) -> None:
    """Raise Invalid for a resource of another type."""
    if type != SCENARIO_TYPE:
        raise Invalid("NOT_A_SCENARIO", path="name", object=name, type=type)


def health_of(parts: Iterable[ScenarioPart], *, unseen: bool) -> tuple[ScenarioHealth, list[HealthReason]]:
    """Whether what these parts make up can be used, and why not.

    A required part that is not online breaks it, whatever else there is. Else nobody can say who does not see all parts.
    Else an optional part that is not online, or one that is deprecated, is a loss that it survives.
    """
    reasons = [
        HealthReason(trouble=part.trouble, resource=part.dependency.target, required=part.dependency.required)
        for part in parts
        if part.trouble is not None
    ]
    broken = any(reason.required and reason.trouble is not PartTrouble.DEPRECATED for reason in reasons)
    if unseen:
        reasons.append(HealthReason(trouble=PartTrouble.UNSEEN, resource=None, required=None))
    if broken:
        return ScenarioHealth.BROKEN, reasons
    if unseen:
        return ScenarioHealth.UNKNOWN, reasons
    return (ScenarioHealth.DEGRADED if reasons else ScenarioHealth.HEALTHY), reasons


def _composed(resource: ResourceView, standings: Mapping[str, Standing], *, unseen: bool) -> Scenario:
    links = [link for link in resource.content.dependencies if _id(link) in standings]
    parts = [_part(link, standings[_id(link)]) for link in links]
    health, reasons = health_of(parts, unseen=unseen)
    return Scenario(resource=resource, parts=parts, health=health, reasons=reasons)


def _part(link: Dependency, standing: Standing) -> ScenarioPart:
    trouble = PartTrouble.DEPRECATED if standing.deprecated else None
    if standing.availability is not Availability.ONLINE:
        trouble = PartTrouble(standing.availability.value)
    return ScenarioPart(
        dependency=link,
        code=standing.code,
        kind=standing.kind,
        type=standing.type,
        owner=standing.owner,
        title=standing.title,
        availability=standing.availability,
        trouble=trouble,
    )


def _id(link: Dependency) -> str:
    return link.target.removeprefix("resources/")
