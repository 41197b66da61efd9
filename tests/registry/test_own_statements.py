"""What a statement on a plugin's own tables may say: nothing but expressions, of these tables, alike on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Float,
    FunctionElement,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    TypeDecorator,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
    union_all,
    update,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import quoted_name

from ucs_registry.sql.own.asking import ClaimedTables
from ucs_registry.sql.own.claiming import claimed
from ucs_registry.sql.own.guarding import Guard
from ucs_registry.sql.tables import principals
from ucs_sdk.errors import Internal
from ucs_sdk.messages import Phrase

metadata = MetaData()
levels = Table(
    "levels", metadata, Column("key", Text, primary_key=True), Column("owner", Text), Column("level", Integer)
)
notes = Table("notes", metadata, Column("key", Text, primary_key=True), Column("weight", Float))
OWN = ClaimedTables("gauge", claimed("gauge", metadata))
foreign = Table("plugin_other__levels", MetaData(), Column("key", Text, primary_key=True))
other = levels.alias("other")
top = select(levels).limit(3).subquery()


class Spoken(TypeDecorator[str]):
    """A type whose values stand in a statement as a text of its own."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> Any:
        return literal_column("(SELECT max(id) FROM principals)")


class Version(FunctionElement[str]):
    """An expression that says itself what it is in SQL, under the name of one that may be asked."""

    name = "count"
    type = Text()
    inherit_cache = True


@compiles(Version)
def _version(element: Version, compiler: Any, **given: Any) -> str:
    return "(SELECT max(id) FROM principals)"


