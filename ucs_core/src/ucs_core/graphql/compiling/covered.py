"""What is compiled: for each type of the schema, what its fields are in shapes. Whatever is not here is executed plainly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ucs_core.graphql.compiling.pages import BY_NUMBER, reads_span
from ucs_registry.shapes import Field, Fixed, Node, Object, SpanWanted


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
    """A part of a list of other things in the order of a key, which `reads` makes of the arguments."""

    relation: str
    type: str
    reads: Callable[[Mapping[str, Any]], SpanWanted]


@dataclass(frozen=True, slots=True)
class Faceted:
    """How a page's list is spread over the values of the dimensions that the argument `by` names."""


Rule: TypeAlias = Leaf | Part | Linked | Listed | Spanned | Faceted


def _leaves(**names: str) -> dict[str, Rule]:
    return {name: Leaf(Field(field)) for name, field in names.items()}


def _edge(type: str) -> dict[str, Rule]:
    return {**_leaves(cursor="cursor"), "node": Linked("node", type)}


def _paged(edge: str, type: str) -> dict[str, Rule]:
    return {"edges": Listed("items", edge), "nodes": Listed("items", type), "pageInfo": Part("page", "PageInfo")}


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
    "members": Spanned("members", "MemberConnection", reads_span()),
    "head": Linked("head", "Revision"),
    "revisions": Spanned("revisions", "RevisionConnection", reads_span(decode=BY_NUMBER)),
    "notices": Listed("notices", "DeprecationNotice"),
}

_REVISION = _leaves(
    number="number",
    state="state",
    authors="authors",
    createdAt="created_at",
    submitter="submitter",
    submittedAt="submitted_at",
    reviewer="reviewer",
    reviewedAt="reviewed_at",
    reason="reason",
)

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
        "children": Spanned("children", "OrganizationConnection", reads_span()),
    },
    "OrganizationConnection": _paged("OrganizationEdge", "Organization"),
    "OrganizationEdge": _edge("Organization"),
    "Member": {
        **_leaves(
            id="name",
            code="code",
            regionCode="region_code",
            status="status",
            attributes="attributes",
            createdAt="created_at",
            updatedAt="updated_at",
        ),
        "title": Part("title", "MemberTitle"),
        "location": Part("location", "Point", optional=True),
    },
    "MemberConnection": {**_paged("MemberEdge", "Member"), **_leaves(totalCount="total", position="position")},
    "MemberEdge": _edge("Member"),
    "MemberTitle": _leaves(zh="zh", en="en"),
    "Dependency": {
        **_leaves(relation="relation", version="version", role="role", required="required"),
        "resource": Linked("resource", "Resource"),
    },
    "Deprecation": {
        **_leaves(effectiveOn="effective_on", removalOn="removal_on", note="note"),
        "alternative": Linked("alternative", "Resource"),
    },
    "DeprecationNotice": {**_leaves(target="name"), "deprecation": Part("deprecation", "Deprecation")},
    "Revision": {**_REVISION, "content": Linked("content", "RevisionContent")},
    "RevisionContent": {**_CONTENT, "dependencies": Listed("dependencies", "Dependency")},
    "RevisionConnection": _paged("RevisionEdge", "RevisionEntry"),
    "RevisionEdge": _edge("RevisionEntry"),
    "RevisionEntry": {**_REVISION, **_leaves(current="current")},
    "ResourceConnection": {
        **_paged("ResourceEdge", "Resource"),
        "facets": Faceted(),
        **_leaves(totalCount="total", position="position"),
    },
    "ResourceEdge": _edge("Resource"),
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
        **_paged("ScenarioEdge", "Scenario"),
        **_leaves(totalCount="total", position="position"),
    },
    "ScenarioEdge": _edge("Scenario"),
    "ImpactConnection": {
        **_paged("ImpactEdge", "ImpactReached"),
        "resource": Linked("root", "Resource"),
        "total": Linked("total", "ImpactTally"),
        "levels": Listed("levels", "ImpactTally"),
        "states": Listed("states", "FacetCount"),
        "uses": Listed("uses", "FacetCount"),
        # Of a walk that reaches its bound nothing is told by a statement.
        "truncated": Leaf(Fixed("false")),
        **_leaves(position="position"),
    },
    "ImpactEdge": _edge("ImpactReached"),
    "ImpactReached": {**_leaves(depth="depth", via="via", use="use"), "resource": Linked("resource", "Resource")},
    "ImpactTally": {
        **_leaves(depth="depth", count="count", ownerCount="owner_count"),
        "kinds": Listed("kinds", "FacetCount"),
        "owners": Listed("owners", "OwnerCount"),
    },
    "OwnerCount": {**_leaves(count="count"), "owner": Linked("owner", "Organization")},
    "PageInfo": _leaves(hasNextPage="more", hasPreviousPage="earlier", startCursor="start", endCursor="end"),
    "Facet": {**_leaves(dimension="dimension"), "values": Listed("values", "FacetCount")},
    "FacetCount": _leaves(value="value", count="count"),
    "Bilingual": _leaves(zh="zh", en="en"),
    "Point": _leaves(longitude="longitude", latitude="latitude"),
    "TemporalWindow": _leaves(start="start", end="end"),
}
"""The fields of each type by their names in the schema."""
