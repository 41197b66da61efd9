"""Both doors say the same of what is deprecated, deleted and still needed, and fill the same fields when they refuse."""

from __future__ import annotations

import pytest

from ucs_registry.resources import Dependency
from ucs_registry.testing import a_resource, a_revision, an_id
from ucs_sdk.vocabulary import DependencyRelation

SERVICE = "ucs.registry.v1.ResourceService"
ONE, TWO = (f"resources/{an_id(number)}" for number in (1, 2))
SOON = {"effective_on": "2026-06-01", "removal_on": "2027-06-01", "alternative": TWO, "note": "改用新的"}
ROUTES = {
    "Deprecate": "deprecateResource",
    "Undeprecate": "undeprecateResource",
    "Suspend": "suspendResource",
    "Resume": "resumeResource",
    "Retire": "retireResource",
    "Delete": "deleteResource",
    "Undelete": "undeleteResource",
    "Purge": "purgeResource",
}
CARD = (
    "id etag availability deprecation { effectiveOn removalOn note alternative { id } } "
    "notices { target deprecation { effectiveOn } } deletedAt purgeAt deletedBy"
)
INPUTS = {"deprecation": "DeprecationInput!", "reason": "String!"}


class Hands:
    """One caller at one door, who is told the same in the same words."""

    def __init__(self, city, way, who):
        self.doors, self.way, self.who = city.doors, way, who

    async def do(self, rpc, name, **more):
        """What a verb leaves behind."""
        if self.way == "grpc":
            return told(await self.doors.rpc(self.who, f"{SERVICE}.{rpc}", {"name": name, **more}))
        if "deprecation" in more:
            more["deprecation"] = {camel(key): value for key, value in more["deprecation"].items()}
        declared = "".join(f"${key}: {INPUTS[key]}, " for key in more)
        given = "".join(f"{key}: ${key}, " for key in more)
        document = f"mutation({declared}$id: ID!) {{ answer: {ROUTES[rpc]}({given}id: $id) {{ {CARD} }} }}"
        return told(answered(await self.doors.document(self.who, document, {**more, "id": name})))

    async def get(self, name):
        if self.way == "grpc":
            return told(await self.doors.rpc(self.who, f"{SERVICE}.Get", {"name": name}))
        document = f"query($id: ID!) {{ answer: resource(id: $id) {{ {CARD} }} }}"
        return told(answered(await self.doors.document(self.who, document, {"id": name})))

    async def affected(self):
        """The names of what needs something deprecated."""
        if self.way == "grpc":
            asked = {"filter": {"affected_by_deprecation": True}}
            return [
                item["id"] for item in (await self.doors.rpc(self.who, f"{SERVICE}.List", asked)).get("resources", [])
            ]
        document = "query { answer: resources(filter: {affectedByDeprecation: true}) { nodes { id } } }"
        return [node["id"] for node in answered(await self.doors.document(self.who, document, {}))["nodes"]]

    async def bin(self, size, after=None):
        """A page of the bin: names, and how it goes on."""
        if self.way == "grpc":
            asked = {"page_size": size, "page_token": after}
            page = await self.doors.rpc(self.who, f"{SERVICE}.ListDeleted", asked)
            return [told(item) for item in page.get("resources", [])], page.get("next")
        document = (
            f"query($first: Int, $after: String) {{ answer: deletedResources(first: $first, after: $after) "
            f"{{ nodes {{ {CARD} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        page = answered(await self.doors.document(self.who, document, {"first": size, "after": after}))
        more = page["pageInfo"]
        return [told(node) for node in page["nodes"]], more["endCursor"] if more["hasNextPage"] else None


def answered(body):
    assert "errors" not in body, body
    return body["data"]["answer"]


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


def told(answer):
    """The answer of either door in the same words."""
    deprecation = answer.get("deprecation") or {}
    other = deprecation.get("alternative")
    return {
        "name": answer["id"],
        "availability": answer["availability"],
        "etag": answer.get("etag"),
        "since": deprecation.get("effective_on", deprecation.get("effectiveOn")),
        "until": deprecation.get("removal_on", deprecation.get("removalOn")),
        "instead": other["id"] if isinstance(other, dict) else other,
        "note": deprecation.get("note"),
        "notices": [notice["target"] for notice in answer.get("notices", [])],
        "deleted": bool(answer.get("delete_time") or answer.get("deletedAt")),
        "purged": bool(answer.get("purge_time") or answer.get("purgeAt")),
        "by": answer.get("deleter") or answer.get("deletedBy"),
    }


async def enter_user(city, number=9, targets=(1,)):
    links = tuple(
        Dependency(target=f"resources/{an_id(target)}", relation=DependencyRelation.READS) for target in targets
    )
    head = a_revision(dependencies=links, title_zh=f"使用方{number}", title_en=f"User {number} of it")
    async with city.store.write() as unit:
        await unit.save([a_resource(number, owner="roads", head=head)])
        await unit.commit()
    return f"resources/{an_id(number)}"


async def test_pauses_and_announcements_are_told_alike(city, way):
    user = await enter_user(city)
    keeper, painter = Hands(city, way, "keeper"), Hands(city, way, "painter")
    assert (await keeper.do("Suspend", TWO, reason="Repairs."))["availability"] == "suspended"
    assert (await keeper.do("Resume", TWO))["availability"] == "online"
    made = await keeper.do("Deprecate", ONE, deprecation=SOON)
    assert (made["since"], made["until"], made["instead"], made["note"]) == (
        "2026-06-01",
        "2027-06-01",
        TWO,
        "改用新的",
    )
    assert (await painter.get(ONE))["instead"] == TWO
    assert (await painter.get(user))["notices"] == [ONE]
    assert (await keeper.get(user))["notices"] == []
    assert await painter.affected() == [user]
    assert (await keeper.do("Undeprecate", ONE))["since"] is None
    assert await painter.affected() == []


async def test_bin_is_told_alike(city, way):
    keeper = Hands(city, way, "keeper")
    for name in (ONE, TWO):
        gone = await keeper.do("Delete", name)
        assert (gone["deleted"], gone["purged"], gone["by"]) == (True, True, "principals/keeper")
    first, token = await keeper.bin(1)
    rest, end = await keeper.bin(1, token)
    assert ([item["name"] for item in (*first, *rest)], end) == ([TWO, ONE], None)
    assert first[0]["by"] == "principals/keeper"
    assert await Hands(city, way, "painter").bin(5) == ([], None)
    back = await keeper.do("Undelete", ONE)
    assert (back["deleted"], back["by"]) == (False, None)
    assert (await keeper.do("Purge", TWO))["name"] == TWO
    assert await keeper.bin(5) == ([], None)


@pytest.mark.parametrize("rpc", ["Retire", "Delete"])
async def test_refusal_names_what_still_needs_it_at_both_doors(city, rpc):
    users = [await enter_user(city, number) for number in range(20, 43)]
    with pytest.raises(Exception) as refused:
        await Hands(city, "grpc", "keeper").do(rpc, ONE)
    wire = dict(refused.value.fields)
    document = f"mutation($id: ID!) {{ {ROUTES[rpc]}(id: $id) {{ id }} }}"
    body = await city.doors.document("keeper", document, {"id": ONE})
    told = body["errors"][0]["extensions"]
    assert (refused.value.reason, told["reason"], told["code"]) == (
        "STILL_NEEDED",
        "STILL_NEEDED",
        "FAILED_PRECONDITION",
    )
    assert (wire["count"], told["fields"]["count"]) == ("23", 23)
    # All names fit into metadata, and the titles as far as there is room.
    assert wire["dependants"].split(", ") == told["fields"]["dependants"] == users[:20]
    assert told["fields"]["titles_en"] == [f"User {number} of it" for number in range(20, 40)]
    assert wire["titles_zh"].startswith("使用方20, 使用方21")
    assert wire["titles_en"].startswith("User 20 of it, User 21 of it")
