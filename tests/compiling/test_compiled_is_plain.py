"""What is compiled answers as plain execution does: on made-up documents, in made-up worlds, for everybody in them.

Each document is put to two doors of one platform, of which one executes everything plainly. The answers are compared as
they are sent: values, the order of keys, errors, status and position.
"""

from __future__ import annotations

import gc
from collections import Counter
from random import Random
from typing import Any

import pytest
from asked_arguments import Arguments
from asked_documents import Asked, Documents
from asked_worlds import KNOWN, UNKNOWN, asked_world

from ucs_core.graphql.schema import build_schema, core_schema

DOCUMENTS = 130
"""How many documents are drawn in one world; each is asked by one of its people, and every third by two."""

VALID_LEAST = 0.85
"""What part of the documents must be valid, or the proof would be about refusals."""

SCHEMA = core_schema(build_schema())

# Where one argument is refused, graphql-core leaves the fields beside it as they are, begun by nobody.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine '(GraphQLCoreConverter|Executor):RuntimeWarning"),
    # The same where the collector comes by in a frame that has no builtins to warn with.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <coroutine object (GraphQLCoreConverter|Executor):"
        "pytest.PytestUnraisableExceptionWarning"
    ),
]


class Comparison:
    """Two doors over one world, what they were asked, and where they differed."""

    def __init__(self, asking: Any, platform: Any) -> None:
        self.compiled, self.plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        self.tally: Counter[str] = Counter()
        self.violations: list[str] = []

    async def compare(self, who: str, asked: Asked) -> Any:
        """Ask both doors, twice the one that may remember how; what was told plainly."""
        plain = await self.plain.tell(who, asked)
        self.tally["valid" if plain.executed else "refused"] += 1
        if '"INTERNAL' in plain.text:
            self.violations.append(f"{who} asked {asked.text!r} with {asked.variables!r}: {plain.text[:400]}")
        again = True
        while again:
            told = await self.compiled.tell(who, asked)
            # What is remembered of the first time serves the second.
            again = told.compiled and self.tally["compiled"] % 2 == 0
            self.tally["compiled" if told.compiled else "fell back"] += 1
            if (told.text, told.executed, told.code, told.position) != (
                plain.text,
                plain.executed,
                plain.code,
                plain.position,
            ):
                self.violations.append(_difference(who, asked, told, plain))
        return plain


def _difference(who: str, asked: Asked, told: Any, plain: Any) -> str:
    at = next((at for at, (one, two) in enumerate(zip(told.text, plain.text, strict=False)) if one != two), 0)
    start = max(0, at - 120)
    return (
        f"{who} asked {asked.text!r} with {asked.variables!r}\n  was told …{told.text[start : at + 160]}\n"
        f"  and not  …{plain.text[start : at + 160]}\n  {told.code, told.position} {plain.code, plain.position}"
    )


async def walk(
    asking: Any,
    database: str,
    chance: Random,
    documents: int = DOCUMENTS,
    roots: tuple[str, ...] = (),
) -> Comparison:
    """A world, and what was found when it was asked about."""
    world = asked_world(chance)
    arguments = Arguments(chance, world)
    drawn = Documents(chance, SCHEMA, arguments, roots)
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        comparison = Comparison(asking, platform)
        for number in range(documents):
            asked = drawn.draw()
            for who in chance.sample(KNOWN, 1 + (number % 3 == 0)) if number % 20 else UNKNOWN:
                plain = await comparison.compare(who, asked)
                for cursor in asking.cursors_in(plain.body):
                    arguments.hear(cursor)
    gc.collect()
    return comparison


# 40,000 documents over both databases.
@pytest.mark.long_form(150)
async def test_compiled_answers_are_plain_answers(asking, database, findings, round_number, record_property):
    found = await walk(asking, database, findings.random("compiled", round_number))
    findings.tried += sum(found.tally[sort] for sort in ("valid", "refused"))
    record_property("figure", f"compiled is plain: {dict(found.tally)} of round {round_number} on {database[:6]}")
    findings.expect_none(found.violations)
    assert found.tally["valid"] >= VALID_LEAST * (found.tally["valid"] + found.tally["refused"]), found.tally
