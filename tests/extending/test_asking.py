"""What is asked over GraphQL about plugins is told by a session on a database, and it is what the plain execution says."""

from __future__ import annotations

from itertools import product
from typing import Any

import orjson
import pytest
from plugin_city import PluginCity

from ucs_core.graphql import Caller, GraphqlDoor
from ucs_core.platform import Call
from ucs_core.platform.calls import new_call_id
from ucs_sdk.messages import Locale

FAILING = """
@ledger.on("city.ledger.noted.v1")
async def refuse(ctx: Context, event: Event[Noted]) -> None:
    raise ValueError("never")
"""

OPERATIONS = """query($of: String) { operations(capability: $of) { name title { zh en } description effect streaming plugin
  pluginVersion resource callable inputSchema outputSchema } }"""
PLUGINS = """{ plugins { name title { zh en } version installed state problem { zh en } healthy health { en } owner permissions
  operations changedAt changedBy } }"""
DEAD = "query($most: Int!) { deadEvents(most: $most) { subscription position id type subject attempts error time } }"
ATTEMPTS = 6


async def told(door: GraphqlDoor, who: str, document: str, **variables: Any) -> tuple[str | None, bool, Any]:
    """The code of an answer, whether it was told without plain execution, and its data."""
    operation = door.prepare(document, None, variables)
    caller = Caller(principal=who, locale=Locale.EN, call_id=new_call_id())
    answer = await door.run(operation, variables, caller)
    return answer.code, answer.data is not None, orjson.loads(answer.json).get("data")


def differing(quick: tuple[str | None, bool, Any], plain: tuple[str | None, bool, Any]) -> bool:
    """Whether two ways of answering say anything different."""
    return (quick[0], quick[2]) != (plain[0], plain[2])


@pytest.fixture
def doors(city: PluginCity) -> list[GraphqlDoor]:
    return [GraphqlDoor(city.platform, compiled=compiled) for compiled in (True, False)]


async def test_operations_and_plugins_are_told_as_they_are_executed(city: PluginCity, doors: Any) -> None:
    await city.ledger()
    asked = ((OPERATIONS, {"of": "ledger"}), (OPERATIONS, {}), (PLUGINS, {}))
    for who, (document, variables) in product(("founder", "wang"), asked):
        quick, plain = [await told(door, who, document, **variables) for door in doors]
        assert not differing(quick, plain)
        assert quick[1] is (quick[0] is None and city.platform.answers is not None)
        assert plain[1] is False
    [code, _, data] = await told(doors[0], who, OPERATIONS, of="ledger")
    assert (code, {each["name"] for each in data["operations"]}) == (
        None,
        {"ledger.note", "ledger.find", "ledger.version"},
    )
    assert (await told(doors[0], who, OPERATIONS, of="nothing"))[2] == {"operations": []}


async def test_what_was_given_up_is_told_to_administrators_alone(city: PluginCity, doors: Any) -> None:
    await city.ledger(FAILING)
    await city.invoke("wang", "ledger.note", key="a", level=1)
    for _ in range(ATTEMPTS):
        await city.platform.extensions.settle()
        city.clock.move(hours=2)
    quick, plain = [await told(door, "founder", DEAD, most=5) for door in doors]
    assert not differing(quick, plain)
    assert quick[1] is (city.platform.answers is not None)
    [dead] = quick[2]["deadEvents"]
    assert (dead["subscription"], dead["attempts"]) == ("ledger.refuse", ATTEMPTS)
    quick, plain = [await told(door, "wang", DEAD, most=5) for door in doors]
    assert not differing(quick, plain)
    assert quick[0] == "DENIED"


async def test_a_door_that_tells_what_was_before_is_found(city: PluginCity, doors: Any) -> None:
    """The twin: an answer from before a plugin ended, beside one from after it."""
    await city.ledger()
    before = await told(doors[0], "founder", PLUGINS)
    await city.platform.disable_plugin(Call(principal="founder"), "ledger", reason="over")
    assert differing(before, await told(doors[1], "founder", PLUGINS))
    assert not differing(await told(doors[0], "founder", PLUGINS), await told(doors[1], "founder", PLUGINS))
