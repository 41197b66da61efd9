"""The verbs of the catalogue, on a store in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ucs_registry import catalog
from ucs_registry.catalog.changes import Actor, Change, first_of
from ucs_registry.lifecycle import Verb
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Unit
from ucs_registry.resources import Dependency, NewResource, Resource
from ucs_registry.testing import NOW, ROOT, a_content, a_visibility, an_id, an_organization, everything_visible, founded
from ucs_registry.testing.resources import needs
from ucs_sdk.errors import AlreadyExists, Conflict, FailedPrecondition, Invalid, UcsError
from ucs_sdk.vocabulary import Availability, DependencyRelation, ResourceKind, ReviewState

ITEMS = {"items": [{"name": "level", "title": "水位", "data_type": "decimal"}]}
PROTOCOL = {"protocol": "rest", "operations": [{"name": "read", "title": "读取"}]}
FUNCTIONS = {"functions": ["展示"]}


def by(name: str, *, seconds: int = 0, blind: bool = False) -> Actor:
    visibility = a_visibility(b"") if blind else everything_visible()
    return Actor(f"principals/{name}", NOW + timedelta(seconds=seconds), visibility)


def new_dataset(code: str = "WATER/1", **content: Any) -> NewResource:
    return NewResource(
        code=code, kind=ResourceKind.DATA, type="dataset", owner=ROOT, content=a_content(**{"spec": ITEMS} | content)
    )


@pytest.fixture
async def unit(memory_store: InMemoryStore) -> AsyncIterator[Unit]:
    await founded(memory_store)
    async with memory_store.write() as unit:
        yield unit


@pytest.fixture
async def draft(unit: Unit) -> Resource:
    return (await catalog.create(unit, new_dataset(), by("alice"))).after


@pytest.fixture
async def submitted(unit: Unit, draft: Resource) -> Resource:
    return (await catalog.submit(unit, draft, by("bob"))).after


@pytest.fixture
async def approved(unit: Unit, submitted: Resource) -> Resource:
    return (await catalog.approve(unit, submitted, by("carol"))).after


async def refused(reason: str, call: Any, kind: type[UcsError] = UcsError) -> dict[str, Any]:
    with pytest.raises(kind) as refusal:
        await call
    assert refusal.value.reason == reason
    return dict(refusal.value.fields)


class TestCreating:
    async def test_new_resource_is_an_offline_draft(self, unit: Unit) -> None:
        before, after = await catalog.create(unit, new_dataset(), by("alice"))
        assert before is None
        assert (after.availability, after.head.state, after.head.number) == (Availability.OFFLINE, ReviewState.DRAFT, 1)
        assert (after.version, after.current, after.head.authors) == (1, None, ("principals/alice",))
        assert await unit.resource(after.id) == after

    async def test_ids_differ_within_one_instant(self, unit: Unit) -> None:
        changes = [await catalog.create(unit, new_dataset(f"WATER/{at}"), by("alice")) for at in range(20)]
        assert len({change.after.id for change in changes}) == 20

    async def test_code_is_unique(self, unit: Unit, draft: Resource) -> None:
        fields = await refused("CODE_TAKEN", catalog.create(unit, new_dataset(), by("bob")), AlreadyExists)
        assert fields == {"path": "code", "taken": draft.code}

    async def test_owner_must_exist(self, unit: Unit) -> None:
        new = new_dataset().model_copy(update={"owner": "nobody"})
        fields = await refused("ORGANIZATION_UNKNOWN", catalog.create(unit, new, by("alice")), Invalid)
        assert fields["path"] == "owner"

    async def test_region_must_exist(self, unit: Unit) -> None:
        fields = await refused(
            "REGION_UNKNOWN", catalog.create(unit, new_dataset(region_code="99"), by("alice")), Invalid
        )
        assert fields == {"path": "content.region_code", "region": "99", "near": []}
        await catalog.create(unit, new_dataset(region_code="3702"), by("alice"))

    async def test_type_must_be_of_the_kind(self, unit: Unit) -> None:
        new = new_dataset().model_copy(update={"type": "datasets"})
        fields = await refused("TYPE_UNKNOWN", catalog.create(unit, new, by("alice")), Invalid)
        assert fields["path"] == "type"
        assert "dataset" in fields["near"]
        wrong_kind = new_dataset().model_copy(update={"type": "api_service"})
        await refused("TYPE_UNKNOWN", catalog.create(unit, wrong_kind, by("alice")), Invalid)

    async def test_spec_error_names_the_path_and_what_was_expected(self, unit: Unit) -> None:
        for spec, path, expected in (
            ({}, "content.spec", "items"),
            (
                {"items": [{"name": "level", "title": "水位", "data_type": "number"}]},
                "content.spec.items[0].data_type",
                "enum",
            ),
            ({"items": [], "row_count": 1}, "content.spec.items", "minItems"),
            ({**ITEMS, "row_count": -1}, "content.spec.row_count", "minimum"),
            ({**ITEMS, "unheard": 1}, "content.spec", "additionalProperties"),
        ):
            fields = await refused("SPEC_INVALID", catalog.create(unit, new_dataset(spec=spec), by("alice")), Invalid)
            assert fields["path"] == path
            assert expected in fields["expected"]
            assert fields["type"] == "dataset"

    def test_spec_must_be_plain_json(self) -> None:
        for value in (float("nan"), 2**70, "\x00"):
            with pytest.raises(Invalid) as refusal:
                new_dataset(spec={"items": value})
            assert refusal.value.fields["path"] == "content.spec"

    def test_directory_rules_are_kept(self) -> None:
        with pytest.raises(Invalid) as refusal:
            a_content(share_type="conditional")
        assert refusal.value.reason == "SHARE_CONDITION_MISSING"
        with pytest.raises(Invalid) as refusal:
            a_content(share_type="none")
        assert refusal.value.reason == "DENIAL_BASIS_MISSING"
        a_content(share_type="none", denial_basis="依据")


class TestReviewing:
    async def test_draft_becomes_current_by_approval(self, unit: Unit, submitted: Resource) -> None:
        _, after = await catalog.approve(unit, submitted, by("carol", seconds=5))
        assert after.current == after.head
        assert (after.head.state, after.head.reviewer) == (ReviewState.APPROVED, "principals/carol")
        assert (after.version, after.updated_at) == (3, NOW + timedelta(seconds=5))

    @pytest.mark.parametrize("name", ["alice", "bob"])
    async def test_neither_author_nor_submitter_reviews(self, unit: Unit, submitted: Resource, name: str) -> None:
        for call in (catalog.approve(unit, submitted, by(name)), catalog.reject(unit, submitted, "no", by(name))):
            fields = await refused("SELF_APPROVAL", call, FailedPrecondition)
            assert fields["actor"] == f"principals/{name}"

    async def test_author_of_an_earlier_draft_does_not_review(self, unit: Unit, draft: Resource) -> None:
        _, second = await catalog.update(unit, draft, a_content(spec=ITEMS, title_zh="二"), by("dave"))
        _, second = await catalog.submit(unit, second, by("dave"))
        assert second.head.authors == ("principals/alice", "principals/dave")
        await refused("SELF_APPROVAL", catalog.approve(unit, second, by("alice")))

    async def test_author_of_a_rejected_revision_does_not_review_the_next(
        self, unit: Unit, submitted: Resource
    ) -> None:
        _, rejected = await catalog.reject(unit, submitted, "缺少依据", by("carol"))
        _, second = await catalog.update(unit, rejected, a_content(spec=ITEMS, title_zh="二"), by("dave"))
        _, second = await catalog.submit(unit, second, by("dave"))
        await refused("SELF_APPROVAL", catalog.approve(unit, second, by("alice")))

    async def test_submitter_who_withdrew_does_not_review(self, unit: Unit, submitted: Resource) -> None:
        _, withdrawn = await catalog.withdraw(unit, submitted, by("bob"))
        assert (withdrawn.head.state, withdrawn.head.submitter) == (ReviewState.DRAFT, None)
        _, again = await catalog.submit(unit, withdrawn, by("alice"))
        await refused("SELF_APPROVAL", catalog.approve(unit, again, by("bob")))

    async def test_approval_begins_the_list_of_authors_anew(self, unit: Unit, approved: Resource) -> None:
        _, second = await catalog.update(unit, approved, a_content(spec=ITEMS, title_zh="二"), by("dave"))
        assert second.head.authors == ("principals/dave",)
        _, second = await catalog.submit(unit, second, by("dave"))
        _, second = await catalog.approve(unit, second, by("alice"))
        assert second.current == second.head

    async def test_rejection_needs_a_reason(self, unit: Unit, submitted: Resource) -> None:
        for reason in (None, "", "  "):
            await refused("REASON_MISSING", catalog.reject(unit, submitted, reason, by("carol")), Invalid)
        for reason in ("x" * 1001, "a\x00"):
            fields = await refused("FIELD_INVALID", catalog.reject(unit, submitted, reason, by("carol")), Invalid)
            assert fields["path"] == "reason"
        _, after = await catalog.reject(unit, submitted, " 缺少依据 ", by("carol"))
        assert (after.head.state, after.head.reason, after.current) == (ReviewState.REJECTED, "缺少依据", None)

    async def test_update_after_rejection_opens_a_new_draft(self, unit: Unit, submitted: Resource) -> None:
        _, rejected = await catalog.reject(unit, submitted, "no", by("carol"))
        _, after = await catalog.update(unit, rejected, a_content(spec=ITEMS, title_zh="二"), by("alice"))
        assert (after.head.number, after.head.state, after.head.reason) == (2, ReviewState.DRAFT, None)
        assert [revision.state for revision in await unit.revisions(after.id)] == [
            ReviewState.DRAFT,
            ReviewState.REJECTED,
        ]

    async def test_published_resource_stays_live_while_the_next_revision_is_in_review(
        self, unit: Unit, approved: Resource
    ) -> None:
        _, online = await catalog.change_availability(unit, approved, Verb.BRING_ONLINE, None, by("op"))
        _, second = await catalog.update(unit, online, a_content(spec=ITEMS, title_zh="二"), by("alice"))
        _, second = await catalog.submit(unit, second, by("alice"))
        assert (second.availability, second.shown) == (Availability.ONLINE, approved.current)
        _, second = await catalog.reject(unit, second, "no", by("carol"))
        assert second.shown == approved.current

    async def test_update_while_in_review_is_refused(self, unit: Unit, submitted: Resource) -> None:
        call = catalog.update(unit, submitted, a_content(spec=ITEMS, title_zh="二"), by("alice"))
        await refused("REVIEW_PENDING", call, FailedPrecondition)

    async def test_update_that_changes_nothing_is_refused(self, unit: Unit, draft: Resource) -> None:
        await refused("NOTHING_CHANGED", catalog.update(unit, draft, draft.head.content, by("alice")), Invalid)

    async def test_update_checks_like_create(self, unit: Unit, draft: Resource) -> None:
        for reason, content in (
            ("SPEC_INVALID", a_content()),
            ("REGION_UNKNOWN", a_content(spec=ITEMS, region_code="99")),
            ("DEPENDENCY_UNKNOWN", a_content(spec=ITEMS, dependencies=needs(99))),
        ):
            await refused(reason, catalog.update(unit, draft, content, by("alice")), Invalid)

    async def test_clock_that_goes_back_does_not_move_the_resource_back(self, unit: Unit, draft: Resource) -> None:
        _, after = await catalog.submit(unit, draft, by("alice", seconds=-100))
        assert after.updated_at == draft.updated_at

    async def test_verb_from_the_wrong_state_is_refused(self, unit: Unit, draft: Resource) -> None:
        await refused("TRANSITION_ILLEGAL", catalog.approve(unit, draft, by("carol")))
        await refused("TRANSITION_ILLEGAL", catalog.withdraw(unit, draft, by("alice")))


class TestAvailability:
    async def test_resource_without_a_current_revision_does_not_go_online(self, unit: Unit, draft: Resource) -> None:
        call = catalog.change_availability(unit, draft, Verb.BRING_ONLINE, None, by("op"))
        await refused("NO_CURRENT_REVISION", call, FailedPrecondition)

    async def test_availability_goes_round(self, unit: Unit, approved: Resource) -> None:
        resource = approved
        for verb, reason, state in (
            (Verb.BRING_ONLINE, None, Availability.ONLINE),
            (Verb.SUSPEND, "探测失败", Availability.SUSPENDED),
            (Verb.RESUME, None, Availability.ONLINE),
            (Verb.TAKE_OFFLINE, "维护", Availability.OFFLINE),
            (Verb.RETIRE, "停用", Availability.RETIRED),
        ):
            _, resource = await catalog.change_availability(unit, resource, verb, reason, by("op"))
            assert (resource.availability, resource.availability_reason) == (state, reason)
            assert await unit.resource(resource.id) == resource
        await refused("TRANSITION_ILLEGAL", catalog.update(unit, resource, a_content(spec=ITEMS), by("alice")))

    @pytest.mark.parametrize("verb", [Verb.TAKE_OFFLINE, Verb.SUSPEND])
    async def test_taking_away_needs_a_reason(self, unit: Unit, approved: Resource, verb: Verb) -> None:
        _, online = await catalog.change_availability(unit, approved, Verb.BRING_ONLINE, None, by("op"))
        await refused("REASON_MISSING", catalog.change_availability(unit, online, verb, " ", by("op")), Invalid)

    async def test_what_is_needed_is_not_retired(self, unit: Unit, approved: Resource) -> None:
        _, user = await catalog.create(unit, new_dataset("B/1", dependencies=_on(approved)), by("alice"))
        _, user = await catalog.approve(unit, (await catalog.submit(unit, user, by("alice"))).after, by("bob"))
        call = catalog.change_availability(unit, approved, Verb.RETIRE, None, by("admin"))
        assert (await refused("STILL_NEEDED", call, FailedPrecondition))["count"] == 1
        await catalog.change_availability(unit, user, Verb.RETIRE, None, by("admin"))
        _, after = await catalog.change_availability(unit, approved, Verb.RETIRE, None, by("admin"))
        assert after.availability is Availability.RETIRED

    async def test_a_draft_does_not_hold_what_it_points_at(self, unit: Unit, approved: Resource) -> None:
        await catalog.create(unit, new_dataset("B/1", dependencies=_on(approved)), by("alice"))
        await catalog.change_availability(unit, approved, Verb.RETIRE, None, by("admin"))


class TestDependencies:
    async def test_unknown_target_is_refused(self, unit: Unit) -> None:
        call = catalog.create(unit, new_dataset(dependencies=needs(99)), by("alice"))
        fields = await refused("DEPENDENCY_UNKNOWN", call, Invalid)
        assert (fields["path"], fields["target"]) == ("content.dependencies", f"resources/{an_id(99)}")

    async def test_hidden_target_is_refused_like_an_unknown_one(self, unit: Unit, draft: Resource) -> None:
        new = new_dataset("B/1", dependencies=_on(draft))
        hidden = await refused("DEPENDENCY_UNKNOWN", catalog.create(unit, new, by("alice", blind=True)), Invalid)
        unknown = await refused(
            "DEPENDENCY_UNKNOWN", catalog.create(unit, new_dataset("B/1", dependencies=needs(99)), by("alice")), Invalid
        )
        assert set(hidden) == set(unknown)

    async def test_reviewer_need_not_see_the_targets(self, unit: Unit, draft: Resource) -> None:
        _, user = await catalog.create(unit, new_dataset("B/1", dependencies=_on(draft)), by("alice"))
        _, user = await catalog.submit(unit, user, by("alice"))
        _, user = await catalog.approve(unit, user, by("carol", blind=True))
        assert user.current is not None

    async def test_dependency_on_itself_is_a_circle(self, unit: Unit, draft: Resource) -> None:
        content = a_content(spec=ITEMS, dependencies=_on(draft))
        fields = await refused("DEPENDENCY_CYCLE", catalog.update(unit, draft, content, by("alice")), Invalid)
        assert fields["circle"] == f"{draft.name} → {draft.name}"

    async def test_circle_is_named_all_the_way_round(self, unit: Unit, draft: Resource) -> None:
        _, second = await catalog.create(unit, new_dataset("B/1", dependencies=_on(draft)), by("alice"))
        _, third = await catalog.create(unit, new_dataset("C/1", dependencies=_on(second)), by("alice"))
        content = a_content(spec=ITEMS, dependencies=_on(third))
        fields = await refused("DEPENDENCY_CYCLE", catalog.update(unit, draft, content, by("alice")), Invalid)
        assert fields["circle"] == " → ".join(entry.name for entry in (draft, third, second, draft))

    async def test_circle_leaves_unnamed_what_the_actor_may_not_see(self, unit: Unit, draft: Resource) -> None:
        await unit.add_organizations([an_organization("secret", ROOT)])
        hidden = new_dataset("B/1", dependencies=_on(draft)).model_copy(update={"owner": "secret"})
        _, second = await catalog.create(unit, hidden, by("alice"))
        _, third = await catalog.create(unit, new_dataset("C/1", dependencies=_on(second)), by("alice"))
        cells = await unit.cells(0)
        sight = a_visibility(bytes(cell.attributes.owner != "secret" for cell in cells))
        content = a_content(spec=ITEMS, dependencies=_on(third))
        actor = Actor("principals/eve", NOW, sight)
        fields = await refused("DEPENDENCY_CYCLE", catalog.update(unit, draft, content, actor), Invalid)
        assert fields["circle"] == f"{draft.name} → {third.name} → … → {draft.name}"
        assert second.name not in str(fields)

    async def test_circle_of_two_drafts_is_caught_at_approval(self, unit: Unit, approved: Resource) -> None:
        _, other = await catalog.create(unit, new_dataset("B/1"), by("alice"))
        _, other = await catalog.approve(unit, (await catalog.submit(unit, other, by("alice"))).after, by("carol"))
        # Neither update sees the other's edge, which is not live yet.
        there = await catalog.update(unit, approved, a_content(spec=ITEMS, dependencies=_on(other)), by("alice"))
        back = await catalog.update(unit, other, a_content(spec=ITEMS, dependencies=_on(approved)), by("alice"))
        first = (await catalog.submit(unit, there.after, by("alice"))).after
        second = (await catalog.submit(unit, back.after, by("alice"))).after
        await catalog.approve(unit, first, by("carol"))
        await refused("DEPENDENCY_CYCLE", catalog.approve(unit, second, by("carol")))

    async def test_dependency_does_not_run_upward(self, unit: Unit) -> None:
        service = NewResource(
            code="API/1",
            kind=ResourceKind.APPLICATION,
            type="business_system",
            owner=ROOT,
            content=a_content(spec=FUNCTIONS),
        )
        _, application = await catalog.create(unit, service, by("alice"))
        call = catalog.create(unit, new_dataset(dependencies=_on(application)), by("alice"))
        fields = await refused("DEPENDENCY_UPWARD", call, Invalid)
        assert (fields["kind"], fields["target_kind"]) == ("data", "application")


class TestEtags:
    async def test_stale_etag_is_a_conflict(self, unit: Unit, draft: Resource) -> None:
        _, after = await catalog.submit(unit, draft, by("alice"))
        assert draft.etag != after.etag
        with pytest.raises(Conflict) as refusal:
            catalog.check_etag(after, draft.etag, Verb.APPROVE, required=True)
        assert refusal.value.fields == {"object": after.name, "sent": "v1", "current": "v2"}
        catalog.check_etag(after, after.etag, Verb.APPROVE, required=True)

    def test_etag_is_asked_for_where_it_is_required(self) -> None:
        resource = first_of(new_dataset(), an_id(1), by("alice"))
        with pytest.raises(Invalid) as refusal:
            catalog.check_etag(resource, None, Verb.UPDATE, required=True)
        assert refusal.value.reason == "ETAG_MISSING"
        catalog.check_etag(resource, None, Verb.UPDATE, required=False)


class TestImporting:
    async def test_imports_enter_as_approved(self, unit: Unit) -> None:
        needing = _import("B/1", id=an_id(2), dependencies=needs(1), availability="offline")
        items = [_import("A/1", id=an_id(1)), needing]
        changes = await catalog.import_resources(unit, items, by("importer"))
        assert [change.after.availability for change in changes] == [Availability.ONLINE, Availability.OFFLINE]
        assert all(change.after.current == change.after.head for change in changes)
        assert await unit.resources([an_id(1), an_id(2)]) == {change.after.id: change.after for change in changes}

    @pytest.mark.parametrize(
        ("reason", "path", "item"),
        [
            ("CODE_TAKEN", "resources[1].code", {"code": "A/1"}),
            ("CODE_TAKEN", "resources[1].id", {"id": an_id(1)}),
            ("ORGANIZATION_UNKNOWN", "resources[1].owner", {"owner": "nobody"}),
            ("REGION_UNKNOWN", "resources[1].content.region_code", {"region_code": "99"}),
            ("DEPENDENCY_UNKNOWN", "resources[1].content.dependencies", {"dependencies": needs(2)}),
            ("SPEC_INVALID", "resources[1].content.spec", {"spec": {}}),
        ],
    )
    async def test_one_bad_import_refuses_all(self, unit: Unit, reason: str, path: str, item: dict[str, Any]) -> None:
        items = [_import("A/1", id=an_id(1)), _import(**{"code": "B/1", "id": an_id(2)} | item)]
        fields = await refused(reason, catalog.import_resources(unit, items, by("importer")))
        assert fields["path"] == path
        assert await unit.resources([an_id(1), an_id(2)]) == {}

    async def test_import_over_what_exists_is_refused(self, unit: Unit, draft: Resource) -> None:
        for item in (_import(draft.code), _import("B/1", id=draft.id)):
            await refused("CODE_TAKEN", catalog.import_resources(unit, [item], by("importer")), AlreadyExists)


def _on(resource: Resource) -> tuple[Dependency, ...]:
    return (Dependency(target=resource.name, relation=DependencyRelation.READS),)


def _import(code: str, **changes: Any) -> catalog.ImportedResource:
    own = {name: changes.pop(name) for name in tuple(changes) if name in catalog.ImportedResource.model_fields}
    new = new_dataset(code, **changes)
    return catalog.ImportedResource(**dict(new) | own)


async def test_change_tells_before_and_after(memory_store: InMemoryStore) -> None:
    await founded(memory_store)
    async with memory_store.write() as unit:
        first = await catalog.create(unit, new_dataset(), by("alice"))
        second = await catalog.submit(unit, first.after, by("alice"))
    assert second == Change(first.after, second.after)
    assert second.before.digest != second.after.digest