READS: dict[str, Callable[[], Any]] = {
    "a condition": lambda: select(levels).where(and_(levels.c.level > 3, levels.c.key.in_(["a", "b"]))),
    "an order": lambda: (
        select(levels.c.key).order_by(levels.c.level.desc().nulls_last(), levels.c.key).limit(5).offset(1)
    ),
    "a sum": lambda: select(levels.c.owner, func.sum(levels.c.level).label("all")).group_by(levels.c.owner),
    "a join": lambda: select(levels, notes.c.weight).join(notes, notes.c.key == levels.c.key, isouter=True),
    "an alias": lambda: select(levels.alias("other").c.key),
    "a subquery": lambda: select(top.c.key).where(top.c.level.between(1, 3)),
    "a common table": lambda: select(select(levels.c.key).cte("picked").c.key),
    "a union": lambda: union_all(select(levels.c.key), select(notes.c.key)).limit(3),
    "a window": lambda: select(func.row_number().over(partition_by=levels.c.owner, order_by=levels.c.level)),
    "a case": lambda: select(case((levels.c.level > 3, "high"), else_="low")),
    "how many": lambda: select(func.count()).select_from(levels),
    "whether there is": lambda: select(levels).where(exists().where(notes.c.key == levels.c.key)),
    "what may be seen under another name": lambda: select(other).where(OWN.visible(other.c.owner)),
    "what may be seen": lambda: select(levels).where(OWN.visible(levels.c.owner)),
}

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "another table": (lambda: select(principals), "sql-foreign-table"),
    "another plugin's": (lambda: select(foreign), "sql-foreign-table"),
    "one in a subquery": (
        lambda: select(levels).where(levels.c.key.in_(select(principals.c.id))),
        "sql-foreign-table",
    ),
    "one in a common table": (lambda: select(select(principals.c.id).cte().c.id), "sql-foreign-table"),
    "one by an alias": (lambda: select(principals.alias("levels").c.id), "sql-foreign-table"),
    "one in a column": (
        lambda: select(case((levels.c.level > 1, select(principals.c.id).scalar_subquery()))),
        "sql-foreign-table",
    ),
    "one in a union": (lambda: union_all(select(levels.c.key), select(principals.c.id)), "sql-foreign-table"),
    "one by its name": (lambda: select(table("principals", column("id"))), "sql-part"),
    "a text": (lambda: text("SELECT * FROM principals"), "sql-not-reading"),
    "a text within": (lambda: select(levels).where(text("1 = 1")), "sql-textual"),
    "a text for a column": (lambda: select(literal_column("(SELECT 1)"), levels.c.key), "sql-textual"),
    "a text for an order": (lambda: select(levels).order_by(text("key")), "sql-textual"),
    "a text before": (lambda: select(levels).prefix_with("ALL"), "sql-textual"),
    "a text behind": (lambda: select(levels).suffix_with("FOR UPDATE"), "sql-textual"),
    "a hint": (lambda: select(levels).with_hint(levels, "INDEXED BY x"), "sql-textual"),
    "a name that is a text": (lambda: select(levels.c.key.label(quoted_name("a, b", quote=False))), "sql-textual"),
    "a column of nothing": (lambda: select(column("key")).select_from(levels), "sql-textual"),
    "a lock": (lambda: select(levels).with_for_update(), "sql-textual"),
    "a function": (lambda: select(func.pg_read_file("passwords")), "sql-function"),
    "a function elsewhere": (lambda: select(func.other.count(levels.c.key)), "sql-function"),
    "an operator": (lambda: select(levels.c.key.op("||")("x")), "sql-operator"),
    "a pattern": (lambda: select(levels).where(levels.c.key.like("a%")), "sql-operator"),
    "a quotient": (lambda: select(levels.c.level / 2), "sql-operator"),
    "a cast": (lambda: select(cast(levels.c.level, Numeric)), "sql-part"),
    "a list of rows": (lambda: select(values(column("a", Integer), name="v").data([(1,)])), "sql-part"),
    "a NUL": (lambda: select(levels).where(levels.c.key == "a\0"), "sql-value"),
    "a number too large": (lambda: select(levels).where(levels.c.level == 2**63), "sql-value"),
    "no number": (lambda: select(literal(float("nan"))), "sql-value"),
    "a name of ours": (lambda: select(levels).where(levels.c.level == bindparam("ucs_levels_below", 1)), "sql-textual"),
    "a row that is entered on the way": (
        lambda: select(levels).add_cte(insert(notes).values(key="a").cte("beside")),
        "sql-part",
    ),
    "rows that end on the way": (
        lambda: select(delete(levels).returning(levels.c.key).cte("gone").c.key),
        "sql-part",
    ),
    "a type that says its own text": (lambda: select(levels).where(levels.c.key == literal("a", Spoken())), "sql-part"),
    "a function's type that does": (lambda: select(func.coalesce(levels.c.key, "a", type_=Spoken())), "sql-part"),
    "an expression of one's own": (lambda: select(Version(), levels.c.key), "sql-part"),
    "how it is to be run": (
        lambda: select(levels).execution_options(schema_translate_map={None: "other"}),
        "sql-textual",
    ),
    "something that writes": (lambda: delete(levels), "sql-not-reading"),
    "something else": (lambda: "SELECT 1", "sql-not-reading"),
    "an endless one": (lambda: select(levels).where(*(levels.c.level != at for at in range(1_100))), "sql-large"),
    "owners behind a page": (lambda: select(top).where(OWN.visible(top.c.owner)), "sql-visible-column"),
    "owners of others": (lambda: select(levels).where(OWN.visible(principals.c.id)), "sql-foreign-table"),
}

WRITES: dict[str, Callable[[], Any]] = {
    "rows": lambda: insert(levels).values(key="a", level=3),
    "rows from rows": lambda: insert(levels).from_select(["key"], select(notes.c.key)),
    "a change": lambda: update(levels).where(levels.c.key == "a").values(level=levels.c.level + 1),
    "an end": lambda: delete(levels).where(levels.c.key.in_(select(notes.c.key))),
}

