"""What is told of plugins, operations and events that could not be delivered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_sdk.declarations import Effect


class PluginState(StrEnum):
    """How a plugin stands on the node that is asked."""

    RUNNING = "running"
    STARTING = "starting"
    FAILED = "failed"
    DISABLED = "disabled"
    INSTALLED = "installed"


class PluginView(BaseModel):
    """A plugin that is installed on this node, or that somebody decided about.

    `version` is the one that runs, or was enabled last; `installed` the one that is installed here. `problem_zh` and
    `problem_en` say why it does not run, or is not what was enabled. `owner` is `organizations/…`. `healthy` is what it says
    itself on this node, None when it says nothing, and `health_zh` and `health_en` what is missing.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    version: str | None = None
    installed: str | None = None
    enabled: bool = False
    owner: str | None = None
    generation: int = 0
    state: PluginState
    problem_zh: str | None = None
    problem_en: str | None = None
    healthy: bool | None = None
    health_zh: str = ""
    health_en: str = ""
    title_zh: str = ""
    title_en: str = ""
    permissions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    changed_at: datetime | None = None
    changed_by: str | None = None


class OperationView(BaseModel):
    """An operation with its schemas and its entry in the catalogue; `callable` says whether whoever asks may invoke it now."""

    model_config = ConfigDict(frozen=True)

    path: str
    plugin: str
    version: str
    title_zh: str
    title_en: str
    description: str
    effect: Effect
    streaming: bool
    callable: bool
    resource: str
    input: dict[str, Any]
    output: dict[str, Any]


class DeadEvent(BaseModel):
    """An event that a subscription has given up on. `error` is the kind of the last failure; `subject` may be empty."""

    model_config = ConfigDict(frozen=True)

    subscription: str
    position: int
    attempts: int
    error: str | None
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    organization: str | None
