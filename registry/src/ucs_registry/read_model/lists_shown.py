"""Pages of lists as they are shown: their items by fragments, and what the model tells of the whole list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import orjson

from ucs_registry.queries import Dimension, Order
from ucs_registry.read_model.shelf import Shelf
from ucs_registry.read_model.showing import Looking, Out, Showing
from ucs_registry.read_model.templates import CURSORS, Beyond, template_of
from ucs_registry.shapes import Field, Fixed, Many, Node, Object, One, Several

FACET = "facet."


class Page(NamedTuple):
    """A page that was asked for, as the model tells it. `total` is -1 where nobody asked; `earlier` and `more` are None there,
    and where only the database can tell.
    """

    slots: list[int]
    total: int
    earlier: bool | None
    more: bool | None
    start: str | None
    end: str | None
    facets: Mapping[Dimension, list[tuple[str, int]]]
    position: int


Tell: TypeAlias = Callable[[Page, Looking, Out], None]


class PageShowing:
    """How a page is shown in one order."""

    def __init__(self, shown: Object, order: Order, shelf: Shelf) -> None:
        cursor = CURSORS.get(order.value)
        if cursor is None:
            raise Beyond
        self._cursor = cursor
        self._shelf = shelf
        self.total = _asks(shown, "total")
        self.ends = _asks(shown, "page.start") or _asks(shown, "page.end")
        self.depth = 1
        self._steps: list[Tell] = []
        self._text = ""
        self._object(shown)
        self._flush()

    def show(self, page: Page, looking: Looking, out: Out) -> None:
        """Write the page."""
        for tell in self._steps:
            tell(page, looking, out)

    def _object(self, shown: Object) -> None:
        if shown.part is not None:
            raise Beyond
        self._text += "{"
        for at, (key, node) in enumerate(shown.entries):
            self._text += f'{"," if at else ""}"{key}":'
            self._node(node)
        self._text += "}"

    def _node(self, node: Node) -> None:
        match node:
            case Fixed():
                self._text += node.json
            case Field() if node.name in _FIELDS:
                self._step(_FIELDS[node.name])
            case Object():
                self._object(node)
            case Many() if node.relation == "items":
                self._step(self._items(node.object))
            case Several():
                self._text += "["
                for at, inner in enumerate(node.nodes):
                    self._text += "," if at else ""
                    self._node(inner)
                self._text += "]"
            case One() if node.relation.startswith(FACET):
                self._step(_facet(node.object, Dimension(node.relation.removeprefix(FACET))))
            case _:
                raise Beyond

    def _step(self, tell: Tell) -> None:
        self._flush()
        self._steps.append(tell)

    def _flush(self) -> None:
        if self._text:
            text, self._text = self._text.encode(), ""
            self._steps.append(lambda page, looking, out: out(text))

    def _items(self, shown: Object) -> Tell:
        template = template_of(shown, self._cursor)
        self.depth = max(self.depth, template.depth)
        showing = Showing(template, self._shelf)
        return _texts(showing) if showing.plain else _each(showing)


def _texts(showing: Showing) -> Tell:
    def tell(page: Page, looking: Looking, out: Out) -> None:
        out(b"[")
        out(b",".join(showing.texts(page.slots, looking)))
        out(b"]")

    return tell


def _each(showing: Showing) -> Tell:
    def tell(page: Page, looking: Looking, out: Out) -> None:
        show, before = showing.show, b"["
        for slot in page.slots:
            out(before)
            show(slot, looking, out)
            before = b","
        out(b"[]" if not page.slots else b"]")

    return tell


def _facet(shown: Object, dimension: Dimension) -> Tell:
    """How a list is spread over the values of a dimension."""
    whole = _Constants(shown, {"dimension": f'"{dimension.value}"'}, "values")

    def tell(page: Page, looking: Looking, out: Out) -> None:
        for text, values in whole.steps:
            out(text)
            if values is not None:
                out(b"[" + b",".join([values(value, count) for value, count in page.facets[dimension]]) + b"]")

    return tell


class _Constants:
    """A facet: texts that are the same in every answer, and between them how its values are written."""

    def __init__(self, shown: Object, constants: dict[str, str], many: str) -> None:
        self.steps: list[tuple[bytes, Callable[[str, int], bytes] | None]] = []
        text = "{"
        for at, (key, node) in enumerate(shown.entries):
            text += f'{"," if at else ""}"{key}":'
            if isinstance(node, Many) and node.relation == many:
                self.steps.append((text.encode(), _counted(node.object)))
                text = ""
            elif isinstance(node, Fixed):
                text += node.json
            elif isinstance(node, Field) and node.name in constants:
                text += constants[node.name]
            else:
                raise Beyond
        self.steps.append((f"{text}}}".encode(), None))


def _counted(shown: Object) -> Callable[[str, int], bytes]:
    """How a value is written with how many have it."""
    pattern, names = b"{", []
    for at, (key, node) in enumerate(shown.entries):
        pattern += b'%s"%s":' % (b"," if at else b"", key.encode())
        if isinstance(node, Fixed):
            pattern += node.json.encode().replace(b"%", b"%%")
        elif isinstance(node, Field) and node.name in ("value", "count"):
            pattern += b"%b"
            names.append(node.name)
        else:
            raise Beyond
    pattern += b"}"

    def written(value: str, count: int) -> bytes:
        return pattern % tuple(orjson.dumps(value) if name == "value" else b"%d" % count for name in names)

    return written


def _asks(shown: Object, name: str) -> bool:
    """Whether a field of a page is asked for."""
    return any(
        (isinstance(node, Field) and node.name == name) or (isinstance(node, Object) and _asks(node, name))
        for _, node in shown.entries
    )


def _told(text: Callable[[Page], bytes]) -> Tell:
    return lambda page, looking, out: out(text(page))


def _flag(flag: bool | None) -> bytes:
    if flag is None:
        raise Beyond
    return b"true" if flag else b"false"


def _cursor(cursor: str | None) -> bytes:
    return b"null" if cursor is None else b'"%s"' % cursor.encode()


_FIELDS: dict[str, Tell] = {
    "total": _told(lambda page: b"%d" % page.total),
    "position": _told(lambda page: b"%d" % page.position),
    "page.more": _told(lambda page: _flag(page.more)),
    "page.earlier": _told(lambda page: _flag(page.earlier)),
    "page.start": _told(lambda page: _cursor(page.start)),
    "page.end": _told(lambda page: _cursor(page.end)),
}