WRITES_REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "another table": (lambda: delete(principals), "sql-foreign-table"),
    "another in a condition": (lambda: delete(levels).where(levels.c.key == principals.c.id), "sql-foreign-table"),
    "another for a value": (
        lambda: update(levels).values(owner=select(principals.c.id).limit(1).scalar_subquery()),
        "sql-foreign-table",
    ),
    "another for a row": (
        lambda: insert(levels).values([{"key": "a", "owner": select(principals.c.id).scalar_subquery()}]),
        "sql-foreign-table",
    ),
    "another to take from": (lambda: insert(levels).from_select(["key"], select(principals.c.id)), "sql-foreign-table"),
    "a text for a value": (lambda: update(levels).values(owner=text("version()")), "sql-textual"),
    "something that comes back": (lambda: delete(levels).returning(levels.c.key), "sql-returning"),
    "one database's words": (lambda: postgresql.insert(levels).on_conflict_do_nothing(), "sql-not-writing"),
    "the other's": (lambda: sqlite.insert(levels).on_conflict_do_nothing(), "sql-not-writing"),
    "what may be seen": (lambda: delete(levels).where(OWN.visible(levels.c.owner)), "sql-visible-written"),
    "something that reads": (lambda: select(levels), "sql-not-writing"),
    "another one on the way": (
        lambda: update(levels).values(level=1).add_cte(delete(notes).cte("beside")),
        "sql-part",
    ),
    "a type that says its own text": (lambda: update(levels).values(owner=literal("a", Spoken())), "sql-part"),
    "a NUL": (lambda: insert(levels).values(key="a\0"), "sql-value"),
    "a NUL in rows": (lambda: insert(levels).values([{"key": "a\0"}]), "sql-value"),
}


def problem_of(error: Internal) -> str:
    """Which phrase says what is wrong."""
    problem = error.fields["problem"]
    assert isinstance(problem, Phrase)
    return problem.key


@pytest.mark.parametrize("name", READS)
def test_expressions_of_own_tables_are_read(name: str) -> None:
    assert "levels" in OWN.read(READS[name]()).tables


@pytest.mark.parametrize("name", REFUSED)
def test_what_else_is_read_is_refused(name: str) -> None:
    make, problem = REFUSED[name]
    with pytest.raises(Internal) as caught:
        OWN.read(make())
    assert (caught.value.reason, problem_of(caught.value)) == ("SQL_REFUSED", problem)


@pytest.mark.parametrize("name", WRITES)
def test_own_tables_are_written(name: str) -> None:
    assert OWN.write(WRITES[name](), []).table == "levels"


@pytest.mark.parametrize("name", WRITES_REFUSED)
def test_what_else_is_written_is_refused(name: str) -> None:
    make, problem = WRITES_REFUSED[name]
    with pytest.raises(Internal) as caught:
        OWN.write(make(), [])
    assert (caught.value.reason, problem_of(caught.value)) == ("SQL_REFUSED", problem)


def test_a_guard_that_looks_at_the_outside_only_lets_others_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def outside(_: Guard, statement: Any) -> Any:
        yield statement

    monkeypatch.setattr(Guard, "_parts", outside)
    missed = 0
    for make, _ in REFUSED.values():
        try:
            OWN.read(make())
        except Internal:
            continue
        missed += 1
    assert missed > len(REFUSED) / 2


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"key": "a", "leval": 1}], "sql-column"),
        ([{"level": 1}], "sql-rows-unlike"),
        ([{"key": "a", "level": 1}, {"key": "b"}], "sql-rows-unlike"),
        ([{"key": "a\0"}], "sql-value"),
    ],
)
def test_rows_are_put_whole(rows: list[dict[str, object]], problem: str) -> None:
    with pytest.raises(Internal) as caught:
        OWN.put(levels, rows)
    assert problem_of(caught.value) == problem


def test_tables_are_named_after_their_plugin() -> None:
    assert (levels.name, notes.name) == ("plugin_gauge__levels", "plugin_gauge__notes")
    assert str(select(levels.c.key)) == "SELECT plugin_gauge__levels.key \nFROM plugin_gauge__levels"
