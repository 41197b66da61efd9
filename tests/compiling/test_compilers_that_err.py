"""Twins: compilers that are broken on purpose, each of which the comparison with plain execution must find.

What is compiled is asked by way of a store that tells lies: about who sees what, about the time, in what is asked of the
database, or in what comes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from asked_documents import Asked
from asked_worlds import asked_world
from lying_answers import Lying, Through
from representative_documents import FALLS_BACK, TOLD, about_more, representative

from ucs_registry.shapes import PageWanted
from ucs_registry.sql.direct import DirectStatement, Row
from ucs_registry.sql.shaping.answers import SqlShaped
from ucs_registry.visibility import ALLOWED, Visibility

WORLD, CALLERS = 1, ("developer", "administrator")
ENOUGH = 1
"""After how many differences a twin is found."""


class ForgetsTheMask(Lying):
    """Everybody discovers everything."""

    def eyes(self, discover, read, work):
        return self._shaped.eyes(_all(discover), read, work)


class ReadsWhatIsDiscovered(Lying):
    """Whoever discovers something reads it."""

    def eyes(self, discover, read, work):
        return self._shaped.eyes(discover, read and _all(read), work)


class WorksOnNothing(Lying):
    """Nobody is shown an etag."""

    def eyes(self, discover, read, work):
        return self._shaped.eyes(
            discover, read, [replace(each, mask=bytes(len(each.mask)), grantees=()) for each in work]
        )


class WorksOnEverything(Lying):
    """Whoever discovers something works on it."""

    def eyes(self, discover, read, work):
        return self._shaped.eyes(discover, read, [_all(each) for each in work])


class InvokesEverything(Lying):
    """Whatever is needed may be used."""

    def eyes(self, discover, read, work):
        return self._shaped.eyes(discover, read, [_all(each) if each.action == "invoke" else each for each in work])


class ReviewsTheirOwn(Lying):
    """A queue holds what its reviewer has written."""

    async def ask(self, shape, eyes, at, asked):
        return await super().ask(shape, eyes, at, [_of_nobody(each) for each in asked])


class IsLate(Lying):
    """Grants that are over still count."""

    async def ask(self, shape, eyes, at, asked):
        return await self._shaped.ask(shape, eyes, at - timedelta(days=1, hours=12), asked)


class Answered(Lying):
    """The answers themselves are altered."""

    def __init__(self, shaped: Any, pattern: bytes, instead: bytes | Callable[[re.Match[bytes]], bytes]) -> None:
        super().__init__(shaped)
        self._pattern = re.compile(pattern)
        self._instead = instead

    async def ask(self, shape, eyes, at, asked):
        shown = await super().ask(shape, eyes, at, asked)
        if shown is None:
            return None
        altered = [each and self._pattern.sub(self._instead, each) for each in shown.answers]
        return shown._replace(answers=altered)


class Rewriting:
    """A direct driver that alters the texts of the statements that it runs."""

    def __init__(self, direct: Any, pattern: str, instead: str) -> None:
        self._direct = direct
        self._pattern = re.compile(pattern)
        self._instead = instead

    def mark(self) -> bytes | None:
        """Ask the database each time."""
        return None

    async def row(self, statement: DirectStatement, values: Mapping[str, object]) -> Row | None:
        """The row of another statement."""
        text = self._pattern.sub(self._instead, statement.text)
        found: Row | None = await self._direct.row(replace(statement, text=text), values)
        return found


def _all(visibility: Visibility) -> Visibility:
    return replace(visibility, mask=bytes((ALLOWED,)) * len(visibility.mask))


def _of_nobody(asked: object) -> object:
    queue = asked.query.queue if isinstance(asked, PageWanted) else None
    if queue is None or not isinstance(asked, PageWanted):
        return asked
    return replace(asked, query=replace(asked.query, queue=replace(queue, reviewer="principals/nobody")))


def _more(found: re.Match[bytes]) -> bytes:
    return b'"totalCount":%d' % (int(found[1]) + 1)


def _written(store: Any, pattern: str, instead: str) -> SqlShaped:
    return SqlShaped(store._dialect, Rewriting(store.direct, pattern, instead))


TWINS: dict[str, Callable[[Any], Any]] = {
    "the mask is forgotten": lambda store: ForgetsTheMask(store.shaped),
    "what is discovered is read": lambda store: ReadsWhatIsDiscovered(store.shaped),
    "nobody works on anything": lambda store: WorksOnNothing(store.shaped),
    "everybody works on what they see": lambda store: WorksOnEverything(store.shaped),
    "everybody may use what is needed": lambda store: InvokesEverything(store.shaped),
    "reviews of one's own work": lambda store: ReviewsTheirOwn(store.shaped),
    "a grant that is over counts": lambda store: IsLate(store.shaped),
    "null for an empty list": lambda store: Answered(store.shaped, rb"\[\]", b"null"),
    "an empty list for null": lambda store: Answered(store.shaped, rb"null", b"[]"),
    "a date without its century": lambda store: Answered(store.shaped, rb'"20(\d\d-)', rb'"\1'),
    # Ends of links are resources as well, of later numbers than the one that was asked about.
    "links lead to what is hidden": lambda store: _written(
        store, r"(resources_(?:[2-9]|\d\d)\.cell \+ \S+ 1\)) [<>]= ('\\x01'|X'01')", r"\1 IS NOT NULL"
    ),
    "a part of a list begins with its cursor": lambda store: _written(
        store, r"(members_\d+\.code) > (?=[?$])", r"\1 >= "
    ),
    "a part of a list is the first, not the last": lambda store: _written(
        store, r"ORDER BY (members_\d+\.code) DESC", r"ORDER BY \1"
    ),
    "a filter of members is forgotten": lambda store: _written(
        store, r"(members_\d+\.status = [^\s)]+)", r"(\1 OR TRUE)"
    ),
    "revisions that are not approved are shown": lambda store: _written(
        store, r"(revisions_\d+\.state) = 'approved'", r"\1 IS NOT NULL"
    ),
    "a walk ends too soon": lambda store: _written(store, r"(steps_1\.depth) < ", r"\1 + 1 < "),
    "the order is dropped": lambda store: _written(store, r"ORDER BY (?:\w+\.\w+(?: DESC)?(?:, )?)+", ""),
}
TWINS_OF_LISTS: dict[str, Callable[[Any], Any]] = {
    "a total is wrong": lambda store: Answered(store.shaped, rb'"totalCount":(\d+)', _more),
    "a cursor is off by one": lambda store: _written(store, r"\) (<|>) \(", r") \1= ("),
}


async def caught(
    asking: Any, store: Any, made: Callable[[Any], Any], plain: Mapping[tuple[str, str], Any]
) -> list[str]:
    """Where a broken compiler was found to differ."""
    found = []
    async with asking.beside(store, lambda each: Through(each, made(each))) as platform:
        door = asking.door(platform, compiled=True)
        for (name, who), (asked, told) in plain.items():
            answer = await door.tell(who, asked)
            if answer.text != told.text:
                found.append(f"{name} for {who}: {answer.text:.200}")
            if len(found) == ENOUGH:
                break
    return found


# Some thousand answers, twice: most of a minute on a machine that does nothing else.
@pytest.mark.timeout(480)
async def test_compilers_that_err_are_found(asking, database, findings):
    world = asked_world(Random(WORLD))
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        measure, door = asking.door(platform, compiled=False), asking.door(platform, compiled=True)
        plain: dict[tuple[str, str], tuple[Asked, Any]] = {}
        for name, asked in (*representative(world), *about_more(world)):
            if name.rstrip(" 0123456789") not in FALLS_BACK | TOLD:
                for who in CALLERS:
                    plain[name, who] = asked, await measure.tell(who, asked)
        findings.expect_none(
            [
                f"{name} for {who} differs from plain execution already"
                for (name, who), (asked, told) in plain.items()
                if (await door.tell(who, asked)).text != told.text
            ]
        )
        for twin, made in (TWINS | TWINS_OF_LISTS).items():
            findings.tried += len(plain)
            findings.expect_caught(twin, await caught(asking, store, made, plain))
