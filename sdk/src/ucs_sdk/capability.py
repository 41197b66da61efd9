"""`Capability`: what an author writes typed functions under, and what the platform reads them from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ucs_sdk.declarations import (
    Asgi,
    Collection,
    Effect,
    Emission,
    Indicator,
    Layer,
    Mount,
    Operation,
    Schedule,
    SourceLine,
    Subscription,
    Tables,
)
from ucs_sdk.errors import Invalid
from ucs_sdk.events import EVENT_TYPE
from ucs_sdk.messages import Phrase
from ucs_sdk.signatures import Signature, caller_line, summary_of
from ucs_sdk.vocabulary import ShareType
from ucs_sdk.ways import problems, ways_of

if TYPE_CHECKING:
    from pydantic import BaseModel

NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
"""What operations, collections, indicators and layers are called."""

CAPABILITY_NAME = re.compile(r"[a-z][a-z0-9_]{1,61}")

SECONDS = 20.0
"""How long an operation has when it says nothing: less than a door waits (30), so that its caller is told who was late."""

TIMEOUT_MOST = 300.0
"""The longest that an operation may ask for, in seconds; what takes longer is work to schedule or to hand on by an event."""

INTERVAL_LEAST = 1.0
"""The shortest time between two runs of a schedule, in seconds."""

F = TypeVar("F", bound=Callable[..., Any])


class Capability:
    """A named set of operations, events, schedules, indicators and layers.

    The name is the plugin's, or begins with it and an underscore. The decorators leave functions as they are: a test calls
    them like any other function.
    """

    def __init__(self, name: str, *, title_zh: str, title_en: str) -> None:
        self.at = caller_line()
        _check_name(name, CAPABILITY_NAME, self.at)
        self.name = name
        self.title_zh = title_zh
        self.title_en = title_en
        self.operations: dict[str, Operation] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.emissions: dict[str, Emission] = {}
        self.schedules: dict[str, Schedule] = {}
        self.indicators: dict[str, Indicator] = {}
        self.layers: dict[str, Layer] = {}
        self.collections: dict[str, Collection] = {}
        self.mounted: Mount | None = None
        self.own_tables: Tables | None = None

    def __repr__(self) -> str:
        return f"Capability({self.name!r})"

    def operation(
        self,
        *,
        title_zh: str,
        title_en: str,
        effect: Effect | str = Effect.READ,
        share_type: ShareType | str = ShareType.UNCONDITIONAL,
        share_condition: str = "",
        timeout: float = SECONDS,
    ) -> Callable[[F], F]:
        """Offer `async def name(ctx: Context, asked: Model) -> Model`; an asynchronous generator answers with a stream.

        `effect="write"` is for what changes anything: only then may the function open a unit. `timeout` is in seconds.
        """

        def declare(function: F) -> F:
            signature = Signature.of(function)
            _check_bounds(signature, "timeout", timeout, 0.0, TIMEOUT_MOST)
            declared = Operation(
                capability=self.name,
                name=_check_name(signature.name, NAME, signature.at),
                title_zh=title_zh,
                title_en=title_en,
                description=summary_of(function),
                effect=_choice(Effect, effect, "effect", signature),
                streaming=signature.streams,
                share_type=_choice(ShareType, share_type, "share_type", signature),
                share_condition=share_condition,
                timeout=timeout,
                input=signature.model_of_second(),
                output=signature.model_of_answer(),
                call=function,
                at=signature.at,
            )
            _enter(self.operations, declared.name, declared)
            return function

        return declare

    def on(self, *types: str) -> Callable[[F], F]:
        """Handle events of these types with `async def name(ctx: Context, event: Event[Model]) -> None`.

        Every event is handled once in effect: what the handler stages in its unit is committed with the mark that it was
        handled. Needs the permission `events`, and the types in the manifest's `events_in`.
        """

        def declare(function: F) -> F:
            signature = Signature.of(function)
            declared = Subscription(
                capability=self.name,
                name=_check_name(signature.name, NAME, signature.at),
                types=tuple(_check_event_type(each, signature.at) for each in types),
                data=signature.model_of_event(),
                handle=function,
                description=summary_of(function),
                at=signature.at,
            )
            _enter(self.subscriptions, declared.name, declared)
            return function

        return declare

    def emits(self, type: str, data: type[BaseModel], *, title_zh: str = "", title_en: str = "") -> None:
        """Say that units may emit events of this type with this data. Needs the permission `events`, and the type in the
        manifest's `events_out`.
        """
        at = caller_line()
        _check_event_type(type, at)
        declared = Emission(capability=self.name, type=type, data=data, title_zh=title_zh, title_en=title_en, at=at)
        _enter(self.emissions, type, declared)

    def every(self, *, seconds: float) -> Callable[[F], F]:
        """Run `async def name(ctx: Context) -> None` again and again, on one node at a time. Needs the permission `run`."""

        def declare(function: F) -> F:
            signature = Signature.of(function)
            signature.expect_nothing_asked()
            _check_bounds(signature, "seconds", seconds, INTERVAL_LEAST, 366 * 86_400.0)
            declared = Schedule(
                capability=self.name,
                name=_check_name(signature.name, NAME, signature.at),
                seconds=seconds,
                run=function,
                description=summary_of(function),
                at=signature.at,
            )
            _enter(self.schedules, declared.name, declared)
            return function

        return declare

    def indicator(self, *, title_zh: str, title_en: str, unit: str = "") -> Callable[[F], F]:
        """Show a figure on boards: `async def name(ctx: Context) -> Figure`."""

        def declare(function: F) -> F:
            from ucs_sdk.shown import Figure  # noqa: PLC0415 - pydantic is for those who declare models

            signature = Signature.of(function)
            signature.expect_nothing_asked(answer=Figure)
            declared = Indicator(
                capability=self.name,
                name=_check_name(signature.name, NAME, signature.at),
                title_zh=title_zh,
                title_en=title_en,
                unit=unit,
                read=function,
                at=signature.at,
            )
            _enter(self.indicators, declared.name, declared)
            return function

        return declare

    def layer(self, *, title_zh: str, title_en: str) -> Callable[[F], F]:
        """Show features on the map: `async def name(ctx: Context) -> Features`, in WGS-84."""

        def declare(function: F) -> F:
            from ucs_sdk.shown import Features  # noqa: PLC0415 - pydantic is for those who declare models

            signature = Signature.of(function)
            signature.expect_nothing_asked(answer=Features)
            declared = Layer(
                capability=self.name,
                name=_check_name(signature.name, NAME, signature.at),
                title_zh=title_zh,
                title_en=title_en,
                draw=function,
                at=signature.at,
            )
            _enter(self.layers, declared.name, declared)
            return function

        return declare

    def collection(
        self,
        name: str,
        model: type[BaseModel],
        *,
        title_zh: str,
        title_en: str,
        share_type: ShareType | str = ShareType.NONE,
        share_condition: str = "",
        listed_by: Sequence[str | Sequence[str]] = (),
        counted_by: Sequence[str | Sequence[str]] = (),
    ) -> None:
        """Say what a collection of records is, and how far it is shared. Needs the permission `documents`.

        What will hold more than some thousands of records says how it is asked: `listed_by=(("state", "reported_at"),)` lists
        those whose state equals something in the order of `reported_at`, and `counted_by=("state", ("unit", "state"))` counts
        by state, of a unit, too. `region[6]` means the first six characters of a field. What is not declared is then refused.
        """
        at = caller_line()
        ways = ways_of(listed_by, counted_by)
        for problem in problems(ways, model.model_fields):
            raise Invalid("DECLARED_WAY", name=name, way=problem, file=at.file, line=at.line)
        declared = Collection(
            capability=self.name,
            name=_check_name(name, NAME, at),
            model=model,
            title_zh=title_zh,
            title_en=title_en,
            share_type=ShareType(share_type),
            share_condition=share_condition,
            ways=ways,
            at=at,
        )
        _enter(self.collections, name, declared)

    def tables(
        self,
        metadata: Any,  # noqa: ANN401 -- SQLAlchemy's, which the SDK does not know
        *,
        share_type: ShareType | str = ShareType.NONE,
        share_condition: str = "",
    ) -> None:
        """Have tables of the plugin's own, a `MetaData` of SQLAlchemy, and say how far their rows are shared. Needs the
        permission `sql`.

        The platform makes them when the plugin starts, and adds what a later version declares besides. They hold whole
        numbers, numbers, texts, truth values and bytes, each has a primary key, and nothing fills in a key.
        """
        at = caller_line()
        if self.own_tables is not None:
            raise Invalid("DECLARED_TWICE", name="tables", file=at.file, line=at.line, first=self.own_tables.at.line)
        self.own_tables = Tables(
            capability=self.name,
            metadata=metadata,
            share_type=ShareType(share_type),
            share_condition=share_condition,
            at=at,
        )

    def mount(self, app: Asgi, *, public: bool = False) -> None:
        """Serve a protocol of the plugin's own, an ASGI application, below `/plugins/<plugin>/`. Needs the permission
        `mount`.

        Callers are authenticated: `scope["state"]["caller"]` says who asks (a `Caller`), and `scope["state"]["context"]` is a
        `Context` of theirs, to read with and to invoke operations. With `public`, those without a token are served, too,
        and both are None for them.
        """
        at = caller_line()
        if self.mounted is not None:
            raise Invalid("DECLARED_TWICE", name="mount", file=at.file, line=at.line, first=self.mounted.at.line)
        self.mounted = Mount(capability=self.name, app=app, public=public, at=at)


D = TypeVar("D", Operation, Subscription, Emission, Schedule, Indicator, Layer, Collection)
E = TypeVar("E", Effect, ShareType)


def _enter(into: dict[str, D], name: str, declared: D) -> None:
    if name in into:
        at, first = declared.at, into[name].at
        raise Invalid("DECLARED_TWICE", name=name, file=at.file, line=at.line, first=first.line)
    into[name] = declared


def _check_name(name: str, shape: re.Pattern[str], at: SourceLine) -> str:
    if not shape.fullmatch(name) or name.endswith("_") or "__" in name:
        raise Invalid("DECLARED_NAME", name=name, file=at.file, line=at.line)
    return name


def _check_event_type(type: str, at: SourceLine) -> str:
    if not EVENT_TYPE.fullmatch(type):
        raise Invalid("EVENT_TYPE_MALFORMED", type=type, file=at.file, line=at.line)
    return type


def _check_bounds(signature: Signature, argument: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most or value <= 0:
        signature.refuse(argument, Phrase("argument-out-of-bounds", least=f"{least:g}", most=f"{most:g}"))


def _choice(terms: type[E], value: str, argument: str, signature: Signature) -> E:
    known = [each.value for each in terms]
    if value not in known:
        signature.refuse(argument, Phrase("argument-not-one-of", value=value, allowed=known))
    return terms(value)
