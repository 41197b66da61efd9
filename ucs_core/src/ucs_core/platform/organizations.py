"""The mutating verbs on organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.platform.administration.awaited import awaited
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.validation import check_chunk, organization_unknown, parse
from ucs_registry import catalog
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.organizations import NewOrganization, Organization
from ucs_sdk.errors import AlreadyExists


class EnteredOrganizations(BaseModel):
    """The organisations that a call entered, in the order given."""

    model_config = ConfigDict(frozen=True)

    organizations: list[Organization]


class OrganizationVerbs:
    """Enter organisations into the tree."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def create(self, call: Call, organization: Mapping[str, Any]) -> Organization:
        """Enter one organisation. Asks `administer` over its parent."""
        entered = await self._enter(call, "organizations.create", [organization], "")
        return entered.organizations[0]

    async def import_chunk(self, call: Call, organizations: Sequence[Mapping[str, Any]]) -> EnteredOrganizations:
        """Enter up to 1,000 organisations, parents first, all or none. Asks `administer` over every parent."""
        return await self._enter(call, "organizations.import", organizations, "organizations")

    async def _enter(
        self, call: Call, verb: str, organizations: Sequence[Mapping[str, Any]], path: str
    ) -> EnteredOrganizations:
        async def work(session: WriteSession) -> EnteredOrganizations:
            check_chunk(organizations, path)
            new = [
                parse(NewOrganization, item, f"{path}[{at}]" if path else "") for at, item in enumerate(organizations)
            ]
            rules = _decide(session, new)
            taken = sorted(await awaited(session, "organizations", [item.id for item in new]))
            if taken:
                raise AlreadyExists("ORGANIZATION_TAKEN", path="id", taken=taken[0])
            entered = await catalog.add_organizations(session.unit, new)
            for organization, rule in zip(entered, rules, strict=True):
                state = organization.model_dump(mode="json")
                session.written.append(
                    Written(
                        object=organization.name,
                        action=Action.ADMINISTER.value,
                        rule=rule,
                        body={"organization": state},
                        after=digest(canonical_json(state)),
                    )
                )
            return EnteredOrganizations(organizations=entered)

        mutation = Mutation(
            verb=verb,
            action=Action.ADMINISTER.value,
            object="organizations/-",
            request={"organizations": list(organizations)},
            answer=EnteredOrganizations,
            work=work,
        )
        return await self._pipeline.run(call, mutation)


def _decide(session: WriteSession, new: Sequence[NewOrganization]) -> list[str | None]:
    """The deciding rule for each; below an organisation that the same call enters, its own decision carries on."""
    rules: dict[str, str | None] = {}
    for item in new:
        if item.parent in rules:
            rules[item.id] = rules[item.parent]
            continue
        parent = item.parent or session.sight.snapshot.root
        if item.parent is not None and not session.sight.snapshot.knows(item.parent):
            raise organization_unknown("parent", item.parent, session.sight.snapshot.edition.tree.ids)
        decision = session.sight.require_organization(Action.ADMINISTER, parent or item.id)
        rules[item.id] = decision.rule
    return [rules[item.id] for item in new]
