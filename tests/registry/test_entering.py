"""What is worked out of resources beforehand is what their models would say, to the byte."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

import pytest

from ucs_registry.canonical import canonical_json
from ucs_registry.catalog import Actor, ImportedResource, import_prepared, prepare
from ucs_registry.entering import Fresh, StateDigests, fresh_of, resource_of
from ucs_registry.extents import Polygon, Temporal
from ucs_registry.log import EntryDraft, body_digest
from ucs_registry.log_groups import Entries, Part, PartedDraft, access_text, stored_access
from ucs_registry.resources import Dependency, Point, ResourceContent, canonical_content
from ucs_registry.search import card_texts, document_tokens, joined_tokens
from ucs_registry.sql import open_store
from ucs_registry.sql.copying import copy_text
from ucs_registry.sql.direct import DirectStatement
from ucs_registry.testing import NOW, a_content, a_resource, an_entry, an_id, everything_visible, founded
from ucs_sdk.vocabulary import Availability, DataLevel, DependencyRelation, ResourceKind

SQUARE = Polygon(type="Polygon", coordinates=(((120, 36), (121, 36), (121, 37), (120, 37), (120, 36)),))
LINKS = (
    Dependency(target=f"resources/{an_id(7)}", relation=DependencyRelation.READS, role='"角色"\\', required=False),
    Dependency(target=f"resources/{an_id(8)}", relation=DependencyRelation.CALLS, version="2"),
    Dependency(target=f"resources/{an_id(8)}", relation=DependencyRelation.CALLS, version="2"),
)
STATED = {
    "title_zh": "积水点\t“路”\n",
    "tags": ("水", "水", "a\\b"),
    "location": Point(longitude=120.5, latitude=36),
    "issued_on": date(2026, 1, 2),
    "conforms_to": ("GB/T 1",),
    "dependencies": LINKS,
    "footprint": SQUARE,
    "temporal": Temporal(start=date(2026, 1, 1)),
    "spec": {"z": [1, 2.5, None, True], "a": {"中": "\u2028"}},
    "region_code": "370202",
}
"""Something in every field that is told in a way of its own."""


def some_contents() -> list[ResourceContent]:
    """Contents with any of what can be stated."""
    chance = Random(3702)
    chosen = [{name: value for name, value in STATED.items() if chance.random() < 0.5} for _ in range(60)]
    return [a_content(**fields) for fields in ({}, STATED, *chosen)]


def an_item(content: ResourceContent, number: int = 1) -> ImportedResource:
    return ImportedResource(
        id=an_id(number), code=f"A/{number}", kind=ResourceKind.DATA, type="dataset", owner="37", content=content
    )


def test_canonical_content_is_that_of_the_model() -> None:
    for content in some_contents():
        assert canonical_content(content) == canonical_json(content.model_dump(mode="json"))


@pytest.mark.parametrize("at", [NOW, datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)])
@pytest.mark.parametrize("by", ["principals/x", 'principals/"\\\u0001积'])
def test_digest_is_that_of_the_resource(by: str, at: datetime) -> None:
    digests = StateDigests(by, at)
    for content in some_contents():
        fresh = fresh_of(an_item(content), an_id(1), Availability.OFFLINE)
        resource = resource_of(fresh, by, at)
        assert resource.head.content == content
        assert digests.of(fresh) == resource.digest
    # The twin: it forgets a part of the state.
    assert digests.of(fresh._replace(availability="online")) != resource.digest


def test_tokens_of_runs_are_those_of_the_document() -> None:
    for texts in (["积水点 abc", "ＡＩ_x 水"], ["", "\n"], ["𠀀積a水", "１２ ﬁ"], card_texts(a_content(), "A-1/b.c")):
        assert joined_tokens(texts) == " ".join(document_tokens(texts))


def test_parts_have_the_leaves_that_each_alone_would_have() -> None:
    access = [a_resource(1).access, a_resource(1, owner="water").access]
    own = [
        {
            "object": f"resources/{an_id(number)}",
            "rule": rule,
            "after": f"{number:064d}",
            "access_after": access[number % 2],
        }
        for number, rule in enumerate(['r"\\中', None, "r"])
    ]
    salt, body = "00" * 16, '{"中":1}'
    common = an_entry(request_id="x", on_behalf_of="principals/y")
    parts = [Part(**fields, body=body, salt=salt, body_digest=body_digest(salt, body)) for fields in own]
    told = {name: getattr(common, name) for name in EntryDraft.__slots__}
    alone = [EntryDraft(**(told | fields | {"body": body, "salt": salt})) for fields in own]
    together = Entries([common, PartedDraft(common=common, parts=parts)], 41)
    one_by_one = Entries([common, *alone], 41)
    assert list(together) == list(one_by_one) == together[:]
    assert [entry.leaf for entry in together] == [entry.computed_leaf() for entry in one_by_one]
    assert together[-1].position == 44
    assert len(together) == 4
    assert together.verbs == {common.verb}
    for each in access:
        assert access_text(each) == canonical_json(each.model_dump(mode="json")).decode()
        assert stored_access(each) == each.model_dump_json()
    with pytest.raises(IndexError):
        together[4]


def test_copy_escapes_what_it_would_read_otherwise() -> None:
    rows = [("a\tb\\", None, True, 1.5, 2), ("c\nd\r", "\\N", False, None, 3)]
    assert copy_text([(None, None), (None, DataLevel.L1), (None, "a")]) == b"\\N\t\\N\n\\N\tl1\n\\N\ta\n"
    assert copy_text(rows) == b"a\\tb\\\\\t\\N\tt\t1.5\t2\nc\\nd\\r\t\\\\N\tf\t\\N\t3\n"


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(request.param)


async def test_texts_are_the_same_whatever_encoding_the_machine_asks_for(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "GBK")
    store = await open_store(postgres_url)
    await founded(store)
    spec = {"items": [{"name": "code", "title": "编码", "data_type": "string", "length": 32}]}
    items = [an_item(a_content(spec=spec), number) for number in range(300)]
    async with store.write() as unit:
        await import_prepared(unit, prepare(items), Actor("principals/x", NOW, everything_visible(cells=0)))
        await unit.commit()
    async with store.read() as reader:
        found = await reader.resource(items[0].id)
    assert found is not None
    assert found.head.content.title == items[0].content.title
    assert await store.direct.row(DirectStatement(text="SELECT $1::text", names=("a",)), {"a": "桥🌉"}) == (
        "桥🌉".encode(),
    )
    await store.close()


async def test_cells_of_another_process_are_known_from_its_next_state_on(url: str) -> None:
    # Each remembers the cells that it has read, and both add to them in turn.
    first, second = await open_store(url), await open_store(url)
    await founded(first)
    actor = Actor("principals/x", NOW, everything_visible(cells=0))

    spec = {"items": [{"name": "code", "title": "编码", "data_type": "string", "length": 32}]}

    def items(batch: int) -> list[ImportedResource]:
        made = [an_item(a_content(), batch * 300 + number) for number in range(300)]
        levels = ["l1", "l2", "l3", "l4"][: batch + 1]
        return [
            item.model_copy(update={"content": a_content(data_level=levels[at % len(levels)], spec=spec)})
            for at, item in enumerate(made)
        ]

    for batch, store in enumerate((first, first, second, first)):
        async with store.write() as unit:
            await import_prepared(unit, prepare(items(batch)), actor)
            await unit.commit()
        # What is left without a commit leaves nothing in mind.
        async with store.write() as unit:
            await import_prepared(unit, prepare([an_item(a_content(open_type="conditional", spec=spec), 9_000)]), actor)
    async with second.read() as reader:
        cells = await reader.cells(0)
        assert [cell.number for cell in cells] == [0, 1, 2, 3]
        assert len({cell.attributes for cell in cells}) == 4
    await first.close()
    await second.close()


def test_fresh_tells_the_sort_that_policies_see() -> None:
    fresh: Fresh = fresh_of(an_item(a_content()), an_id(1), Availability.ONLINE)
    assert fresh.sort == tuple(resource_of(fresh, "principals/x", NOW).access.model_dump(mode="json").values())
