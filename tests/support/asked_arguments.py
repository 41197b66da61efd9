"""Values for the arguments of made-up documents: mostly sound ones out of a world, and now and then nonsense."""

from __future__ import annotations

import base64
from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any

import orjson
from asked_worlds import HOMES, REGIONS, TAGS, TEXTS, World
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from ucs_registry.canonical import timestamp
from ucs_registry.queries import Order, cursor_of
from ucs_registry.testing import NOW, an_id

SIZES = (1, 1, 2, 2, 3, 5, 20)
ODD_SIZES = (0, -1, 200, 201, 2**31 - 1)
GARBAGE = ("", "x", "eyJ", "W10", "W251bGwsMSwyXQ", "=", "水", "\u0000")
_AREAS: tuple[dict[str, Any], ...] = (
    {"box": {"west": 120.0, "south": 36, "east": 121.5, "north": 36.6}},
    {"box": {"west": -180, "south": -90, "east": 180, "north": 90}},
    {"box": {"west": 1, "south": 1, "east": 0, "north": 2}},
    {"polygon": {"type": "Polygon", "coordinates": [[[120, 36], [121, 36], [120.5, 37], [120, 36]]]}},
    {"polygon": {"type": "Polygon", "coordinates": [[[120, 36], [121, 37], [121, 36], [120, 37], [120, 36]]]}},
    {},
)
_DAYS = ("0001-01-01", "2025-02-28", "2025-07-01", "9999-12-31", None)
_INSTANTS = (
    "0001-01-01T00:00:00.000000Z",
    "9999-12-31T23:59:59.999999Z",
    timestamp(NOW),
    timestamp(NOW + timedelta(seconds=3)),
)
_SEARCHES = ("水", "积水", "积水点", "水 level", "wat", "👍", '"', "*", "code 000001", "é", "不在", "t1 防汛", "")
_NO_TYPES = ("types/none", "none", "")


class Arguments:
    """Draws values by what an argument is called. Cursors come from answers that were heard, and from the world."""

    def __init__(self, chance: Random, world: World, oddity: float = 0.06) -> None:
        self._chance = chance
        self._world = world
        self._oddity = oddity
        self._cursors: defaultdict[str, list[str]] = defaultdict(list)
        for resource in chance.sample(world.resources, 6):
            for order in Order:
                if order is not Order.SUBMITTED:
                    self.hear(cursor_of(resource, order).encode())

    def hear(self, cursor: str) -> None:
        """Remember a cursor that an answer held."""
        known = self._cursors[_order_of(cursor)]
        if cursor not in known:
            known.append(cursor)

    def drawn(self, field: str, name: str, type: GraphQLInputType, stated: dict[str, Any]) -> Any:
        """A value for an argument of a field, `Type.name`, given those that were drawn before it."""
        if name in ("after", "before"):
            order = stated.get("orderBy", "updated_desc") if field in _ORDERED else ""
            return self._cursor("submitted" if field == "Query.reviews" else str(order))
        return self.value(field, name, type)

    def value(self, place: str, name: str, type: GraphQLInputType) -> Any:
        """A value for an argument of a field, or for a field of an input."""
        if isinstance(type, GraphQLNonNull):
            found = self.value(place, name, type.of_type)
            while found is None:
                found = self.value(place, name, type.of_type)
            return found
        named = self._named(place, name)
        if named is not NotImplemented:
            return named
        if isinstance(type, GraphQLList):
            return [self.value(place, name, type.of_type) for _ in range(self._chance.choice((0, 1, 1, 2, 3)))]
        if isinstance(type, GraphQLEnumType):
            return self._chance.choice(list(type.values))
        if isinstance(type, GraphQLInputObjectType):
            return self._object(type)
        if type is GraphQLBoolean:
            return self._chance.random() < 0.5
        return self._chance.choice(TEXTS)

    def _named(self, place: str, name: str) -> Any:  # noqa: PLR0912 -- one line for each sort of argument
        chance = self._chance
        match place.partition(".")[2], name:
            case _, "first" | "last":
                return self._size()
            case _, "depth" | "fromNumber" | "toNumber" | "version":
                return chance.choice((None, 0, 1, 1, 2, 3, 10, 11, -1))
            case (("type" | "typeVersions"), "id"):
                return chance.choice(("types/weather", "types/dataset", "weather", *_NO_TYPES))
            case "vocabulary", "id":
                return chance.choice(("vocabularies/season", "vocabularies/theme", "season", "none"))
            case "member", "id":
                return self._member()
            case "node", "id":
                return chance.choice((self._resource(), self._organization(), self._member(), self._principal(), "x"))
            case "organization", "id":
                return self._organization()
            case _, "id" | "resource":
                return self._resource()
            case _, "ids":
                return [self._resource() for _ in range(chance.choice((0, 1, 2, 5)))]
            case _, "parent" | "subtree" | "owner" | "ownerSubtree":
                return self._organization()
            case _, "code":
                return chance.choice((*(item.code for item in self._world.resources[:12]), "CODE-009001", "none", "'"))
            case _, "search" | "text":
                return chance.choice(_SEARCHES)
            case _, "tag" | "tags":
                return chance.choice((*TAGS, "none"))
            case _, "district" | "region" | "prefix":
                return chance.choice((*filter(None, REGIONS), "3702", "A", "x", "1234567"))
            case _, "area":
                return chance.choice(_AREAS)
            case _, "start" | "end":
                return chance.choice(_DAYS)
            case _, "updatedAfter" | "updatedBefore":
                return chance.choice(_INSTANTS)
            case "ResourceFilter", "type":
                return chance.choice(("dataset", "weather", "scenario", "none", "types/dataset"))
        return NotImplemented

    def _size(self) -> int:
        return self._chance.choice(ODD_SIZES if self._odd() else SIZES)

    def _resource(self) -> str:
        if self._odd():
            return self._chance.choice((f"resources/{an_id(8_888)}", an_id(1), "resources/", "x", "resources/\u0000"))
        return self._chance.choice(self._world.names)

    def _organization(self) -> str:
        id = self._chance.choice(("none", "") if self._odd() else [item.id for item in self._world.organizations])
        return id if self._chance.random() < 0.1 else f"organizations/{id}"

    def _member(self) -> str:
        resource = self._chance.choice(list(self._world.members) or [an_id(1)])
        codes = [member.code for member in self._world.members.get(resource, ())]
        return f"resources/{resource}/members/{self._chance.choice([*codes, 'none'])}"

    def _principal(self) -> str:
        return f"principals/{self._chance.choice(list(HOMES))}"

    def _cursor(self, order: str) -> str:
        known = self._cursors["" if self._odd() else order]
        return self._chance.choice(known if known and not self._odd() else GARBAGE)

    def _object(self, type: GraphQLInputObjectType) -> dict[str, Any]:
        needed = [name for name, part in type.fields.items() if isinstance(part.type, GraphQLNonNull)]
        others = [name for name in type.fields if name not in needed]
        most = 1 if self._chance.random() < 0.5 else 3
        chosen = self._chance.sample(others, min(len(others), self._chance.randrange(most + 1)))
        return {name: self.value(f".{type.name}", name, type.fields[name].type) for name in (*needed, *chosen)}

    def _odd(self) -> bool:
        return self._chance.random() < self._oddity


_ORDERED = ("Query.resources", "Query.scenarios", "Query.reviews")


def _order_of(cursor: str) -> str:
    """The order to which a cursor belongs; empty for those of other lists."""
    try:
        order, _, _ = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        return ""
    return str(order)
