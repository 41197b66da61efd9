"""How many objects an answer may hold, judged by its length: nobody counts them one by one.

The plain execution counts the objects that it reads and stops where there are too many. What is compiled reads them in the
database. Each of them leaves at least some bytes in the answer, so that a short answer holds few of them in any case.
"""

from __future__ import annotations

from collections.abc import Iterable

from ucs_core.graphql.context import OBJECTS_MOST
from ucs_registry.queries import PAGE_MOST
from ucs_registry.shapes import Fixed, Many, Node, Object, One, Question, Several, nodes_of


def density(questions: Iterable[Question], most: int = OBJECTS_MOST) -> float:
    """How many objects a byte of the answer stands for at most; zero where no answer could hold more than `most`."""
    asked = list(questions)
    if sum(1 + _most(question.object) for question in asked) <= most:
        return 0.0
    lists = [node.object for node in nodes_of(asked) if isinstance(node, Many)]
    return max(((1 + _linked(item)) / _least(item) for item in lists), default=0.0)


def _most(node: Node) -> int:
    """How many objects a node may stand for at most. No list within an object is longer than the longest page."""
    if isinstance(node, Object):
        return sum(_most(inner) for _, inner in node.entries)
    if isinstance(node, One):
        return 1 + _most(node.object)
    if isinstance(node, Several):
        return sum(map(_most, node.nodes))
    return PAGE_MOST * (1 + _most(node.object)) if isinstance(node, Many) else 0


def _linked(node: Node) -> int:
    """How many objects stand in a node beside what is in its lists."""
    if isinstance(node, Object):
        return sum(_linked(inner) for _, inner in node.entries)
    if isinstance(node, Several):
        return sum(map(_linked, node.nodes))
    return 1 + _linked(node.object) if isinstance(node, One) else 0


def _least(node: Node) -> int:
    """How many bytes a node takes at least, without the items of its lists."""
    if isinstance(node, Object):
        whole = 1 + sum(len(key) + 4 + _least(inner) for key, inner in node.entries)
        return whole if node.part is None else min(whole, len("null"))
    if isinstance(node, Fixed):
        return len(node.json)
    return len("null") if isinstance(node, One) else len("[]") if isinstance(node, Many | Several) else 1
