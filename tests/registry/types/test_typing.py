"""Entering types and vocabularies: versions, etags, compatibility, and how what is there satisfies the new version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ucs_registry import catalog
from ucs_registry.catalog import Actor, NewType, typing
from ucs_registry.catalog.typing import NAMED_MOST
from ucs_registry.checkpoints import Signer
from ucs_registry.memory import InMemoryStore, MemoryReader
from ucs_registry.resources import NewResource
from ucs_registry.sql import SqlStore
from ucs_registry.testing import (
    NOW,
    ROOT,
    a_content,
    a_resource,
    a_visibility,
    an_id,
    everything_visible,
    founded,
)
from ucs_registry.types import ResourceType, built_in_types, check_content, known_types
from ucs_registry.visibility import ALLOWED, DENIED, Visibility
from ucs_registry.vocabularies import NewVocabulary
from ucs_sdk.errors import Conflict, FailedPrecondition, Invalid, UcsError
from ucs_sdk.vocabulary import BreakKind, ResourceKind, ShareType

ADMIN = Actor("principals/admin", NOW, everything_visible())
LOOSE = {"type": "object", "properties": {"level": {"type": "number"}}}
STRICT = {"type": "object", "properties": {"level": {"type": "number", "minimum": 0}}, "required": ["level"]}


def stated(id: str = "gauge", schema: Any = LOOSE, **more: Any) -> NewType:
    said = {"id": id, "kind": "data", "title": {"zh": "水位站", "en": "Gauge"}, "schema": schema}
    return NewType.model_validate(said | more)


async def put(
    store: InMemoryStore,
    new: NewType,
    etag: str | None = None,
    *,
    breaking: bool = False,
    reading: Visibility = ADMIN.visibility,
    actor: Actor = ADMIN,
) -> catalog.TypeChange:
    async with store.write() as unit:
        change = await catalog.put_type(unit, new, etag, actor, reading=reading, breaking=breaking)
        await unit.commit()
        return change


async def test_a_type_that_was_entered_judges_the_next_resource(memory_store: InMemoryStore) -> None:
    await founded(memory_store)
    await put(memory_store, stated(schema=STRICT))
    async with memory_store.write() as unit:
        content = a_content(spec={"level": 3})
        new = NewResource(code="G-1", kind=ResourceKind.DATA, type="gauge", owner=ROOT, content=content)
        await catalog.create(unit, new, ADMIN)
        wrong = new.model_copy(update={"code": "G-2", "content": a_content(spec={"level": -3})})
        with pytest.raises(Invalid) as refusal:
            await catalog.create(unit, wrong, ADMIN)
        assert (refusal.value.reason, refusal.value.fields["path"]) == ("SPEC_INVALID", "content.spec.level")


async def test_versions_count_on_from_what_is_built_in(memory_store: InMemoryStore) -> None:
    built_in = built_in_types()["network"]
    titled = stated("network", dict(built_in.schema), kind="infrastructure")
    change = await put(memory_store, titled, "v1")
    assert (change.before, change.after.version, change.breaks) == (built_in, 2, [])
    assert (change.after.created_at, change.after.created_by) == (NOW, "principals/admin")
    assert (await put(memory_store, stated())).after.version == 1


@pytest.mark.parametrize(
    ("id", "etag", "reason"),
    [
        ("network", None, "ETAG_MISSING"),
        ("network", "v2", "ETAG_STALE"),
        ("network", "", "ETAG_STALE"),
        ("unheard", "v1", "ETAG_STALE"),
    ],
)
async def test_a_version_names_the_one_that_it_replaces(
    memory_store: InMemoryStore, id: str, etag: str | None, reason: str
) -> None:
    with pytest.raises(UcsError) as refusal:
        await put(memory_store, stated(id, kind="infrastructure"), etag, breaking=True)
    assert refusal.value.reason == reason


async def test_of_two_who_saw_the_same_version_the_second_is_refused(memory_store: InMemoryStore) -> None:
    await put(memory_store, stated())
    await put(memory_store, stated(schema=STRICT | {"required": []}), "v1", breaking=True)
    with pytest.raises(Conflict) as refusal:
        await put(memory_store, stated(schema=LOOSE | {"maxProperties": 9}), "v1", breaking=True)
    assert refusal.value.fields["current"] == "v2"


async def test_what_says_nothing_new_is_no_version(memory_store: InMemoryStore) -> None:
    await put(memory_store, stated())
    with pytest.raises(Invalid) as refusal:
        await put(memory_store, stated(), "v1")
    assert refusal.value.reason == "NOTHING_CHANGED"
    members = {"code": "plain", "schema": {"type": "object"}}
    assert (await put(memory_store, stated(members=members), "v1")).after.version == 2


async def test_a_version_that_breaks_something_is_refused_unless_that_is_meant(memory_store: InMemoryStore) -> None:
    await founded(memory_store, *(a_resource(at, type="gauge", spec={"level": at - 2}) for at in range(1, 5)))
    await put(memory_store, stated())
    with pytest.raises(FailedPrecondition) as refusal:
        await put(memory_store, stated(schema=STRICT), "v1")
    error = refusal.value
    assert error.reason == "TYPE_INCOMPATIBLE"
    assert (error.fields["count"], error.fields["examined"], error.fields["unsatisfied"]) == (2, 4, 1)
    assert error.fields["names"] == [f"resources/{an_id(1)}"]
    assert "spec.level" in error.message()
    async with memory_store.read() as reader:
        assert (await known_types(reader)).types["gauge"].version == 1
    change = await put(memory_store, stated(schema=STRICT), "v1", breaking=True)
    assert [item.kind for item in change.breaks] == [BreakKind.BOUND_TIGHTENED, BreakKind.FIELD_REQUIRED]
    assert (change.survey.examined, change.survey.unsatisfied) == (4, 1)


async def test_a_compatible_version_tells_of_what_did_not_satisfy_the_one_before(memory_store: InMemoryStore) -> None:
    await founded(memory_store, a_resource(1, type="gauge", spec={"level": "high"}))
    await put(memory_store, stated())
    change = await put(memory_store, stated(schema=LOOSE | {"title": "Gauge"}), "v1")
    assert (change.breaks, change.survey.unsatisfied) == ([], 1)


async def test_only_what_may_be_discovered_and_read_is_counted_and_named(memory_store: InMemoryStore) -> None:
    shares = [ShareType.UNCONDITIONAL, ShareType.CONDITIONAL, ShareType.NONE]
    said = {ShareType.CONDITIONAL: {"share_condition": "c"}, ShareType.NONE: {"denial_basis": "b"}}
    rows = [
        a_resource(at, type="gauge", share_type=share, spec={"level": "x"}, **said.get(share, {}))
        for at, share in enumerate(shares, start=1)
    ]
    await founded(memory_store, *rows)
    await put(memory_store, stated())
    async with memory_store.read() as reader:
        share_of = [cell.attributes.share_type for cell in await reader.cells(0)]

    def seeing(*wanted: ShareType) -> Visibility:
        return a_visibility(bytes(ALLOWED if share in wanted else DENIED for share in share_of))

    readable, discoverable = seeing(*shares[:2]), seeing(*shares[1:])
    actor = ADMIN._replace(visibility=discoverable)
    change = await put(memory_store, stated(schema=LOOSE | {"title": "G"}), "v1", reading=readable, actor=actor)
    assert (change.survey.examined, change.survey.unsatisfied) == (1, 1)
    assert change.survey.names == (f"resources/{an_id(2)}",)


async def test_many_are_counted_and_a_few_named(memory_store: InMemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing, "BATCH", 7)
    await founded(memory_store, *(a_resource(at, type="gauge", spec={"level": "x"}) for at in range(1, 31)))
    await put(memory_store, stated())
    survey = (await put(memory_store, stated(schema=LOOSE | {"title": "G"}), "v1")).survey
    assert (survey.examined, survey.unsatisfied, len(survey.names)) == (30, 30, NAMED_MOST)
    assert survey.names[0] == f"resources/{an_id(1)}"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"schema": {"type": "array"}}, "schema.type"),
        ({"members": {"code": "plain", "schema": {"$ref": "https://example.org"}}}, "members.schema.type"),
    ],
)
async def test_schemas_are_checked_by_their_rules(memory_store: InMemoryStore, change: Any, path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await put(memory_store, stated(**change))
    assert (refusal.value.reason, refusal.value.fields["path"]) == ("SCHEMA_INVALID", path)


async def test_there_are_so_many_types_and_no_more(
    memory_store: InMemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "TYPES_MOST", len(built_in_types()) + 1)
    monkeypatch.setattr(typing, "VERSIONS_MOST", 1)
    await put(memory_store, stated())
    for new, etag in ((stated("other"), None), (stated(schema=LOOSE | {"title": "G"}), "v1")):
        with pytest.raises(FailedPrecondition) as refusal:
            await put(memory_store, new, etag)
        assert refusal.value.reason == "TYPES_TOO_MANY"


async def test_a_vocabulary_closes_its_tags(memory_store: InMemoryStore) -> None:
    await founded(memory_store)

    async def stating(etag: str | None, *, closed: bool) -> None:
        said = {"id": "season", "title": {"zh": "季", "en": "Season"}, "closed": closed}
        terms = [{"id": "winter", "title": {"zh": "冬", "en": "Winter"}}]
        async with memory_store.write() as unit:
            new = NewVocabulary.model_validate(said | {"terms": terms})
            await catalog.put_vocabulary(unit, new, etag, ADMIN)
            await unit.commit()

    async def check(tag: str) -> None:
        async with memory_store.read() as reader:
            content = a_content(tags=(tag,), spec={"items": [{"name": "a", "title": "甲", "data_type": "string"}]})
            check_content(ResourceKind.DATA, "dataset", content, await known_types(reader))

    await stating(None, closed=True)
    await check("season:winter")
    with pytest.raises(Invalid) as refusal:
        await check("season:wintr")
    assert (refusal.value.reason, refusal.value.fields["near"]) == ("TAG_UNKNOWN", ["season:winter"])
    for etag, reason in ((None, "ETAG_MISSING"), ("v9", "ETAG_STALE"), ("v1", "NOTHING_CHANGED")):
        with pytest.raises(UcsError) as refused:
            await stating(etag, closed=True)
        assert refused.value.reason == reason
    await stating("v1", closed=False)
    await check("season:wintr")


async def test_what_is_known_is_read_once(memory_store: InMemoryStore) -> None:
    await put(memory_store, stated())
    asked = 0

    class Counted(MemoryReader):
        async def types(self) -> list[ResourceType]:
            nonlocal asked
            asked += 1
            return await super().types()

    async with memory_store.read() as reader:
        state = reader._state
    found = [await known_types(Counted(state)) for _ in range(3)]
    assert asked == 1
    assert found[0] is found[2]
    assert found[0].judge("gauge") is found[1].judge("gauge")


async def test_another_process_knows_what_was_entered_from_its_next_state_on(
    reopened: Callable[[Signer | None], Awaitable[SqlStore]],
) -> None:
    one, other = await reopened(None), await reopened(None)
    async with other.read() as before:
        async with one.write() as unit:
            await catalog.put_type(unit, stated(), None, ADMIN, reading=ADMIN.visibility, breaking=False)
            await unit.commit()
        assert "gauge" not in (await known_types(before)).types
    async with other.read() as reader:
        assert (await known_types(reader)).types["gauge"].version == 1
