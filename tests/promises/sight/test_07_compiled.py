"""Promise 7 where answers are compiled: GraphQL and gRPC tell everybody the same of the same worlds."""

from __future__ import annotations

from typing import Any

from asked_worlds import KNOWN, asked_world
from google.protobuf.json_format import MessageToDict

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.grpc.conversion import filled
from ucs_core.platform import build_platform
from ucs_registry.queries import Order
from ucs_registry.testing import NOW
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import DataLevel, ResourceKind, ShareType

ROWS = (
    "id code type revision readable etag memberCount tags contact title { zh en } summary { zh en } regionCode "
    "dependencies { relation role resource { id } } head { number } deprecation { note }"
)
ONE = f"query($id: ID!) {{ resource(id: $id) {{ {ROWS} }} }}"
LIST = (
    "query($filter: ResourceFilter, $order: ResourceOrder!, $first: Int, $after: String, $last: Int, $before: String) { "
    "resources(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) { totalCount "
    f"facets(by: [kind]) {{ values {{ value count }} }} pageInfo {{ hasNextPage endCursor }} nodes {{ {ROWS} }} }} }}"
)
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"kind": ResourceKind.DATA},
    {"share_type": ShareType.CONDITIONAL, "tag": "t1"},
    {"search": "水"},
    {"data_level": DataLevel.L2, "district": "370202"},
    {"owner_subtree": "organizations/water"},
)
RESOURCES, LISTS = 6, 3


def of_message(item: Any) -> tuple[Any, ...]:
    """What gRPC tells of a resource."""
    told = MessageToDict(item, preserving_proto_field_name=True)
    content = told.get("content", {})
    links = [(link["target"], link.get("role")) for link in content.get("dependencies", ())]
    return (
        *(told.get(name) for name in ("name", "code", "type", "etag")),
        told.get("revision", 0),
        told.get("readable", False),
        int(told["member_count"]) if "member_count" in told else None,
        content.get("tags", []),
        content.get("contact"),
        *(content[name][language] for name in ("title", "summary") for language in ("zh", "en")),
        content.get("region_code"),
        sorted(links, key=str),
        told.get("head", {}).get("number"),
        told.get("deprecation", {}).get("note"),
    )


def of_object(item: dict[str, Any]) -> tuple[Any, ...]:
    """What GraphQL tells of it."""
    links = [(link["resource"]["id"], link["role"]) for link in item["dependencies"]]
    return (
        *(
            item[name]
            for name in ("id", "code", "type", "etag", "revision", "readable", "memberCount", "tags", "contact")
        ),
        *(item[name][language] for name in ("title", "summary") for language in ("zh", "en")),
        item["regionCode"],
        sorted(links, key=str),
        item["head"] and item["head"]["number"],
        item["deprecation"] and item["deprecation"]["note"],
    )


async def one(doors: Any, who: str, name: str) -> tuple[Any, Any]:
    """What both doors tell somebody of a resource, or why not."""
    try:
        there = of_message(await doors.rpc(who, ResourceServiceStub, "Get", api.GetResourceRequest(name=name)))
    except UcsError as refusal:
        there = refusal.reason
    try:
        here = of_object((await doors.graphql(who, ONE, {"id": name}))["resource"])
    except UcsError as refusal:
        here = refusal.reason
    return there, here


async def listed(doors: Any, who: str, filter: dict[str, Any], order: Order) -> tuple[list[Any], list[Any]]:
    """Two pages of a list with its totals, as both doors tell of them."""
    request = api.ListResourcesRequest(page_size=4, include_counts=True)
    filled(request.filter, filter)
    filled(request, {"order_by": order})
    named = {"share_type": "shareType", "data_level": "dataLevel", "owner_subtree": "ownerSubtree"}
    stated = {named.get(name, name): value for name, value in filter.items()}
    there, here, after = [], [], None
    for _ in range(2):
        page = await doors.rpc(who, ResourceServiceStub, "List", request)
        counts = sorted(item.count for item in page.kind_counts if item.count)
        there.append((page.total_size, counts, bool(page.next_page_token)))
        there += [of_message(item) for item in page.resources]
        found = (await doors.graphql(who, LIST, {"filter": stated, "order": order.value, "first": 4, "after": after}))[
            "resources"
        ]
        counts = sorted(each["count"] for each in found["facets"][0]["values"])
        here.append((found["totalCount"], counts, found["pageInfo"]["hasNextPage"]))
        here += [of_object(item) for item in found["nodes"]]
        request.page_token, after = page.next_page_token, found["pageInfo"]["endCursor"]
        if not page.next_page_token or after is None:
            break
    return there, here


async def test_both_doors_tell_the_same_of_nasty_worlds(database, open_nodes, findings):
    chance = findings.random("compiled doors")
    world = asked_world(chance)
    violations = []

    def build(store: Any, verifier: Any) -> Any:
        return build_platform(store, verifier, origin="here", clock=lambda: NOW)

    async with open_nodes(database, 1, build) as [node]:
        await world.enter(node.store)
        async with node.doors() as doors:
            for who in KNOWN:
                for name in chance.sample(world.names, min(RESOURCES * findings.effort, len(world.names))):
                    there, here = await one(doors, who, name)
                    findings.tried += 1
                    violations += [f"{who}, {name}: {there} and {here}"] * (there != here)
                for filter in chance.sample(FILTERS, LISTS):
                    order = chance.choice([order for order in Order if order is not Order.SUBMITTED])
                    there, here = await listed(doors, who, filter, order)
                    findings.tried += 1
                    violations += [f"{who}, {filter} in {order}: {there} and {here}"] * (there != here)
    findings.expect_none(violations)
