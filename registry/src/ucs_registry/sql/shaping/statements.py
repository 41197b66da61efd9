"""From a shape to the statement that answers it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, exists, func, null, select

from ucs_registry.shapes import Field, Fixed, Many, Node, Object, One, Question, Several, Shape
from ucs_registry.sql import tables
from ucs_registry.sql.parameters import ZERO
from ucs_registry.sql.pieces import Piece, fixed, joined, where
from ucs_registry.sql.shaping.build import DISCOVER, Build
from ucs_registry.sql.shaping.questions import QUESTIONS
from ucs_registry.sql.shaping.resources import Resources
from ucs_registry.sql.shaping.things import Pieces, Related, Thing
from ucs_registry.sql.words import ITEM

STANDING = ("position", "access_version", "access_stamp", "cells", "cell_stamp")
"""The columns ahead of the answers: where the store stood."""


def statement(shape: Shape, build: Build) -> Select[*tuple[Any, ...]]:
    """One row: where the store stands, and the answer to each question. All of it is read from one state."""
    answers = [_answer(build, question) for question in shape.questions]
    return select(*(tables.head.c[name] for name in STANDING), *answers)


def _answer(build: Build, question: Question) -> ColumnElement[str]:
    if question.name == "resources_named":
        return _named(build, question).label(build.name("answer"))
    related = QUESTIONS[question.name](build, question.place)
    related.thing.place = question.place
    if not related.conditions:
        return joined(_object(related.thing, question.object)).label(build.name("answer"))
    return _one(related, question.object).label(build.name("answer"))


def _named(build: Build, question: Question) -> ColumnElement[str]:
    """The resources of a list of ids, in its order; NULL unless all of them are there for the caller."""
    asked = build.words.members(build.asked(question.place), build.name("named"))
    resources = Resources(build)
    resources.join(asked, asked.c.value == resources.c.id)
    seen = build.may(DISCOVER, resources.rows)
    listed = _many(Related(thing=resources, conditions=[seen], order=[asked.c.place]), Many("", question.object))
    every = build.words.members(build.asked(question.place), build.name("named"))
    unseen = select(every.c.value).where(
        every.c.value.not_in(select(resources.c.id).where(resources.c.id == every.c.value, seen).correlate(every))
    )
    return case((~exists(unseen), joined(listed)), else_=null())


def written(thing: Thing, node: Node) -> Pieces:
    """The JSON of a node about a thing."""
    match node:
        case Fixed():
            return [node.json]
        case Field():
            return thing.fields[node.name](thing)
        case Object():
            return _object(thing, node)
        case One():
            related = thing.relations[node.relation](thing)
            related.thing.place = node.place
            if not related.conditions:
                whole_of = _object(related.thing, node.object)
                return whole_of if related.when is None else [where(related.when, whole_of)]
            return [func.coalesce(_one(related, node.object), fixed("null"), type_=Text)]
        case Many():
            return _many(thing.relations[node.relation](thing), node)
        case Several():
            return _several(thing, node)


def _object(thing: Thing, node: Object) -> Pieces:
    pieces: list[Piece] = ["{"]
    for at, (key, inner) in enumerate(node.entries):
        pieces += [f'{"," if at else ""}"{key}":', *written(thing, inner)]
    pieces.append("}")
    return pieces if node.part is None else [where(thing.parts[node.part](thing), pieces)]


def _several(thing: Thing, node: Several) -> Pieces:
    pieces: list[Piece] = ["["]
    for at, inner in enumerate(node.nodes):
        pieces += ["," if at else "", *written(thing, inner)]
    return [*pieces, "]"]


def _one(related: Related, node: Object) -> ColumnElement[str]:
    # What is written may put other rows beside the thing's own: the source is made after it.
    text = joined(_object(related.thing, node)).label(ITEM)
    rows = select(text).select_from(related.thing.source).where(*related.conditions)
    return rows.correlate_except(*related.thing.own).scalar_subquery()


def _many(related: Related, node: Many) -> Pieces:
    thing = related.thing
    text = joined(_object(thing, node.object)).label(ITEM)
    rows = select(text).select_from(thing.source).where(*related.conditions).order_by(*related.order)
    most = related.most if node.most is None else thing.build.asked(node.most, BigInteger)
    if most is not None:
        rows = rows.limit(most).offset(ZERO)
    listed = thing.build.words.gathered(rows.correlate_except(*thing.own).subquery(thing.build.name("rows")))
    return ["[", func.coalesce(listed, fixed(""), type_=Text), "]"]
