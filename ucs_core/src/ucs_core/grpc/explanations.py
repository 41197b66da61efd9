"""Answers about access on the wire: why, who can, what somebody may do, and what edits would change."""

from __future__ import annotations

from ucs.access.v1 import explanation_pb2 as pb
from ucs_core.access.explain import Explanation
from ucs_core.access.policy import HeldRole
from ucs_core.access.what_if import Difference, DifferenceLine, TestResult
from ucs_core.access.who_can import EffectiveAction, Holder
from ucs_core.grpc.access import organization_name, policy_message, policy_name, principal_card
from ucs_core.grpc.conversion import filled
from ucs_registry.resources import AccessAttributes


def explanation_message(found: Explanation, resource: str, principal: str) -> pb.Explanation:
    """Why somebody may or may not."""
    message = pb.Explanation(
        resource=resource,
        principal=f"principals/{principal}",
        allowed=found.decision.allowed,
        needs_grant=found.decision.needs_grant,
        attributes=attributes_message(found.attributes),
        policy=None if found.row is None else policy_message(found.row),
        roles=[_held(held) for held in found.roles],
        remedies=[
            pb.Remedy(
                role=remedy.role,
                anchors=[f"organizations/{anchor}" for anchor in remedy.anchors if anchor is not None],
                anywhere=None in remedy.anchors,
            )
            for remedy in found.remedies
        ],
        granters=[
            pb.Granter(principal=f"principals/{granter.principal}", held=_held(granter.held))
            for granter in found.granters
        ],
    )
    return filled(message, {"action": found.action})


def attributes_message(attributes: AccessAttributes) -> pb.AccessAttributes:
    """What policies see of a resource."""
    return filled(pb.AccessAttributes(), _attributes(attributes))


def holder_message(holder: Holder) -> pb.Holder:
    """Somebody who may."""
    return pb.Holder(
        principal=principal_card(holder.principal), policy=policy_name(holder.rule), granted=holder.granted
    )


def effective_message(found: EffectiveAction) -> pb.EffectiveAction:
    """Whether somebody may do one of the actions."""
    values = {
        "action": found.action,
        "allowed": found.allowed,
        "policy": policy_name(found.rule),
        "needs_grant": found.needs_grant,
    }
    return filled(pb.EffectiveAction(), values)


def difference_message(found: Difference) -> pb.WhatIfResponse:
    """What edits would change, without where the answer stands."""
    return pb.WhatIfResponse(
        version=found.version,
        gained=found.gained,
        lost=found.lost,
        principals=found.principals,
        organizations_gained=found.organizations_gained,
        organizations_lost=found.organizations_lost,
        lines=[_line(line) for line in found.lines],
    )


def result_message(result: TestResult) -> pb.TestResult:
    """What became of an expectation."""
    expected, decision = result.expectation, result.decision
    named = isinstance(expected.resource, str)
    values = {
        "principal": f"principals/{expected.principal}",
        "action": expected.action,
        "resource": expected.resource if named else None,
        "attributes": None if isinstance(expected.resource, str) else _attributes(expected.resource),
        "allowed": expected.allowed,
    }
    return pb.TestResult(
        expectation=filled(pb.Expectation(), values),
        passed=result.passed,
        allowed=decision.allowed,
        needs_grant=decision.needs_grant,
        policy=policy_name(decision.rule),
    )


def _attributes(attributes: AccessAttributes) -> dict[str, object]:
    return dict(attributes) | {"owner": f"organizations/{attributes.owner}"}


def _held(held: HeldRole) -> pb.HeldRole:
    return pb.HeldRole(role=held.role, anchor=organization_name(held.anchor))


def _line(line: DifferenceLine) -> pb.DifferenceLine:
    values = {
        "principal": f"principals/{line.principal}",
        "action": line.action,
        "gained": line.gained,
        "lost": line.lost,
        "resources_gained": line.resources_gained,
        "resources_lost": line.resources_lost,
        "organizations_gained": line.organizations_gained,
        "organizations_lost": line.organizations_lost,
    }
    return filled(pb.DifferenceLine(), values)
