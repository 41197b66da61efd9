"""Revisions and their differences: all for those who work on a resource, numbers and dates for the others."""

from __future__ import annotations

from typing import Any

import pytest

from ucs_registry.differences import ABSENT
from ucs_sdk.errors import Denied, Invalid, NotFound
from ucs_sdk.vocabulary import ReviewState


async def history(desk: Any) -> str:
    """A resource with four revisions: approved, rejected, approved, draft."""
    name = await desk.waiting("HIST", tags=["水"], contact="Li")
    await desk.decide("inspector", await desk.row(name))
    await desk.update(name, title={"zh": "二", "en": "Two"})
    await desk.verbs.submit(desk.call("clerk"), name)
    await desk.decide("inspector", await desk.row(name, "reject", reason="no units"))
    desk.city.clock.move(seconds=5)
    await desk.update(name, title={"zh": "三", "en": "Three"}, tags=["水", "井"])
    await desk.verbs.submit(desk.call("clerk"), name)
    await desk.decide("inspector", await desk.row(name))
    await desk.verbs.bring_online(desk.call("inspector"), name)
    await desk.update(name, title={"zh": "四", "en": "Four"}, contact=None)
    return name


async def page(desk: Any, who: str, name: str, **more: Any) -> Any:
    async with desk.city.platform.session(who) as session:
        return await session.revisions.page(name, **more)


async def diff(desk: Any, who: str, name: str, *numbers: int | None) -> Any:
    async with desk.city.platform.session(who) as session:
        return await session.revisions.diff(name, *numbers)


def told(found: Any) -> list[tuple[str, Any, Any]]:
    return [(change.path, change.before, change.after) for change in found.changes]


async def test_who_works_on_it_sees_every_revision_and_who_judged_it(desk: Any) -> None:
    name = await history(desk)
    found = await page(desk, "clerk", name)
    states = [ReviewState.DRAFT, ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.APPROVED]
    assert [(item.number, item.state) for item in found.items] == list(zip((4, 3, 2, 1), states, strict=True))
    assert [item.current for item in found.items] == [False, True, False, False]
    assert (found.more, found.current) == (False, 3)
    rejected = found.items[2]
    assert (rejected.reviewer, rejected.submitter) == ("principals/inspector", "principals/clerk")
    assert (rejected.reason, rejected.authors) == ("no units", ("principals/clerk",))


async def test_others_see_the_numbers_and_dates_of_what_was_approved(desk: Any) -> None:
    name = await history(desk)
    found = await page(desk, "painter", name)
    assert [(item.number, item.current) for item in found.items] == [(3, True), (1, False)]
    for item in found.items:
        assert item.reviewed_at is not None
        assert (item.created_at, item.authors, item.submitter, item.submitted_at) == (None, (), None, None)
        assert (item.reviewer, item.reason) == (None, None)


async def test_pages_join(table: Any) -> None:
    name = await history(table)
    for who, numbers in (("clerk", [4, 3, 2, 1]), ("painter", [3, 1])):
        seen, after, more = [], None, True
        while more:
            part = await page(table, who, name, first=1, after=after)
            seen += [item.number for item in part.items]
            after, more = str(part.items[-1].number), part.more
        assert seen == numbers


async def test_bad_cursors_and_sizes_are_refused(table: Any) -> None:
    name = await history(table)
    for after in ("x", "-1", "1.5", "٣", "9" * 20):
        assert isinstance(await table.city.refused(page(table, "clerk", name, after=after)), Invalid)
    for first in (0, 201, -1):
        assert isinstance(await table.city.refused(page(table, "clerk", name, first=first)), Invalid)


async def test_what_may_not_be_discovered_has_no_revisions(table: Any) -> None:
    name = await table.waiting("HIDDEN")
    for asked in (page(table, "painter", name), diff(table, "painter", name), page(table, "clerk", "resources/nope")):
        assert isinstance(await table.city.refused(asked), NotFound)


async def test_only_who_works_on_it_is_told_what_differs(table: Any) -> None:
    name = await history(table)
    refusal = await table.city.refused(diff(table, "painter", name))
    assert (type(refusal), refusal.reason) == (Denied, "HEAD_HIDDEN")


