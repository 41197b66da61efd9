"""The page about the compiler shows what the compiler makes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ucs_core.graphql.documents import Documents
from ucs_core.graphql.limits import Limits
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_registry import shapes
from ucs_registry.resources import Dependency
from ucs_registry.sql import open_store
from ucs_registry.sql.shaping.build import Build
from ucs_registry.sql.shaping.statements import statement
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import NOW, a_resource, an_id, an_organization
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import DependencyRelation

PAGE = Path(__file__).parents[2] / "docs" / "compiler.md"


def _shown(language: str) -> str:
    [block] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return block


def _spaced(statement: str) -> str:
    return re.sub(r"\s+", " ", statement).replace("( ", "(").strip()


async def test_the_page_follows_the_query_to_its_statement_and_its_answer(sqlite_url):
    operation = Documents(core_schema(build_schema()), Limits()).operation(_shown("graphql").strip(), None)
    planned = operation.plans.ask({"id": f"resources/{an_id(1)}"})
    assert planned is not None
    plan, asked, *_ = planned
    assert plan.shape.questions == (eval(_shown("python"), vars(shapes)),)

    dialect = dialect_of(sqlite_url, 1.0)
    compiled = statement(plan.shape, Build(dialect, frozenset(), {})).compile(dialect=dialect.words.dialect)
    text, names = dialect.words.numbered(str(compiled), compiled.positiontup or ())
    assert _spaced(text) == _spaced(_shown("sql"))
    assert names == tuple(_shown("text").strip().split(", "))

    store = await open_store(sqlite_url)
    try:
        async with store.write() as unit:
            await unit.add_organizations([an_organization()])
            link = Dependency(target=f"resources/{an_id(2)}", relation=DependencyRelation.READS)
            await unit.save([a_resource(1, dependencies=(link,)), a_resource(2)])
            await unit.commit()
        *_, expected = json.loads(_shown("json"))
        all_of_it = Visibility(mask=b"\x01", action="discover", grantees=(), at=NOW)
        shown = await store.shaped.ask(plan.shape, store.shaped.eyes(all_of_it, None, ()), NOW, asked)
        assert shown is not None
        assert (
            plan.data(shown.answers)
            == json.dumps({"resource": expected}, ensure_ascii=False, separators=(",", ":")).encode()
        )
    finally:
        await store.close()
