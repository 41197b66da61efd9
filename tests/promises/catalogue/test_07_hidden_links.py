"""Promise 7 in the graph: links to what a caller may not see are neither shown, nor lost, nor told of by a refusal."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ucs_core.platform import Call
from ucs_registry.resources import Dependency
from ucs_registry.testing import a_resource, a_revision, an_id
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, DependencyRelation, ReviewState

A, B, HIDDEN, HIDDEN_TOO, NOWHERE = (f"resources/{an_id(number)}" for number in (1, 2, 3, 4, 99))
ULID = re.compile("[0-9A-Z]{26}")


def a_link(target: str) -> Dependency:
    return Dependency(target=target, relation=DependencyRelation.READS)


def linked(
    city: Any, name: str, *targets: str, owner: str = "", published: bool = True, revision: int = 1, **changes: Any
) -> Any:
    """A resource of the water bureau that needs others; what is not published, its owner alone may see."""
    state = ReviewState.APPROVED if published else ReviewState.DRAFT
    head = a_revision(revision, state, title_en=name, spec=city.SPEC, dependencies=tuple(map(a_link, targets)))
    availability = Availability.ONLINE if published else Availability.OFFLINE
    fields = {"owner": owner or city.WATER, "availability": availability, "version": revision, **changes}
    return a_resource(int(name[-26:]), head=head, **fields)


async def keep(node: Any, *resources: Any) -> None:
    async with node.store.write() as unit:
        await unit.save(resources)
        await unit.commit()


async def links_of(node: Any, name: str) -> list[str]:
    """Where the latest revision leads, as it is kept."""
    async with node.store.read() as reader:
        resource = await reader.resource(name.removeprefix("resources/"))
        return sorted(link.target for link in resource.head.content.dependencies)


async def refusal_of(call: Any, *names: str) -> tuple[Any, ...]:
    """What is told of a refusal, without the names that were sent."""
    with pytest.raises(UcsError) as caught:
        await call
    told = f"{caught.value.reason} {dict(caught.value.fields)} {caught.value}"
    for name in names:
        told = told.replace(name, "·")
    return caught.value.reason, ULID.sub("·", told)


@pytest.fixture
async def node(database, open_nodes, city):
    """A water bureau whose A needs what only the roads department can see."""
    async with open_nodes(database) as [node]:
        await city.settle(node)
        await keep(
            node,
            linked(city, HIDDEN, owner=city.ROADS, published=False),
            linked(city, HIDDEN_TOO, owner=city.ROADS, published=False),
        )
        await keep(node, linked(city, B), linked(city, A, HIDDEN))
        yield node


async def test_hidden_ends_of_links_are_shown_at_no_door(node, city, findings):
    async with node.doors() as doors:
        for way in city.ROUTES["resources.update"].doors:
            hand = city.Hand(node, doors, way, "editor")
            etag = (await hand.get(A))["etag"]
            content = {"content": {"title": {"zh": "标题", "en": f"By {way}"}}}
            answer = await hand.do("resources.update", {"name": A, "etag": etag, **content})
            findings.tried += 1
            assert HIDDEN not in str(answer)
            assert HIDDEN in await links_of(node, A)
        async with node.platform.session("editor") as session:
            assert HIDDEN not in (await session.resource(A)).model_dump_json()
        async with node.platform.session("admin") as session:
            assert HIDDEN in (await session.resource(A)).model_dump_json()


async def test_links_that_an_editor_cannot_see_outlive_the_editing(node, city, findings):
    verbs, call = node.platform.resources, Call(principal="editor")
    etag = "v1"
    to_b = {"target": B, "relation": "reads"}
    for content, wanted in (
        ({"tags": ["x"]}, [HIDDEN]),
        ({"dependencies": [to_b]}, [B, HIDDEN]),
        ({"dependencies": None}, [HIDDEN]),
        ({"dependencies": [to_b], "tags": []}, [B, HIDDEN]),
    ):
        etag = (await verbs.update(call, A, content, etag)).etag
        findings.tried += 1
        assert await links_of(node, A) == sorted(wanted)
    await verbs.submit(call, A)
    async with node.platform.session("reviewer") as session:
        etag = (await session.resource(A)).etag
    # A reviewer who cannot see the far end either approves it all the same.
    shown = await verbs.approve(Call(principal="reviewer"), A, etag)
    assert [link.target for link in shown.content.dependencies] == [B]
    assert await links_of(node, A) == sorted([B, HIDDEN])


async def test_a_link_to_what_is_hidden_is_refused_like_one_to_nothing(node, city, findings):
    verbs = node.platform.resources

    def update(target: str) -> Any:
        content = {"dependencies": [{"target": target, "relation": "reads"}]}
        return verbs.update(Call(principal="editor"), A, content, "v1")

    def create(target: str) -> Any:
        new = city.resource("NEW", dependencies=[{"target": target, "relation": "reads"}])
        return verbs.create(Call(principal="editor"), new)

    def bring_in(target: str) -> Any:
        new = city.resource("NEW", dependencies=[{"target": target, "relation": "reads"}])
        return verbs.import_chunk(Call(principal="retirer"), [new])

    for verb in (update, create, bring_in):
        nothing = await refusal_of(verb(NOWHERE), NOWHERE)
        assert nothing[0] == "DEPENDENCY_UNKNOWN"
        # One of them is linked already, the other is not: neither may be told from the other.
        for hidden in (HIDDEN, HIDDEN_TOO):
            findings.tried += 1
            assert await refusal_of(verb(hidden), hidden) == nothing


async def test_a_circle_through_what_is_hidden_names_and_counts_none_of_it(node, city, findings):
    await keep(
        node,
        linked(city, HIDDEN_TOO, B, owner=city.ROADS, published=False, revision=2),
        linked(city, HIDDEN, HIDDEN_TOO, owner=city.ROADS, published=False, revision=2),
    )
    content = {"dependencies": [{"target": A, "relation": "reads"}]}
    with pytest.raises(UcsError) as caught:
        await node.platform.resources.update(Call(principal="editor"), B, content, "v1")
    findings.tried += 1
    assert (caught.value.reason, caught.value.fields["circle"]) == ("DEPENDENCY_CYCLE", f"{B} → {A} → … → {B}")
    own = {"dependencies": [{"target": B, "relation": "reads"}]}
    with pytest.raises(UcsError) as caught:
        await node.platform.resources.update(Call(principal="editor"), B, own, "v1")
    assert caught.value.fields["circle"] == f"{B} → {B}"


async def test_who_retires_is_told_of_the_dependants_in_sight_alone(node, city, findings):
    await keep(
        node,
        linked(city, HIDDEN_TOO, B, owner=city.ROADS, revision=2, availability=Availability.OFFLINE),
    )
    retire = node.platform.resources.retire
    for count in (0, 1):
        with pytest.raises(UcsError) as caught:
            await retire(Call(principal="retirer"), B)
        findings.tried += 1
        assert (caught.value.reason, caught.value.fields["count"]) == ("STILL_NEEDED", count)
        await keep(node, linked(city, A, B, revision=2))


async def test_a_taken_code_says_that_it_is_taken_and_nothing_else(node, city, findings):
    """The one thing that a refusal tells of what is hidden: a code is unique, so whoever enters it learns that it is used."""
    told = []
    for number in (2, 3):
        with pytest.raises(UcsError) as caught:
            await node.platform.resources.create(Call(principal="editor"), city.resource(f"CODE-{number:06}"))
        findings.tried += 1
        told.append((caught.value.reason, sorted(caught.value.fields)))
    assert told == [("CODE_TAKEN", ["path", "taken"])] * 2