@pytest.mark.parametrize(
    ("numbers", "ends", "changes"),
    [
        ((), (3, 4), [("title.en", "Three", "Four"), ("title.zh", "三", "四"), ("contact", "Li", ABSENT)]),
        ((1, 3), (1, 3), [("title.en", "HIST", "Three"), ("title.zh", "HIST", "三"), ("tags[井]", ABSENT, "井")]),
        ((3, 1), (3, 1), [("title.en", "Three", "HIST"), ("title.zh", "三", "HIST"), ("tags[井]", "井", ABSENT)]),
        ((None, 3), (2, 3), [("title.en", "Two", "Three"), ("title.zh", "二", "三"), ("tags[井]", ABSENT, "井")]),
        ((4,), (4, 4), []),
    ],
)
async def test_revisions_differ_field_by_field(table: Any, numbers: Any, ends: Any, changes: Any) -> None:
    found = await diff(table, "clerk", await history(table), *numbers)
    assert (found.from_number, found.to_number) == ends
    assert told(found) == changes
    assert (found.left_out, found.readable) == (0, True)


async def test_from_nothing_all_of_a_revision_is_told(table: Any) -> None:
    name = await history(table)
    found = await diff(table, "clerk", name, 0, 1)
    paths = [path for path, before, _ in told(found) if before is ABSENT]
    assert {"title.zh", "tags[水]", "contact", "spec.items"} <= set(paths)
    first = await table.waiting("FIRST")
    assert (await diff(table, "clerk", first)).from_number == 0


async def test_a_revision_that_is_not_there_is_not_found(desk: Any) -> None:
    name = await history(desk)
    for numbers in ((5,), (0, 9), (-1, 1), (2**40, 1), (1, 2**70)):
        refusal = await desk.city.refused(diff(desk, "clerk", name, *numbers))
        assert (type(refusal), refusal.reason, refusal.fields["last"]) == (NotFound, "REVISION_NOT_FOUND", 4)


async def test_links_to_what_may_not_be_discovered_are_told_on_neither_side(table: Any) -> None:
    secret, open_one = await table.draft("SECRET", who="painter", owner="roads"), await table.draft("OPEN")
    links = [{"target": target, "relation": "derives_from"} for target in (open_one,)]
    name = await table.draft("LINKING", dependencies=links)
    kept = await table.kept(name)
    hidden = kept.head.content.dependencies[0].model_copy(update={"target": secret})
    content = kept.head.content.model_copy(update={"dependencies": (hidden,)})
    head = kept.head.model_copy(update={"number": 2, "content": content})
    await table.city.keep(resources=[kept.model_copy(update={"head": head, "version": 2})])
    assert [path for path, _, _ in told(await diff(table, "clerk", name))] == [f"dependencies[{open_one}]"]
    assert [path for path, _, _ in told(await diff(table, "clerk", name, 0, 2)) if "dep" in path] == []
    # Whoever sees both is told of both.
    assert {path for path, _, _ in told(await diff(table, "founder", name))} >= {f"dependencies[{secret}]"}


async def test_who_may_not_read_is_not_told_of_spec_and_contact(table: Any, make: Any) -> None:
    await table.city.keep(
        rules=[
            make.policy("janitors", "janitor", "any", "discover"),
            make.policy("janitors-operate", "janitor", "any", "operate"),
            make.held("outsider", "janitor"),
        ]
    )
    name = await table.waiting("SPEC", contact="Li")
    found = await diff(table, "outsider", name)
    assert found.readable is False
    assert not [path for path, _, _ in told(found) if path.startswith(("spec", "contact"))]
    assert (await diff(table, "clerk", name)).readable is True


async def test_no_more_changes_are_told_than_is_stated(table: Any) -> None:
    items = [{"name": f"n{at}", "title": "t", "data_type": "decimal"} for at in range(500)]
    name = await table.draft("MANY", spec={"items": items})
    changed = [{"name": f"m{at}", "title": "u", "data_type": "integer"} for at in range(500)]
    await table.update(name, spec={"items": changed})
    found = await diff(table, "clerk", name, 1, 2)
    assert (len(found.changes), found.left_out) == (1_000, 500)
