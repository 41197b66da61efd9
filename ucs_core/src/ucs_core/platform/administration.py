"""The mutating verbs on who may do what: principals and policy rows. All ask `administer` of the platform itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.access.policy import check_rules
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.validation import check_chunk, near_organizations, parse
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.principals import Principal, RuleRow
from ucs_sdk.errors import Invalid


class EnteredRows(BaseModel):
    """The names of what a call entered or replaced."""

    model_config = ConfigDict(frozen=True)

    names: list[str]


class AdministrationVerbs:
    """Enter principals and policy rows."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def put_principals(self, call: Call, principals: Sequence[Mapping[str, Any]]) -> EnteredRows:
        """Enter or replace principals, all or none. An organisation that they name must exist."""

        async def work(session: WriteSession) -> EnteredRows:
            rule = _require_administrator(session)
            check_chunk(principals, "principals")
            new = [parse(Principal, item, f"principals[{at}]") for at, item in enumerate(principals)]
            for at, item in enumerate(new):
                if item.organization is not None and await session.unit.organization(item.organization) is None:
                    raise Invalid(
                        "ORGANIZATION_UNKNOWN",
                        path=f"principals[{at}].organization",
                        organization=item.organization,
                        near=near_organizations(item.organization, session.sight.snapshot.edition.tree.ids),
                    )
            known = {item.name: item for item in await session.unit.principals()}
            await session.unit.put_principals(new)
            session.written += _all_written([(item.name, item) for item in new], rule, known)
            return EnteredRows(names=[item.name for item in new])

        return await self._run(call, "principals.put", "principals/-", {"principals": list(principals)}, work)

    async def put_rules(self, call: Call, rules: Sequence[Mapping[str, Any]]) -> EnteredRows:
        """Enter or replace policy rows, all or none. Rows that could not be decided exactly are refused with a reason."""

        async def work(session: WriteSession) -> EnteredRows:
            rule = _require_administrator(session)
            check_chunk(rules, "rules")
            new = [parse(RuleRow, item, f"rules[{at}]") for at, item in enumerate(rules)]
            known = {item.id: item for item in await session.unit.rules()}
            check_rules(new, await session.unit.all_organizations(), await session.unit.principals(), known.values())
            await session.unit.put_rules(new)
            before = {f"rules/{id}": item for id, item in known.items()}
            session.written += _all_written([(f"rules/{item.id}", item) for item in new], rule, before)
            return EnteredRows(names=[f"rules/{item.id}" for item in new])

        return await self._run(call, "rules.put", "rules/-", {"rules": list(rules)}, work)

    async def _run(
        self,
        call: Call,
        verb: str,
        object: str,
        request: dict[str, Any],
        work: Callable[[WriteSession], Awaitable[EnteredRows]],
    ) -> EnteredRows:
        mutation = Mutation(
            verb=verb,
            action=Action.ADMINISTER.value,
            object=object,
            request=request,
            answer=EnteredRows,
            work=work,
        )
        return await self._pipeline.run(call, mutation)


def _require_administrator(session: WriteSession) -> str | None:
    # Not the root of the tree: its administrators keep what is in the tree, not who may do what.
    return session.sight.require_organization(Action.ADMINISTER, None).rule


def _all_written(
    new: Sequence[tuple[str, BaseModel]], rule: str | None, known: Mapping[str, BaseModel]
) -> list[Written]:
    # One call may name a row twice: what it stood at before is then what the call itself made of it.
    before = dict(known)
    written = []
    for name, item in new:
        written.append(_written(name, rule, item, before.get(name)))
        before[name] = item
    return written


def _written(name: str, rule: str | None, after: BaseModel, before: BaseModel | None) -> Written:
    state = after.model_dump(mode="json")
    return Written(
        object=name,
        action=Action.ADMINISTER.value,
        rule=rule,
        body={name.split("/", maxsplit=1)[0]: state},
        before=digest(canonical_json(before.model_dump(mode="json"))) if before else None,
        after=digest(canonical_json(state)),
    )
