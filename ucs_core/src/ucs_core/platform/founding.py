"""The first act on an empty store: the top of the tree, the ready policies, and the first administrator."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from ucs_core.access.policy import RoleAssignment, check_rules
from ucs_core.access.ready import PLATFORM_ADMINISTRATOR, ready_rules
from ucs_core.platform.calls import Clock, new_call_id
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.catalog import add_organizations
from ucs_registry.log import EntryDraft, Outcome, new_salt
from ucs_registry.organizations import NewOrganization
from ucs_registry.ports import Store, Unit
from ucs_registry.principals import Principal, RuleRow
from ucs_sdk.errors import FailedPrecondition

SYSTEM = "system"
"""The actor of what nobody asked for: it is in the log, and nobody can authenticate as it."""


async def found(
    store: Store, clock: Clock, origin: str, organizations: Sequence[NewOrganization], administrator: Principal
) -> None:
    """Found the platform in one unit. Raises FailedPrecondition when the store holds organisations already."""
    async with store.write() as unit:
        if await unit.all_organizations():
            raise FailedPrecondition("FOUNDED_ALREADY")
        entered = await add_organizations(unit, organizations)
        await unit.put_principals([administrator])
        assignment = RoleAssignment(
            id=f"founder.{administrator.id}", principal=administrator.id, role=PLATFORM_ADMINISTRATOR, anchor=""
        )
        rules = [*ready_rules(), assignment.to_rule()]
        check_rules(rules, entered, [administrator])
        await unit.put_rules(rules)
        call_id = new_call_id()
        for organization in entered:
            _append(unit, clock, origin, call_id, organization.name, organization)
        _append(unit, clock, origin, call_id, administrator.name, administrator)
        for rule in rules:
            _append(unit, clock, origin, call_id, f"rules/{rule.id}", rule)
        await unit.commit()


def _append(
    unit: Unit, clock: Clock, origin: str, call_id: str, name: str, state: NewOrganization | Principal | RuleRow
) -> None:
    plain = _plain(state)
    unit.append(
        EntryDraft(
            at=clock(),
            origin=origin,
            call_id=call_id,
            request_id=None,
            actor=SYSTEM,
            on_behalf_of=None,
            verb="platform.found",
            action=None,
            object=name,
            outcome=Outcome.ACCEPTED,
            reason=None,
            rule=None,
            before=None,
            after=digest(canonical_json(plain)),
            access_before=None,
            access_after=None,
            body=canonical_json({name.split("/", maxsplit=1)[0]: plain}).decode(),
            salt=new_salt(),
        )
    )


def _plain(state: BaseModel) -> object:
    return state.model_dump(mode="json")
