"""The mutating verbs on grants: somebody may do something with one resource, for a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from ulid import ULID

from ucs_core.access.actions import Action
from ucs_core.platform.administration.access_verbs import AccessVerbs, logged, plain, reasoned, written
from ucs_core.platform.administration.delegation import Delegation
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import WriteSession
from ucs_core.platform.sight import logged_name
from ucs_core.platform.validation import near_ids, parse
from ucs_registry.instants import Instant
from ucs_registry.resources import Resource
from ucs_registry.visibility import Grant
from ucs_sdk.errors import AlreadyExists, Invalid, NotFound

DIRECT = "direct"
"""The origin of a grant that an administrator gave of their own accord."""


class NewGrant(BaseModel):
    """What is needed to give a grant: to whom (`principals/…` or `organizations/…`), for what, on which resource.

    Without `valid_from` it counts at once; without `valid_until`, until it is revoked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grantee: str
    action: Action
    resource: str
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class GrantView(BaseModel):
    """A grant. `grantee` is `principals/…` or `organizations/…`, for its whole subtree; `resource` is a name."""

    model_config = ConfigDict(frozen=True)

    id: str
    grantee: str
    action: Action
    resource: str
    valid_from: datetime
    valid_until: datetime | None
    origin: str

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"grants/{self.id}"


def view_of(grant: Grant) -> GrantView:
    """A grant as it is shown."""
    return GrantView(
        id=grant.id,
        grantee=grant.grantee,
        action=Action(grant.action),
        resource=grant.resource,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        origin=grant.origin,
    )


class GrantVerbs(AccessVerbs):
    """Give grants, and revoke them."""

    async def give(self, call: Call, grant: Mapping[str, Any]) -> GrantView:
        """Give a grant. Asks `administer` of the resource, which the caller must be able to discover.

        It may be of any action: it counts where a policy asks for a grant of that action, and is idle elsewhere.
        """

        async def work(session: WriteSession) -> GrantView:
            new = parse(NewGrant, grant)
            delegation = self._delegation(session.sight)
            resource = await session.sight.discovered(new.resource)
            rule = delegation.require_grant(resource, new.grantee)
            _check_grantee(session, delegation, new.grantee)
            given = _dated(new, resource, session.at)
            await _check_new(session, given)
            await session.unit.put_grants([given])
            answer = view_of(given)
            session.written.append(written(answer.name, rule, None, plain(answer), resource.access))
            return answer

        resource = grant.get("resource")
        object = logged_name(resource) if isinstance(resource, str) else "resources/-"
        return await self._run(call, "grants.give", object, {"grant": dict(grant)}, GrantView, work, _again)

    async def revoke(self, call: Call, id: str, reason: str | None) -> GrantView:
        """Take a grant away, with the reason, from the next session on. Asks `administer` of the resource."""

        async def work(session: WriteSession) -> GrantView:
            bare = id.removeprefix("grants/")
            found = await session.unit.find_grants(ids=[bare], first=1)
            if not found:
                raise NotFound("NOT_FOUND", object=f"grants/{bare[:80]}")
            before = view_of(found[0])
            resource = await session.sight.discovered(before.resource, before.name)
            delegation = self._delegation(session.sight)
            if not delegation.knows_grant(resource, before.grantee):
                raise NotFound("NOT_FOUND", object=before.name)
            rule = delegation.require_grant(resource)
            why = reasoned(reason)
            await session.unit.remove_grants([before.id])
            session.written.append(written(before.name, rule, plain(before), None, resource.access, reason=why))
            return before

        return await self._run(call, "grants.revoke", logged("grants", id), {"reason": reason}, GrantView, work, _again)


def _check_grantee(session: WriteSession, delegation: Delegation, grantee: str) -> None:
    """Raise Invalid unless the grantee exists. What may have been meant is taken from what the caller knows of."""
    edition = session.sight.snapshot.edition
    kind, _, id = grantee.partition("/")
    if kind == "organizations" and id in edition.tree.positions:
        return
    if kind == "principals" and id in edition.principals:
        return
    near: list[str] = []
    if kind == "organizations":
        near = [f"{kind}/{other}" for other in near_ids(id[:64], edition.tree.ids)]
    elif kind == "principals":
        near = [f"{kind}/{other}" for other in near_ids(id[:64], delegation.known_principals())]
    raise Invalid("GRANTEE_UNKNOWN", path="grantee", grantee=grantee[:80], near=near)


def _dated(new: NewGrant, resource: Resource, at: datetime) -> Grant:
    """The grant with its times. Raises Invalid when it would never count from now on."""
    begins = new.valid_from or at
    if new.valid_until is not None and new.valid_until <= at:
        raise Invalid("GRANT_IN_THE_PAST", path="valid_until", until=new.valid_until.isoformat(), now=at.isoformat())
    if new.valid_until is not None and new.valid_until <= begins:
        until, begin = new.valid_until.isoformat(), begins.isoformat()
        raise Invalid("GRANT_NEVER_VALID", path="valid_until", until=until, begin=begin)
    return Grant(
        id=str(ULID()),
        grantee=new.grantee,
        action=new.action.value,
        resource=resource.name,
        valid_from=begins,
        valid_until=new.valid_until,
        origin=DIRECT,
    )


async def _check_new(session: WriteSession, given: Grant) -> None:
    """Raise AlreadyExists when a grant that stands counts whenever this one would."""
    begins = max(given.valid_from, session.at)
    for other in await session.unit.find_grants(resources=[given.resource], grantees=[given.grantee]):
        lasts = other.valid_until is None or (given.valid_until is not None and given.valid_until <= other.valid_until)
        if other.action == given.action and other.valid_from <= begins and lasts:
            raise AlreadyExists("GRANT_TAKEN", path="grantee", grantee=given.grantee, object=f"grants/{other.id}")


async def _again(session: WriteSession, answer: GrantView) -> GrantView:
    """The answer to a call that is repeated, for who may still discover the resource."""
    await session.sight.discovered(answer.resource, answer.name)
    return answer
