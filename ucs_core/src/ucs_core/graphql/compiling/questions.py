"""The fields of the query root that are compiled: which questions they are, and what each asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from graphql import FieldNode

from ucs_core.graphql.compiling.given import storable_text
from ucs_core.graphql.compiling.pages import reads_page, reads_reviews, reads_scenarios, reads_span, reads_walk
from ucs_core.graphql.organizations import PREFIX, organization_id
from ucs_core.platform.batches import check_batch
from ucs_core.platform.members import parted
from ucs_core.platform.sight import resource_id
from ucs_registry.shapes import MemberNamed, Object

Reads: TypeAlias = Callable[[Mapping[str, Any]], object]
"""What the arguments of a field ask for. Raises Unfit or UcsError where the plain execution has something to say."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, the type of its answer in the schema, and what reads the arguments, given what is asked of the answer."""

    question: str
    type: str
    reading: Callable[[Object], Reads]


def askings(node: FieldNode) -> tuple[Asking, ...]:
    """What a field of the root asks: of several questions the first that has an answer is the field's. Empty where the
    field is not compiled.
    """
    name = node.name.value
    written = _TELLING & {each.name.value for each in node.arguments or ()}
    return _QUESTIONS.get((name, *sorted(written)), ())


TOLD: Mapping[str, Callable[[Mapping[str, Any]], bool] | None] = {
    **dict.fromkeys(
        (
            *("revisionDiff", "deletedResources"),
            *("type", "types", "typeVersions", "vocabulary", "vocabularies"),
            *("viewer", "principal", "principals", "roles", "roleAssignments", "policies", "grants", "grant"),
            *("why", "whoCan", "effectiveActions", "whatIf", "testPolicies"),
            *("log", "checkpoint", "logProof", "logConsistency", "logExport"),
            *("operations", "plugins", "deadEvents"),
        )
    ),
    "node": lambda given: given["id"].startswith("principals/"),
}
"""The fields of the root that a session tells, and for which arguments: no statement answers them."""


def _asking(question: str, type: str, reads: Reads) -> Asking:
    return Asking(question, type, lambda _: reads)


def _resource_named(given: Mapping[str, Any]) -> str | None:
    name = storable_text(given["id"])
    return resource_id(name) if name.startswith("resources/") and "/members/" not in name else None


def _organization_named(given: Mapping[str, Any]) -> str | None:
    name = storable_text(given["id"])
    return organization_id(name) if name.startswith(PREFIX) and "/members/" not in name else None


def _resources_named(given: Mapping[str, Any]) -> str:
    check_batch(given["ids"], "names")
    return orjson.dumps([resource_id(storable_text(name)) for name in given["ids"]]).decode()


def _member_named(given: Mapping[str, Any]) -> MemberNamed:
    name = storable_text(given["id"])
    if "/members/" not in name:
        return MemberNamed("", "")
    parent, code = parted(name)
    return MemberNamed(resource_id(parent), code)


_TELLING = {"id", "code", "parent", "subtree"}
"""The arguments by which a question is told from others of the same field."""

_QUESTIONS: Mapping[tuple[str, ...], tuple[Asking, ...]] = {
    ("resource", "id"): (_asking("resource", "Resource", lambda given: resource_id(storable_text(given.get("id")))),),
    ("resource", "code"): (_asking("resource_by_code", "Resource", lambda given: storable_text(given.get("code"))),),
    ("resourcesByName",): (_asking("resources_named", "Resource", _resources_named),),
    ("scenario", "id"): (_asking("scenario", "Scenario", lambda given: resource_id(storable_text(given["id"]))),),
    ("scenarios",): (Asking("page", "ScenarioConnection", reads_scenarios),),
    ("reviews",): (Asking("page", "ResourceConnection", reads_reviews),),
    ("resources",): (Asking("page", "ResourceConnection", reads_page),),
    ("member", "id"): (_asking("member", "Member", _member_named),),
    ("impact",): (_asking("impact", "ImpactConnection", reads_walk),),
    ("members",): (_asking("members", "MemberConnection", reads_span("resource", resource_id)),),
    ("node", "id"): (
        _asking("member", "Member", _member_named),
        _asking("resource", "Resource", _resource_named),
        _asking("organization", "Organization", _organization_named),
    ),
    ("organization", "id"): (
        _asking("organization", "Organization", lambda given: organization_id(storable_text(given["id"]))),
    ),
    ("organizations",): (_asking("roots", "OrganizationConnection", reads_span()),),
    ("organizations", "parent"): (_asking("children", "OrganizationConnection", reads_span("parent")),),
    ("organizations", "subtree"): (_asking("subtree", "OrganizationConnection", reads_span("subtree")),),
}
