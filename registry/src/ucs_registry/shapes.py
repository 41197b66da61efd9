"""The shape of an answer: what stands where in it, and which questions it answers.

A shape is made once and asked often. It holds no value that varies by request: where one is needed there is its place, a
number, and what is asked for is handed over with each request as a tuple in the order of the places. Things and their fields
go by the names of this catalogue, keys by whatever the one who asks calls them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from ucs_registry.graph import Direction
from ucs_registry.members import MemberFilter
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.visibility import Visibility


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that is the same in every answer, as JSON."""

    json: str


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the thing at hand, by the field's name, such as `code` or `title.zh`."""

    name: str


@dataclass(frozen=True, slots=True)
class Object:
    """Several nodes about the thing at hand, by their keys and in their order.

    With `part` it is about a part of the thing, such as `location`, and null where the thing has none.
    """

    entries: tuple[tuple[str, Node], ...]
    part: str | None = None


@dataclass(frozen=True, slots=True)
class One:
    """Another thing that stands in a relation to the one at hand, such as its `owner`; null where there is none.

    `place` is where it is said which part of it is wanted, where it is a list of which one sees a part at a time.
    """

    relation: str
    object: Object
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """All things that stand in a relation to the one at hand, in the relation's own order.

    `most` is the place of how many there may be, where that is asked for.
    """

    relation: str
    object: Object
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """A list of nodes about the thing at hand."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Fixed | Field | Object | One | Many | Several


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWanted:
    """What is asked for where a question is about a page of resources.

    Such a page has the fields `total`, `position`, `page.start` and `page.end` (cursors), `page.earlier` and `page.more`;
    `items`, each with a `cursor` and a `node`; and under `facet.kind` and so on how it is spread over the `values` of a
    dimension.
    `around` says that what stands around the page is told, and `facets` by what it is counted.
    """

    query: ResourceQuery
    order: Order
    size: int
    after: Cursor | None = None
    before: Cursor | None = None
    backward: bool = False
    around: bool = False
    facets: tuple[Dimension, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked for by what stands at a place, such as the resource of an id."""

    name: str
    place: int
    object: Object


class Walked(NamedTuple):
    """Which way a walk goes, and how many steps at most."""

    direction: Direction
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanWanted:
    """What is asked for where a part of a list in the order of one key is wanted, such as organisations by id: how many,
    behind which key and ahead of which, from its end or not, of whom, and of members which.

    Such a part has `items`, each with a `cursor` and a `node`, the fields `page.start`, `page.end`, `page.earlier` and
    `page.more`, and where they are told `total` and `position`. With `walk` the list is of what is reached from `of`; its keys
    are a depth of two digits, a full stop and an id.
    """

    size: int
    after: str | int | None = None
    before: str | int | None = None
    backward: bool = False
    of: str | None = None
    only: MemberFilter | None = None
    walk: Walked | None = None


class MemberNamed(NamedTuple):
    """What is asked for where a question is about one member: the id of its resource, and its code."""

    resource: str
    code: str


READ = frozenset({"readable", "member_count", "contact", "spec", "members", "member"})
"""The fields, relations and questions that are judged by whether the caller may `read`."""

WORKED_ON = frozenset({"etag", "head", "revisions", "notices"})
"""Those that are judged by whether the caller works on the resource."""

INVOKED = frozenset({"impact"})
"""Those that are judged by whether the caller may `invoke`."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What must be known of the caller's sight beside what it may discover."""

    reads: bool
    works: bool
    invokes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Questions that are answered together, from one state.

    `wide` says that nothing but the data bounds how much the answer holds.
    """

    questions: tuple[Question, ...]
    sight: Sight
    wide: bool = False


def shape_of(questions: Iterable[Question], *, wide: bool = False) -> Shape:
    """The shape of some questions."""
    asked = tuple(questions)
    names = {question.name for question in asked}
    for node in nodes_of(asked):
        if isinstance(node, Field):
            names.add(node.name)
        elif isinstance(node, One | Many):
            names.add(node.relation)
    # Nothing but the graph bounds what a walk reads.
    wide = wide or "impact" in names
    sight = Sight(reads=bool(names & READ), works=bool(names & WORKED_ON), invokes=bool(names & INVOKED))
    return Shape(asked, sight, wide)


def nodes_of(questions: Iterable[Question]) -> Iterator[Node]:
    """Every node of some questions."""
    waiting: list[Node] = [question.object for question in questions]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, One | Many):
            waiting.append(node.object)
        elif isinstance(node, Object):
            waiting += [inner for _, inner in node.entries]
        elif isinstance(node, Several):
            waiting += node.nodes


class Eyes(Protocol):
    """What a caller may see, made ready for a store."""


class Standing(NamedTuple):
    """Where a store stood when it answered: what of its head decides whether a caller's eyes are still right."""

    access_version: int
    access_stamp: str
    cells: int
    cell_stamp: str


class Shown(NamedTuple):
    """The answers to a shape's questions as JSON; None where there is no such thing for the one who asks."""

    position: int
    standing: Standing
    answers: Sequence[bytes | None]


class Shaped(Protocol):
    """A store's answers to shapes."""

    def eyes(self, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> Eyes:
        """What a caller may see, made ready: `read` and `work` as far as a shape's sight needs them. Of the actions of
        `work` one is enough, but for `invoke`, which stands among them for itself.
        """

    async def ask(self, shape: Shape, eyes: Eyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        """The answers to a shape at an instant, or None where the store has no answer to what is asked for.

        Raises as a reader does where the store does not answer.
        """
