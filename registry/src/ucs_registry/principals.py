"""Principals, and the rows in which an access policy is kept. The registry stores the rows and does not read them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ucs_registry.canonical import PLAIN_TEXT
from ucs_registry.instants import Instant
from ucs_registry.organizations import OrganizationId
from ucs_sdk.vocabulary import PrincipalKind

PrincipalId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$")]


class Subject(BaseModel):
    """Who somebody is to an identity provider: the `iss` and `sub` of its tokens (RFC 7519 §4.1), whole and exact."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^[\x21-\x7e]+$")]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")]


class Principal(BaseModel):
    """Who may act: a person, an application, a hub or a plugin. Without an organisation it sees what is public.

    `subject` is who this is to an identity provider; no two principals have the same. Tokens issued before
    `revoked_before`, the principal's revocation epoch, count no more, whoever issued them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: PrincipalId
    kind: PrincipalKind
    title: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
    organization: OrganizationId | None = None
    disabled: bool = False
    subject: Subject | None = None
    revoked_before: Instant | None = None

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"principals/{self.id}"


class RuleRow(BaseModel):
    """A row of the policy language: `section` is casbin's ptype (`p` a policy, `g` a role assignment)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,126}$")]
    section: Annotated[str, StringConstraints(pattern=r"^(p|g)$")]
    values: tuple[str, ...]
