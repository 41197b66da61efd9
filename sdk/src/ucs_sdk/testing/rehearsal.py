"""Calls a plugin's functions as the platform does, without the platform: a test in a line, in a millisecond."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ucs_sdk.errors import Invalid, NotFound
from ucs_sdk.events import Event
from ucs_sdk.faults import answer_of_type, plugin_answer_invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.plugins import Plugin, call, find_in_folder, load_plugin
from ucs_sdk.settling import settled
from ucs_sdk.testing.fakes import FakeContext, Notice
from ucs_sdk.testing.requests import Response, requested


class Rehearsal:
    """A stage for one plugin: `Rehearsal(__file__)` takes the plugin in whose folder the test stands.

    What is called and delivered is validated as at the platform's doors (pydantic's ValidationError says what is wrong), and
    a function that raises has changed nothing. Visibility, permissions and quotas are the platform's: `city` has them.
    """

    def __init__(self, file: str | Path, *, context: FakeContext | None = None) -> None:
        self.plugin: Plugin = load_plugin(find_in_folder(_folder_of(Path(file))), fresh=False)
        stated = {name: each.default for name, each in self.plugin.manifest.settings.items()}
        self.context = context or FakeContext(settings=stated)
        self.context.operations = self.plugin.operations

    @property
    def emitted(self) -> list[Event[Any]]:
        """The events that were emitted, in order."""
        return self.context.state.emitted

    @property
    def notified(self) -> list[Notice]:
        """The messages that were sent, in order."""
        return self.context.state.notified

    def records(self, collection: str) -> dict[str, dict[str, Any]]:
        """What a collection holds, by key, as JSON."""
        held = self.context.state.records.items()
        return {key: each.body.model_dump(mode="json") for (name, key), each in held if name == collection}

    # JSON, of whatever shape the operation answers.
    def call(self, operation: str, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Call an operation, such as `rain.grade`, with JSON; its answer as JSON, of a stream the list of its answers."""
        declared = self.plugin.operations.get(operation)
        if declared is None:
            raise NotFound("NOT_FOUND", object=operation)
        answer = self._staged(lambda: declared.call(self.context, declared.input.model_validate(asked)))
        told = [_json(self.plugin.name, operation, declared.output, each) for each in answer]
        return told if declared.streaming else told[0]

    def deliver(
        self,
        type: str,
        data: Mapping[str, Any],
        *,
        subject: str = "",
        organization: str = "",
        id: str = "rehearsed",
        source: str = "/rehearsal",
    ) -> None:
        """Have every handler of a type of event handle one."""
        handlers = [each for each in self.plugin.subscriptions if type in each.types]
        if not handlers:
            raise NotFound("NOT_FOUND", object=type)
        for each in handlers:
            event = Event(
                id=id,
                source=source,
                type=type,
                time=self.context.clock.now(),
                data=each.data.model_validate(data),
                subject=subject,
                organization=organization or self.context.caller.organization or "",
            )
            self._staged(lambda handle=each.handle, event=event: handle(self.context, event))

    def run(self, schedule: str) -> None:
        """Do a piece of scheduled work once."""
        due = {each.name: each for each in self.plugin.schedules}.get(schedule)
        if due is None:
            raise NotFound("NOT_FOUND", object=schedule)
        self._staged(lambda: due.run(self.context))

    def request(
        self, method: str, path: str, body: bytes = b"", *, query: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Have the plugin's mount answer a request, below `/plugins/<plugin>`, as the caller of the stage."""
        if self.plugin.mount is None:
            raise NotFound("NOT_FOUND", object=path)
        answering = requested(self.plugin.mount.app, self.plugin.name, self.context, method, path, body, query, headers)
        answer: Response = settled(answering)
        return answer

    # Hooks answer with whatever their specification says.
    def hook(self, name: str, **arguments: object) -> Any:  # noqa: ANN401
        """Call one of the plugin's hooks, such as `ucs_admit` with a change; what it answers."""
        if name not in self.plugin.hooks:
            raise NotFound("NOT_FOUND", object=name)
        return settled(call(self.plugin.hooks[name], ctx=self.context, **arguments))

    def _staged(self, begin: Callable[..., Awaitable[Any] | AsyncIterator[Any]]) -> list[Any]:
        before = self.context.state.copy()
        try:
            return list(settled(_answers(begin())))
        except BaseException:
            self.context.state.become(before)
            raise


async def _answers(begun: Awaitable[Any] | AsyncIterator[Any]) -> list[Any]:
    if isinstance(begun, AsyncIterator):
        return [each async for each in begun]
    return [await begun]


def _json(plugin: str, operation: str, model: type[BaseModel], answer: object) -> dict[str, Any]:
    if not isinstance(answer, model):
        raise plugin_answer_invalid(plugin, operation, "()", answer_of_type(answer, model))
    return answer.model_dump(mode="json")


def _folder_of(file: Path) -> Path:
    for folder in file.resolve().parents:
        if (folder / "pyproject.toml").is_file():
            return folder
    raise Invalid("PLUGIN_FOLDER", folder=str(file), problem=Phrase("folder-without-project"))
