"""Changing what a resource depends on, at both doors: the same effects, the same refusals, one entry each."""

from __future__ import annotations

from typing import Any

import pytest

from ucs_core.platform import Call
from ucs_sdk.errors import Invalid

SERVICE = "ucs.registry.v1.ResourceService"
LINKS = "head { content { dependencies { relation version role required resource { id } } } }"
DOCUMENT = f"""mutation($id: ID!, $etag: String!, $add: [DependencyInput!], $remove: [ID!], $requestId: String,
  $validateOnly: Boolean! = false) {{
  done: changeDependencies(
    id: $id, etag: $etag, add: $add, remove: $remove, requestId: $requestId, validateOnly: $validateOnly
  ) {{ etag {LINKS} }}
}}"""


async def change(city: Any, way: str, who: str, number: int, **asked: Any) -> Any:
    """The links of the new draft, or the reason of the refusal."""
    values = {"etag": "v1", **asked}
    if way == "graphql":
        renamed = {"request_id": "requestId", "validate_only": "validateOnly"}
        stated = {renamed.get(key, key): value for key, value in values.items()}
        answer = await city.graphql(who, DOCUMENT, id=city.name(number), **stated)
        if isinstance(answer, tuple):
            return answer
        links = answer["done"]["head"]["content"]["dependencies"]
        return [(int(link["resource"]["id"][-26:]), link["relation"], *_notes(link)) for link in links]
    try:
        answer = await city.doors.rpc(who, f"{SERVICE}.ChangeDependencies", {"name": city.name(number), **values})
    except Exception as refusal:
        if not hasattr(refusal, "reason"):
            raise
        return refusal.reason, refusal.fields.get("path")
    links = answer["head"]["content"].get("dependencies", [])
    return [(int(link["target"][-26:]), link["relation"], *_notes(link)) for link in links]


def _notes(link: Any) -> tuple[Any, ...]:
    return link.get("version"), link.get("role"), link.get("required", False)


async def logged(city: Any) -> Any:
    """What the log's last entry says of a verb."""
    async with city.store.read() as reader:
        [entry] = await reader.log(after=reader.head.position - 1, first=1)
    return entry.verb, entry.outcome.value, entry.reason


async def test_links_are_added_replaced_and_removed(city, way):
    stated = [
        {"target": city.name(2), "relation": "reads", "version": "v3", "role": "水深 depth", "required": False},
        {"target": city.name(9), "relation": "calls"},
    ]
    links = await change(city, way, "editor", 4, add=stated, remove=[city.name(3)])
    assert links == [(2, "reads", "v3", "水深 depth", False), (9, "calls", None, None, True)]
    assert await logged(city) == ("resources.change_dependencies", "accepted", None)
    async with city.platform.session("editor") as session:
        view = await session.resource(city.name(4))
    # The approved revision is served until the draft is approved.
    assert [int(link.target[-26:]) for link in view.content.dependencies] == [2, 3]
    assert view.head.content.title == view.content.title
    assert (view.head.number, view.head.state) == (2, "draft")


async def test_target_may_be_removed_and_added_in_another_way(city, way):
    again = [{"target": city.name(2), "relation": "derives_from"}]
    links = await change(city, way, "editor", 4, add=again, remove=[city.name(2)])
    assert [link[:2] for link in links] == [(3, "reads"), (2, "derives_from")]


async def test_links_that_cannot_be_seen_outlive_the_change(city, way):
    links = await change(city, way, "editor", 6, add=[{"target": city.name(2), "relation": "reads"}])
    assert [link[:2] for link in links] == [(2, "reads")]
    async with city.store.read() as reader:
        kept = await reader.resource(city.name(6)[-26:])
    assert [int(link.target[-26:]) for link in kept.head.content.dependencies] == [2, 5]


async def test_one_effect_for_one_request(city, way):
    asked = {"add": [{"target": city.name(9), "relation": "reads"}], "request_id": "once"}
    first = await change(city, way, "editor", 4, **asked)
    assert await change(city, way, "editor", 4, **asked) == first
    assert await change(city, way, "editor", 4, **asked | {"remove": [city.name(2)]}) == (
        "REQUEST_ID_REUSED",
        "request_id",
    )


async def test_validation_alone_changes_nothing(city, way):
    asked = {"remove": [city.name(2)], "validate_only": True}
    assert [link[0] for link in await change(city, way, "editor", 4, **asked)] == [3]
    async with city.store.read() as reader:
        assert (await reader.resource(city.name(4)[-26:])).etag == "v1"


READ = {"relation": "reads"}


@pytest.mark.parametrize(
    ("who", "number", "add", "remove", "etag", "reason"),
    [
        ("editor", 4, [], [9], "v1", ("DEPENDENCY_ABSENT", "remove[0]")),
        # What is linked and cannot be seen is refused like what is not linked.
        ("editor", 6, [], [5], "v1", ("DEPENDENCY_ABSENT", "remove[0]")),
        ("editor", 6, [5], [], "v1", ("DEPENDENCY_UNKNOWN", "content.dependencies")),
        ("editor", 4, [99], [], "v1", ("DEPENDENCY_UNKNOWN", "content.dependencies")),
        ("editor", 4, [9, 9], [], "v1", ("DEPENDENCY_TWICE", "add[1]")),
        ("editor", 4, [], [2, 2], "v1", ("DEPENDENCY_TWICE", "remove[1]")),
        ("editor", 1, [2], [], "v1", ("DEPENDENCY_UPWARD", "content.dependencies")),
        ("editor", 3, [3], [], "v1", ("DEPENDENCY_CYCLE", "content.dependencies")),
        ("editor", 4, [], [], "v1", ("NOTHING_CHANGED", None)),
        ("editor", 4, [9], [], "v9", ("ETAG_STALE", None)),
        ("editor", 5, [9], [], "v1", ("NOT_FOUND", None)),
        ("roads", 4, [9], [], "v1", ("DENIED", None)),
        ("outsider", 4, [9], [], "v1", ("NOT_FOUND", None)),
    ],
)
async def test_refusals_are_the_same_at_both_doors(city, way, who, number, add, remove, etag, reason):
    asked = {"add": [{"target": city.name(at), **READ} for at in add], "remove": [city.name(at) for at in remove]}
    assert await change(city, way, who, number, etag=etag, **asked) == reason
    assert await logged(city) == ("resources.change_dependencies", "refused", reason[0])


async def test_more_links_than_a_resource_may_have_are_refused(city, way):
    many = [{"target": city.name(number), **READ} for number in range(201)]
    assert (await change(city, way, "editor", 4, add=many))[0] == "FIELD_TOO_LONG"


async def test_long_circle_is_named_shortly(city, way):
    ring = [city.made(n, "network", *([city.link(n - 1)] if n > 100 else [])) for n in range(100, 160)]
    await city.keep(*ring)
    with pytest.raises(Invalid, match="DEPENDENCY_CYCLE") as caught:
        await city.platform.dependencies.change(
            Call(principal="editor"), city.name(100), [{"target": city.name(159), **READ}], [], "v1"
        )
    names = [int(part[-26:]) if part != "…" else "…" for part in caught.value.fields["circle"].split(" → ")]
    assert names == [100, 159, 158, "…", 102, 101, 100]
    closing = [{"target": city.name(159), **READ}]
    assert await change(city, way, "editor", 100, add=closing) == ("DEPENDENCY_CYCLE", "content.dependencies")
