"""What every plugin owes its callers, as tests that a plugin inherits in one line.

`class TestContract(PluginContract): pass` in a file beside the plugin judges all that it declares, on the stage of a
`Rehearsal`; what only a whole platform keeps, in a city where one is installed. What cannot be judged is skipped by name.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ucs_sdk.declarations import Effect
from ucs_sdk.errors import FailedPrecondition, UcsError
from ucs_sdk.plugins import find_in_folder
from ucs_sdk.plugins.examples import example_of
from ucs_sdk.published import Health
from ucs_sdk.settling import settled
from ucs_sdk.testing.judging import admit, amounts, answered, attempt, example_for, health, hostile, left_by, skip
from ucs_sdk.testing.pytest_plugin import folder_of, host
from ucs_sdk.testing.rehearsal import Rehearsal

if TYPE_CHECKING:
    import pytest


class PluginContract:
    """The contract of one plugin. A subclass may override `stage`, with records and answers that its examples need."""

    health_seconds: ClassVar[float] = 2.0
    """How long `ucs_health` may take, by the wall and by the plugin's own clock."""

    acts_as: ClassVar[str] = "publisher"
    """The persona who writes in the city."""

    def stage(self) -> Rehearsal:
        """A fresh stage for the plugin in whose folder the subclass stands."""
        return Rehearsal(inspect.getfile(type(self)))

    def city(self) -> AbstractContextManager[Any]:
        """A whole platform with the plugin in it. Raises FailedPrecondition where none is installed."""
        opened: AbstractContextManager[Any] = host()([find_in_folder(folder_of(Path(inspect.getfile(type(self)))))])
        return opened

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each operation, and one for each type of event."""
        # Whoever imports the SDK without running tests has no pytest.
        import pytest  # noqa: PLC0415 -- see above

        plugin = self.stage().plugin
        judged = {
            "operation": set(plugin.operations),
            "write": {path for path, each in plugin.operations.items() if each.effect is Effect.WRITE},
            "event": {type for each in plugin.subscriptions for type in each.types},
        }
        for kind in judged.keys() & set(metafunc.fixturenames):
            none = pytest.param("", id="none", marks=pytest.mark.skip(reason=f"{plugin.name}: declares no {kind}"))
            metafunc.parametrize(kind, sorted(judged[kind]) or [none])

    def test_an_example_is_answered_or_refused_in_words(self, operation: str) -> None:
        stage = self.stage()
        attempt(stage, operation, example_for(stage, operation))

    def test_an_answer_survives_json(self, operation: str) -> None:
        stage = self.stage()
        answers = answered(stage, operation)
        model = stage.plugin.operations[operation].output
        for told in answers:
            try:
                again = model.model_validate_json(json.dumps(told, allow_nan=False)).model_dump(mode="json")
            except ValueError as error:
                raise AssertionError(f"{operation}: {model.__name__} cannot read its own JSON: {error}") from error
            assert again == told, f"{operation}: {model.__name__} comes back from JSON as {again}, not as {told}"

    def test_hostile_input_is_refused_as_the_callers_mistake(self, operation: str) -> None:
        """Texts beyond their bound and wrong types are refused. A NUL may be answered, where a text may hold one."""
        stage = self.stage()
        declared, example = stage.plugin.operations[operation], example_for(stage, operation)
        for field, kind, value in hostile(declared):
            refused = attempt(stage, operation, {**example, field: value}) is None
            assert refused or kind == "a NUL", (
                f"{operation}: takes {kind} for {field!r}. Bound the field of {declared.input.__name__}: a type, "
                "max_length or pattern; or raise Invalid."
            )

    def test_a_write_that_was_undone_can_be_done_again(self, write: str) -> None:
        """The platform runs a write once more when what it read has changed: nothing may be left of the first try."""
        stage = self.stage()
        before = stage.context.state.copy()
        example = example_for(stage, write)
        first = attempt(stage, write, example), amounts(stage)
        stage.context.state.become(before)
        again = attempt(stage, write, example), amounts(stage)
        assert (first[0] is None, first[1]) == (again[0] is None, again[1]), (
            f"{write}: once undone and done again it leaves {again[1]}, not {first[1]}. Keep what it remembers in a "
            "unit of its context, not in its module."
        )

    def test_a_write_repeated_under_one_request_id_has_one_effect(self, write: str) -> None:
        stage = self.stage()
        example = example_for(stage, write)
        answered(stage, write)
        names = {collection for collection, _ in stage.context.state.records}
        try:
            opening = self.city()
        except FailedPrecondition as error:
            skip(f"{write}: {error}")
        with opening as city:
            told = []
            for _ in range(2):
                try:
                    answer = city.invoke(write, example, as_=self.acts_as, request_id="contract")
                except UcsError as error:
                    admit(error, f"{write}: fails in a city")
                    answer = error.reason
                left = {name: city.records(stage.plugin.name, name) for name in sorted(names)}
                told.append((answer, left, city.emitted()))
        assert told[0] == told[1], f"{write}: the same request twice gives {told[1]}, once gives {told[0]}"

    def test_an_event_handed_over_twice_leaves_what_it_leaves_once(self, event: str) -> None:
        stage = self.stage()
        data = next(each.data for each in stage.plugin.subscriptions if event in each.types)
        example = example_of(data)
        if example is None:
            skip(f"{event}: a required field of {data.__name__} has no example: Field(examples=[…])")
        left = []
        for _ in range(2):
            try:
                stage.deliver(event, example, subject="contract", id="contract")
            except UcsError as error:
                admit(error, f"{event}: its handler fails")
                skip(f"{event}: refused: {error}")
            except Exception as error:
                raise AssertionError(f"{event}: its handler raises {error!r}, not an error of the SDK") from error
            left.append(left_by(stage))
        assert left[0] == left[1], (
            f"{event}: twice leaves {left[1]}, once {left[0]}. Keep records under a key that the event gives."
        )

    def test_health_answers_in_time(self) -> None:
        stage = self.stage()
        if "ucs_health" not in stage.plugin.hooks:
            skip(f"{stage.plugin.name}: has no ucs_health")
        began = stage.context.clock.now()
        try:
            answer = settled(asyncio.wait_for(health(stage), self.health_seconds))
        except TimeoutError as error:
            raise AssertionError(f"ucs_health: no answer within {self.health_seconds} s; say what is known") from error
        waited = (stage.context.clock.now() - began).total_seconds()
        assert waited <= self.health_seconds, f"ucs_health: waits {waited} s on its clock; watch in ucs_run instead"
        assert isinstance(answer, Health), f"ucs_health: answers {answer!r}, not a Health"
