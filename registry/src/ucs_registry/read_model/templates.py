"""Shapes in two halves: what of an answer is the same for whoever asks, and what is judged for each caller.

What a resource is shown as is split at its *holes*: links to other resources, which only those see who may discover them, and
what is judged by whether the caller may read it or works on it. What is left is the same for everybody and is kept; it goes
by a *skeleton*, an object whose links lead to empty ones. So two shapes, or two levels of one, have what is kept in common
wherever they show the same of a resource itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ucs_registry.shapes import Field, Fixed, Many, Node, Object, One

LINKS = frozenset({"dependencies", "dependants"})
ALTERNATIVE = "deprecation.alternative"
FAR = "resource"
"""The relation by which a link leads to the resource at its other end."""

CURSORS = {"updated_desc": "cursor.updated_desc", "updated_asc": "cursor.updated_asc"}
"""The field that holds a resource's cursor, by the order of the list."""

NOTHING = Object(())
"""What links lead to in a skeleton."""

OWN = frozenset(
    (
        *(
            "name",
            "code",
            "kind",
            "type",
            "availability",
            "availability_reason",
            "created_at",
            "updated_at",
            "revision",
        ),
        *("title.zh", "title.en", "summary.zh", "summary.en", "tags", "share_type", "region_code", "classification"),
        *("location.longitude", "location.latitude", "provider_code", "format", "share_condition", "denial_basis"),
        *("share_mode", "open_type", "open_condition", "data_level", "update_cycle", "issued_on", "conforms_to"),
        *("related_codes", "source", "synthetic", "footprint.type", "footprint.coordinates", "temporal.start"),
        *("temporal.end", "deprecation.effective_on", "deprecation.removal_on", "deprecation.note"),
    )
)
"""The fields of a resource that are the same for whoever may discover it, and change with the resource alone."""

JUDGED = frozenset({"readable", "member_count", "contact", "spec", "etag"})
"""The fields that are there for those who may read the resource or, the etag, who work on it."""

OF_LINKS = frozenset({"relation", "version", "role", "required"})
OF_OWNERS = frozenset(
    {"name", "cursor", "title.zh", "title.en", "level", "kind", "region_code", "path", "source", "synthetic"}
)
PARTS = frozenset({"location", "footprint", "temporal", "deprecation", None})


class Beyond(Exception):
    """A shape shows something that is not kept."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in what is shown of a resource that is judged for each caller.

    `node` is what stands there in the skeleton, and `templates` are what is shown of the resources to which its links lead,
    in the order in which they stand in each link. `most` is the place of how many links there may be.
    """

    node: Field | Many | One
    templates: tuple[Template, ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What is shown of a resource: its skeleton, and its holes in the order in which they stand in it."""

    skeleton: Object
    holes: tuple[Hole, ...]

    @property
    def depth(self) -> int:
        """How many resources stand one within the other at most."""
        return 1 + max((inner.depth for hole in self.holes for inner in hole.templates), default=0)


def template_of(shown: Object, cursor: str | None = None) -> Template:
    """The template of what is shown of a resource; `cursor` is the field that its cursor is. Raises Beyond."""
    holes: list[Hole] = []
    return Template(_split(shown, holes, cursor), tuple(holes))


def holes_in(skeleton: Object) -> Iterator[Field | Many | One]:
    """The holes of a skeleton in the order in which they stand in it."""
    for _, node in skeleton.entries:
        if isinstance(node, Field | Many | One) and is_hole(node):
            yield node
        elif isinstance(node, Object):
            yield from holes_in(node)


def is_hole(node: Node) -> bool:
    """Whether what a node shows of a resource is judged for each caller."""
    if isinstance(node, Field):
        return node.name in JUDGED
    return (isinstance(node, Many) and node.relation in LINKS) or (
        isinstance(node, One) and node.relation == ALTERNATIVE
    )


def _split(shown: Object, holes: list[Hole], cursor: str | None) -> Object:
    if shown.part not in PARTS:
        raise Beyond
    return Object(tuple((key, _half(node, holes, cursor)) for key, node in shown.entries), shown.part)


def _half(node: Node, holes: list[Hole], cursor: str | None) -> Node:
    """What is left of a node in the skeleton."""
    match node:
        case Field() if node.name == "cursor":
            if cursor is None:
                raise Beyond
            return Field(cursor)
        case Field() if is_hole(node):
            holes.append(Hole(node))
            return node
        case Field() if node.name in OWN:
            return node
        case Fixed():
            return node
        case Object():
            return _split(node, holes, cursor)
        case Many() if node.relation in LINKS:
            far: list[Template] = []
            left = Many(node.relation, _link(node.object, far))
            holes.append(Hole(left, tuple(far), node.most))
            return left
        case One() if node.relation == ALTERNATIVE:
            alternative = One(node.relation, NOTHING)
            holes.append(Hole(alternative, (template_of(node.object),)))
            return alternative
        case One() if node.relation == "owner":
            _check_fixed(node.object)
            return node
        case One() if node.relation in ("node", "itself"):
            # The resource again, under a key of its own.
            return _split(node.object, holes, cursor)
        case _:
            raise Beyond


def _link(link: Object, far: list[Template]) -> Object:
    """What is left of a link."""
    entries: list[tuple[str, Node]] = []
    for key, node in link.entries:
        if isinstance(node, One) and node.relation == FAR:
            far.append(template_of(node.object))
            entries.append((key, One(FAR, NOTHING)))
        elif isinstance(node, Fixed) or (isinstance(node, Field) and node.name in OF_LINKS):
            entries.append((key, node))
        else:
            raise Beyond
    return Object(tuple(entries))


def _check_fixed(shown: Object) -> None:
    """Raise Beyond where what is shown of an organisation depends on what is asked for, or on more than organisations."""
    for _, node in shown.entries:
        if isinstance(node, Object) and node.part is None:
            _check_fixed(node)
        elif isinstance(node, One) and node.relation == "parent":
            _check_fixed(node.object)
        elif not (isinstance(node, Fixed) or (isinstance(node, Field) and node.name in OF_OWNERS)):
            raise Beyond
