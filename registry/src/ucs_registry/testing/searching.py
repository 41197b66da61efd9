"""What every store finds."""

from __future__ import annotations

from ucs_registry.ports import Store
from ucs_registry.queries import ResourceQuery
from ucs_registry.resources import Summary
from ucs_registry.testing.builders import a_resource, a_revision, founded, saved
from ucs_registry.testing.listing import kinds, listed
from ucs_sdk.vocabulary import ReviewState

FOUND: tuple[tuple[str, list[int]], ...] = (
    ("积水", [1]),
    ("积水点", [1]),
    ("积水点监测", [1]),
    ("易积水点监测数据", [1]),
    ("水", [1, 2, 3]),
    ("点", [1]),
    ("测", [1]),
    ("据", [1]),
    ("水点积", []),
    ("积点", []),
    ("积水监测", []),
    ("积水 监测", [1]),
    ("监测 积水", [1]),
    ("积水 供水", []),
    ("水利", [2]),
    ("水利水", []),
    ("水务", [3]),
    ("waterlogging", [1]),
    ("water", [1, 2, 3]),
    ("WATER", [1, 2, 3]),
    ("ater", []),
    ("waterloggings", []),
    ("water poi", [1]),
    ("poi water", [1]),
    ("积水 water", [1]),
    ("water 水利", [2]),
    ("ＡＩ", [2]),
    ("ai", [2]),
    ("ｗａｔｅｒ", [1, 2, 3]),
    ("AI算法", [2]),
    ("算法v2", [2]),
    ("v2", [2]),
    ("防汛", [1]),
    ("说明", [1, 3]),
    ("CODE-000002", [2]),
    ("code", [1, 2, 3]),
    ("000003", [3]),
    ("straße", [3]),
    ("STRASSE", [3]),
    ("café", [3]),
    ("cafe", []),
    ("café", [3]),
    ("𠮷", [3]),
    ("𠮷田", [3]),
    ("office 37", [1, 2]),
    ("机构", [1, 2, 3]),
    ("机构water", [1, 2, 3]),
    ("٣", [3]),
)
"""Queries and the numbers of what they find."""

NOTHING = (
    "",
    " ",
    "。",
    "!?",
    '"',
    "'",
    "*",
    "-",
    "(",
    "NEAR(",
    "OR",
    "NOT",
    "AND OR",
    'a" OR "b',
    "* OR *",
    "text:water",
    "{text}:x",
    "^",
    "\x00",
    "\ud800",
    "😀",
    "%",
    "_",
    "_water_x",
    "\\",
    "';--",
    "&|!<->",
    ":*",
    "nothing such",
    "x" * 5000,
    "无" * 5000,
    "无 " * 5000,
)
"""Queries that find nothing, and break nothing."""


class SearchContract:
    """Search: Chinese as a substring, other words by their beginning, every word of the query somewhere."""

    async def test_queries_find_what_they_should(self, store: Store) -> None:
        await self._founded(store)
        async with store.read() as reader:
            for text, wanted in FOUND:
                query = ResourceQuery(search=text)
                assert await listed(reader, query) == wanted, text
                assert await reader.count(query, None) == len(wanted), text
                assert sum((await kinds(reader, query, None)).values()) == len(wanted), text

    async def test_hostile_queries_find_nothing(self, store: Store) -> None:
        await self._founded(store)
        async with store.read() as reader:
            for text in NOTHING:
                assert await listed(reader, ResourceQuery(search=text)) == [], ascii(text)

    async def test_operators_are_words(self, store: Store) -> None:
        await founded(store, a_resource(1, title_en="near or far"), a_resource(2, title_en="far"))
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(search="far OR nothing")) == []
            assert await listed(reader, ResourceQuery(search="far OR")) == [1]
            assert await listed(reader, ResourceQuery(search="NEAR(far)")) == [1]
            assert await listed(reader, ResourceQuery(search='far"*')) == [1, 2]

    async def test_texts_do_not_run_into_each_other(self, store: Store) -> None:
        await founded(store, a_resource(1, title_zh="甲乙", tags=("丙丁", "戊己")))
        async with store.read() as reader:
            for text, wanted in (("乙丙", []), ("丁戊", []), ("甲乙 丙丁", [1]), ("丙丁", [1])):
                assert await listed(reader, ResourceQuery(search=text)) == wanted, text

    async def test_search_sees_the_revision_that_stands(self, store: Store) -> None:
        current = a_revision(1, title_zh="旧题目")
        draft = a_revision(2, ReviewState.DRAFT, title_zh="新题目")
        approved = draft.model_copy(update={"state": ReviewState.APPROVED})
        await founded(store, a_resource(head=current))
        await saved(store, a_resource(head=draft, current=current))
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(search="旧题")) == [1]
            assert await listed(reader, ResourceQuery(search="新题")) == []
        await saved(store, a_resource(head=approved, current=approved))
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(search="旧题")) == []
            assert await listed(reader, ResourceQuery(search="新题")) == [1]

    async def test_search_sees_a_unit_and_forgets_its_rollback(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await unit.save([a_resource(1, title_zh="临时")])
            assert await listed(unit, ResourceQuery(search="临时")) == [1]
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(search="临时")) == []

    async def test_phrase_is_found_at_the_end_of_a_long_text(self, store: Store) -> None:
        # More places than an index with positions keeps of one pair, and of one document.
        long = Summary(zh="水位" * 1990 + "尾声", en="w " * 1990 + "tail")
        await founded(store, a_resource(1, summary=long), a_resource(2, summary=Summary(zh="位尾", en="-")))
        async with store.read() as reader:
            for text, wanted in (("位尾声", [1]), ("水位尾声", [1]), ("位尾", [1, 2]), ("tail", [1]), ("水位水尾", [])):
                assert await listed(reader, ResourceQuery(search=text)) == wanted, text

    async def test_word_of_any_length_is_kept(self, store: Store) -> None:
        await founded(store, a_resource(1, summary=Summary(zh="x" * 4000, en="é" * 4000)))
        async with store.read() as reader:
            for text in ("x", "x" * 63, "x" * 255, "é" * 70):
                assert await listed(reader, ResourceQuery(search=text)) == [1], text

    async def test_search_joins_with_other_filters(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1, tags=("t",)),
            a_resource(2),
            a_resource(3, owner="water", tags=("t",)),
            a_resource(4, title_zh="-"),
        )
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(search="水位", tag="t")) == [1, 3]
            assert await listed(reader, ResourceQuery(search="水位", owner_subtree="3702")) == [3]
            assert await listed(reader, ResourceQuery(search="水位", code="CODE-000004")) == []

    @staticmethod
    async def _founded(store: Store) -> None:
        await founded(
            store,
            a_resource(1, title_zh="易积水点监测数据", title_en="Waterlogging points", tags=("防汛",)),
            a_resource(
                2,
                title_zh="水利、水位",
                title_en="Water works",
                summary=Summary(zh="ＡＩ算法v2", en="For all"),
            ),
            a_resource(
                3,
                owner="water",
                title_zh="水务",
                title_en="Straße café ٣",
                summary=Summary(zh="𠮷田说明", en="Any"),
            ),
        )
