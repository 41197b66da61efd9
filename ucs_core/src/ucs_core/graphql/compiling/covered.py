"""What is compiled: for each type of the schema, what its fields are in shapes. Whatever is not here is executed plainly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ucs_registry.shapes import Field, Fixed, Node, Object


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value. `node` is about the thing at hand; within a part, the part's name and a dot stand ahead of a field's."""

    node: Node


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the thing at hand, with fields of its own; null where it may be absent and is."""

    name: str
    type: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """Another thing."""

    relation: str
    type: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Other things. With `paged` the argument `first` says how many at most."""

    relation: str
    type: str
    paged: bool = False


@dataclass(frozen=True, slots=True)
class Spanned:
    """A part of a list of other things by id, as `first` and `after` say."""

    relation: str
    type: str


@dataclass(frozen=True, slots=True)
class Faceted:
    """How a page's list is spread over the values of the dimensions that the argument `by` names."""


Rule: TypeAlias = Leaf | Part | Linked | Listed | Spanned | Faceted


def _leaves(**names: str) -> dict[str, Rule]:
    return {name: Leaf(Field(field)) for name, field in names.items()}


_FOOTPRINT = Object(
    (("type", Field("footprint.type")), ("coordinates", Field("footprint.coordinates"))), part="footprint"
)

_CONTENT: Mapping[str, Rule] = {
    "title": Part("title", "Bilingual"),
    "summary": Part("summary", "Bilingual"),
    "location": Part("location", "Point", optional=True),
    "footprint": Leaf(_FOOTPRINT),
    "temporal": Part("temporal", "TemporalWindow", optional=True),
    **_leaves(
        tags="tags",
        regionCode="region_code",
        classification="classification",
        providerCode="provider_code",
        format="format",
        shareType="share_type",
        shareCondition="share_condition",
        denialBasis="denial_basis",
        shareMode="share_mode",
        openType="open_type",
        openCondition="open_condition",
        dataLevel="data_level",
        updateCycle="update_cycle",
        issuedOn="issued_on",
        conformsTo="conforms_to",
        relatedCodes="related_codes",
        source="source",
        synthetic="synthetic",
        contact="contact",
        spec="spec",
    ),
}

_RESOURCE: Mapping[str, Rule] = {
    **_CONTENT,
    **_leaves(
        id="name",
        code="code",
        kind="kind",
        type="type",
        availability="availability",
        availabilityReason="availability_reason",
        createdAt="created_at",
        updatedAt="updated_at",
        revision="revision",
        readable="readable",
        memberCount="member_count",
        etag="etag",
    ),
    # What is in the bin has these; whatever is found outside of it has not.
    "deletedAt": Leaf(Fixed("null")),
    "purgeAt": Leaf(Fixed("null")),
    "deletedBy": Leaf(Fixed("null")),
    "deprecation": Part("deprecation", "Deprecation", optional=True),
    "owner": Linked("owner", "Organization"),
    "dependencies": Listed("dependencies", "Dependency"),
    "dependants": Listed("dependants", "Dependency", paged=True),
}

TYPES: Mapping[str, Mapping[str, Rule]] = {
    "Resource": _RESOURCE,
    "Organization": {
        **_leaves(
            id="name",
            level="level",
            kind="kind",
            regionCode="region_code",
            path="path",
            source="source",
            synthetic="synthetic",
        ),
        "title": Part("title", "Bilingual"),
        "parent": Linked("parent", "Organization"),
        "children": Spanned("children", "OrganizationConnection"),
    },
    "OrganizationConnection": {
        "edges": Listed("items", "OrganizationEdge"),
        "nodes": Listed("items", "Organization"),
        "pageInfo": Part("page", "PageInfo"),
    },
    "OrganizationEdge": {**_leaves(cursor="cursor"), "node": Linked("node", "Organization")},
    "Dependency": {
        **_leaves(relation="relation", version="version", role="role", required="required"),
        "resource": Linked("resource", "Resource"),
    },
    "Deprecation": {
        **_leaves(effectiveOn="effective_on", removalOn="removal_on", note="note"),
        "alternative": Linked("alternative", "Resource"),
    },
    "ResourceConnection": {
        "edges": Listed("items", "ResourceEdge"),
        "nodes": Listed("items", "Resource"),
        "pageInfo": Part("page", "PageInfo"),
        "facets": Faceted(),
        **_leaves(totalCount="total", position="position"),
    },
    "ResourceEdge": {**_leaves(cursor="cursor"), "node": Linked("node", "Resource")},
    "Scenario": {
        "resource": Linked("itself", "Resource"),
        "parts": Listed("parts", "ScenarioPart"),
        "reasons": Listed("reasons", "HealthReason"),
        **_leaves(health="health"),
    },
    "ScenarioPart": {
        **_leaves(
            id="target",
            relation="relation",
            version="version",
            role="role",
            required="required",
            code="code",
            kind="kind",
            type="type",
            availability="availability",
            trouble="trouble",
        ),
        "title": Part("title", "Bilingual"),
    },
    "HealthReason": _leaves(trouble="trouble", resource="resource", required="required"),
    "ScenarioConnection": {
        "edges": Listed("items", "ScenarioEdge"),
        "nodes": Listed("items", "Scenario"),
        "pageInfo": Part("page", "PageInfo"),
        **_leaves(totalCount="total", position="position"),
    },
    "ScenarioEdge": {**_leaves(cursor="cursor"), "node": Linked("node", "Scenario")},
    "PageInfo": _leaves(hasNextPage="more", hasPreviousPage="earlier", startCursor="start", endCursor="end"),
    "Facet": {**_leaves(dimension="dimension"), "values": Listed("values", "FacetCount")},
    "FacetCount": _leaves(value="value", count="count"),
    "Bilingual": _leaves(zh="zh", en="en"),
    "Point": _leaves(longitude="longitude", latitude="latitude"),
    "TemporalWindow": _leaves(start="start", end="end"),
}
"""The fields of each type by their names in the schema."""
