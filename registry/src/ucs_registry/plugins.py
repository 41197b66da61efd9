"""Plugins as the store keeps them: which are enabled, in which version, for whom, and with which settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

PluginName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,30}$")]
"""The name of a plugin: the namespace of its operations, events and documents."""


class PluginRow(BaseModel):
    """What was decided about a plugin. `owner` is the organisation, by id, that its operations belong to.

    `version` is the one that was enabled last; `generation` counts the decisions, so that nodes notice each of them.
    `admits` says that it is asked before the catalogue changes; `types` and `resources` are the ids of what it has brought.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PluginName
    version: str
    enabled: bool
    owner: str
    generation: int = 1
    settings: dict[str, Any] = Field(default_factory=dict)
    reason: str | None = None
    admits: bool = False
    types: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    changed_at: datetime
    changed_by: str
