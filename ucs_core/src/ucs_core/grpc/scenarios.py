"""Scenarios between the wire and the platform."""

from __future__ import annotations

from typing import Any

from ucs.registry.v1 import scenario_pb2 as pb
from ucs_core.grpc.conversion import filled, plain
from ucs_core.grpc.resources import to_message as resource_message
from ucs_core.platform.scenarios import Scenario, ScenarioPart


def to_message(scenario: Scenario) -> pb.Scenario:
    """A scenario as its caller may see it."""
    message = pb.Scenario(resource=resource_message(scenario.resource), parts=map(_part, scenario.parts))
    return filled(message, {"health": scenario.health, "reasons": scenario.reasons})


def new_scenario(message: pb.NewScenario) -> dict[str, Any]:
    """What is to be entered, as the platform takes it."""
    values = plain(message, "scenario")
    return values | {"owner": values["owner"].removeprefix("organizations/")} if "owner" in values else values


def _part(part: ScenarioPart) -> pb.ScenarioPart:
    return filled(pb.ScenarioPart(), dict(part) | {"owner": f"organizations/{part.owner}"})
