"""Bringing the demo city into an empty platform: founded in place, then through the public import stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from ucs_core.access.policy import RoleAssignment
from ucs_core.app import Node
from ucs_core.demo.channels import CHANNELS, POOL
from ucs_core.demo.feed import fed
from ucs_core.demo.organizations import organizations
from ucs_core.demo.personas import ADMINISTRATOR, assignments, principals
from ucs_core.demo.real_entries import real_id
from ucs_core.grpc.client import import_lines, import_members, import_organizations
from ucs_core.platform import Call, system_clock
from ucs_core.platform.founding import found
from ucs_registry.principals import Principal

SIZES = {"bare": 0, "small": 2_000, "full": 189_000}
"""How many resources a city of each size holds. A bare one has organisations and people: it is for trying a plugin."""

SEED = 370200
"""The seed of the generator: Qingdao's division code."""

CHUNK, CHANNEL_CHUNK = 1_000, 5_000
"""How many resources and channels go into one transaction."""

TOKEN_LIFETIME = timedelta(hours=12)

Told = Callable[[str, int, int], None]
"""Is told what is being entered, how much of it is in, and how much there will be."""

Item = TypeVar("Item")


async def seed(node: Node, size: str, told: Told) -> None:
    """Fill an empty platform with a city of a size."""
    tree = organizations()
    top, below = tree[:2], tree[2:]
    people = {person.id: person for person in principals()}
    await found(node.store, system_clock, node.settings.origin, top, _at_the_top(people[ADMINISTRATOR], top[-1].id))
    token = node.issuer.issue(ADMINISTRATOR, lifetime=timedelta(hours=1))
    done = 0
    async for count in import_organizations(node.grpc, token, _chunks(_plain(below))):
        done += count
        told("organizations", done, len(below))
    await enter_people(node)
    if not SIZES[size]:
        return
    done = 0
    with fed("resources", SIZES[size], SEED, CHUNK) as chunks:
        async for count in import_lines(node.grpc, token, chunks):
            done += count
            told("resources", done, SIZES[size])
    done = 0
    with fed("channels", CHANNELS[size], SEED, CHANNEL_CHUNK) as chunks:
        async for count in import_members(node.grpc, token, f"resources/{real_id(POOL)}", chunks):
            done += count
            told("channels", done, CHANNELS[size])


async def enter_people(node: Node) -> None:
    """Enter the personas and their roles, or what is new about them."""
    call, people = Call(principal=ADMINISTRATOR), principals()
    await node.platform.administration.put_principals(call, [person.model_dump(mode="json") for person in people])
    rules = [
        RoleAssignment(id=f"demo.{principal}.{role}".replace("_", "-"), principal=principal, role=role, anchor=anchor)
        for principal, role, anchor in assignments()
        if principal != ADMINISTRATOR
    ]
    await node.platform.administration.put_rules(call, [rule.to_rule().model_dump(mode="json") for rule in rules])


def write_tokens(node: Node, file: Path) -> None:
    """Write a token for each persona, readable by the file's owner alone."""
    tokens = {person.id: node.issuer.issue(person.id, lifetime=TOKEN_LIFETIME) for person in principals()}
    draft = file.with_suffix(".part")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(tokens, indent=2) + "\n", "utf-8")
    draft.replace(file)


def _at_the_top(person: Principal, organization: str) -> Principal:
    # The administrator's own department is not in the tree yet when the platform is founded.
    return person.model_copy(update={"organization": organization})


def _plain(models: Iterable[BaseModel]) -> Iterator[dict[str, Any]]:
    return (model.model_dump(mode="json", exclude_none=True) for model in models)


def _chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    while chunk := list(islice(items, CHUNK)):
        yield chunk
