"""Enabling the capabilities that are installed beside the demo, and entering what the demo city has for them.

What is entered stands in `data/capabilities.yaml`; it is entered by the demo's personas through the operations that everybody
has. One that is not installed is passed over, and one that was ever enabled is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from ucs_core.app import Node
from ucs_core.demo.personas import ADMINISTRATOR
from ucs_core.demo.seed import enter_people
from ucs_core.demo.storms import registered
from ucs_core.platform import Call

POINTS = "waterlogging"
"""The capability that the points of the storms are for."""


async def enter_capabilities(node: Node) -> list[str]:
    """Enable and fill those that are installed and never were enabled; which they were."""
    entered = []
    fresh = {each.name for each in await node.platform.plugins(ADMINISTRATOR) if each.state == "installed"}
    if fresh & wanted().keys():
        # A city that an older release made may lack some of those who see to cases.
        await enter_people(node)
    for name, stated in wanted().items():
        if name not in fresh:
            continue
        call = Call(principal=ADMINISTRATOR)
        await node.platform.enable_plugin(call, name, owner=stated["owner"], settings=stated["settings"])
        for each in stated["calls"]:
            await node.platform.invoke(Call(principal=each["as"]), each["operation"], each["asked"])
        entered.append(name)
    return entered


def wanted() -> dict[str, Mapping[str, Any]]:
    """What the demo has for each capability: its owner, its settings, and the calls that fill it, in order."""
    text = files("ucs_core.demo").joinpath("data", "capabilities.yaml").read_text("utf-8")
    stated: dict[str, Mapping[str, Any]] = yaml.safe_load(text)
    points = [{"as": "sensor-gateway", "operation": "waterlogging.register", "asked": point} for point in registered()]
    return stated | {POINTS: {**stated[POINTS], "calls": [*stated[POINTS]["calls"], *points]}}
