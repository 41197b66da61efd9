"""What a capability declares, as the platform reads it. Authors write none of this: `Capability` makes it of their functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from ucs_sdk.context import Context
from ucs_sdk.events import Event
from ucs_sdk.vocabulary import ShareType
from ucs_sdk.ways import Ways

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ucs_sdk.shown import Features, Figure

Model: TypeAlias = "type[BaseModel]"

Asgi: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application: `app(scope, receive, send)`."""


class Effect(StrEnum):
    """Whether an operation changes anything. Reads are metered; writes are logged and remember their answer by request id."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where in a plugin's source something stands."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is called through the platform: one model in, one model out, or a stream of them.

    `call(ctx, asked)` gives a coroutine of the answer or, with `streaming`, an asynchronous iterator of the answers.
    `timeout` is in seconds, for the whole of a call or, with `streaming`, until each next answer.
    """

    capability: str
    name: str
    title_zh: str
    title_en: str
    description: str
    effect: Effect
    streaming: bool
    share_type: ShareType
    share_condition: str
    timeout: float
    input: Model
    output: Model
    call: Callable[[Context, Any], Awaitable[BaseModel] | AsyncIterator[BaseModel]]
    at: SourceLine

    @property
    def path(self) -> str:
        """The name under which it is called: `capability.operation`."""
        return f"{self.capability}.{self.name}"

    def input_schema(self) -> dict[str, Any]:
        """What it takes, as JSON Schema 2020-12."""
        return self.input.model_json_schema(mode="validation")

    def output_schema(self) -> dict[str, Any]:
        """What it answers, as JSON Schema 2020-12; of a stream, each answer."""
        return self.output.model_json_schema(mode="serialization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A handler of events. `name` is the function's; the platform's place in the events is kept by it."""

    capability: str
    name: str
    types: tuple[str, ...]
    data: Model
    handle: Callable[[Context, Event[Any]], Awaitable[None]]
    description: str
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """A type of event that the capability may emit, and what its data are."""

    capability: str
    type: str
    data: Model
    title_zh: str
    title_en: str
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Work that is done again and again: `seconds` lie between the starts of two runs, which never overlap."""

    capability: str
    name: str
    seconds: float
    run: Callable[[Context], Awaitable[None]]
    description: str
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A figure for a board: `read(ctx)` gives the value with its source and time."""

    capability: str
    name: str
    title_zh: str
    title_en: str
    unit: str
    read: Callable[[Context], Awaitable[Figure]]
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer for the map: `draw(ctx)` gives GeoJSON features in WGS-84."""

    capability: str
    name: str
    title_zh: str
    title_en: str
    draw: Callable[[Context], Awaitable[Features]]
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection of records, how far they are shared beyond their owners, and how it is asked when it is large.

    Collections not declared are not shared.
    """

    capability: str
    name: str
    model: Model
    title_zh: str
    title_en: str
    share_type: ShareType
    share_condition: str
    ways: Ways
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Tables of the capability's own, SQLAlchemy's `MetaData`, and how far their rows are shared beyond their owners."""

    capability: str
    metadata: Any
    share_type: ShareType
    share_condition: str
    at: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A protocol of the capability's own, below `/plugins/<plugin>/`. With `public` it answers callers without a token, too."""

    capability: str
    app: Asgi
    public: bool
    at: SourceLine
