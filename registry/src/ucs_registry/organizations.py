"""Organisations: one tree from the province down to the grid, with departments, units and hubs at any level."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ucs_registry.canonical import PLAIN_TEXT
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel

OrganizationId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
"""A division's code (GB/T 2260, GB/T 10114) or a lower-case slug such as `qingdao-water`: 1 to 64 characters."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN_TEXT)]


class Bilingual(BaseModel):
    """A text for people, in Chinese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Text
    en: Text


class NewOrganization(BaseModel):
    """What is needed to enter an organisation: its parent must exist, except for the root's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: OrganizationId
    parent: OrganizationId | None
    title: Bilingual
    level: OrganizationLevel
    kind: OrganizationKind
    region_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")] | None = None
    source: Annotated[str, StringConstraints(max_length=400, pattern=PLAIN_TEXT)] | None = None
    synthetic: bool = False


class Organization(NewOrganization):
    """An organisation in the tree.

    `number` is a stable surrogate, counted from 0 and never reused. `path` holds the ids from the root down to this
    one, each behind a slash and closed by one (`/37/3702/370202/`), so that a subtree is a prefix.
    """

    number: int
    path: str

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"organizations/{self.id}"

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The ids of this organisation and of those above it, from the root down."""
        return tuple(self.path.strip("/").split("/"))


def path_below(parent: Organization | None, id: str) -> str:
    """The path of a child of `parent`, or of a root."""
    return f"{parent.path if parent else '/'}{id}/"
