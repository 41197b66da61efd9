"""Reads what an author's function takes and gives from its hints, and says what is wrong with them, where."""

from __future__ import annotations

import collections.abc
import inspect
import sys
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from ucs_sdk.context import Context
from ucs_sdk.declarations import SourceLine
from ucs_sdk.errors import Invalid
from ucs_sdk.events import Event
from ucs_sdk.messages import Phrase

if TYPE_CHECKING:
    from pydantic import BaseModel

_STREAMS = (collections.abc.AsyncIterator, collections.abc.AsyncIterable, collections.abc.AsyncGenerator)


def caller_line() -> SourceLine:
    """The line outside of the SDK from which a declaration is made."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "ucs_sdk":
        frame = frame.f_back
    return SourceLine(frame.f_code.co_filename, frame.f_lineno)


def summary_of(function: Callable[..., Any]) -> str:
    """What a function's docstring says, tidied; empty when it has none."""
    return inspect.getdoc(function) or ""


class Signature:
    """The hints of one function, resolved."""

    def __init__(self, function: Callable[..., Any], hints: dict[str, Any], at: SourceLine) -> None:
        self.at = at
        self.name: str = getattr(function, "__name__", repr(function))
        self.streams = inspect.isasyncgenfunction(function)
        self._hints = hints
        self._parameters = list(inspect.signature(function).parameters.values())

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Read a function. Raises Invalid when it is not asynchronous or a hint names what is not there."""
        at = line_of(function)
        try:
            hints = typing.get_type_hints(function)
        except NameError as error:
            raise Invalid(
                "HINT_UNRESOLVED",
                name=getattr(function, "__name__", "?"),
                missing=error.name,
                file=at.file,
                line=at.line,
            ) from error
        signature = cls(function, hints, at)
        if not (signature.streams or inspect.iscoroutinefunction(function)):
            signature.refuse("def", Phrase("signature-not-async"))
        return signature

    def refuse(self, argument: str, problem: str) -> NoReturn:
        """Say what is wrong with an argument or hint."""
        raise Invalid(
            "SIGNATURE_WRONG", name=self.name, argument=argument, problem=problem, file=self.at.file, line=self.at.line
        )

    def model_of_second(self) -> type[BaseModel]:
        """The model of what is asked, behind the context."""
        self._expect_arguments(2)
        return self._model(self._parameters[1].name)

    def model_of_answer(self) -> type[BaseModel]:
        """The model of the answer, or of each answer of a stream."""
        return self._model("return")

    def model_of_event(self) -> type[BaseModel]:
        """The model of the data of the event behind the context."""
        self._expect_arguments(2)
        name = self._parameters[1].name
        hint = self._hints.get(name)
        if typing.get_origin(hint) is not Event or not _is_model(data := typing.get_args(hint)[0]):
            self.refuse(name, Phrase("hint-not-event", hint=_told(hint)))
        self._expect_answer(None)
        return typing.cast("type[BaseModel]", data)

    def expect_nothing_asked(self, answer: type | None = None) -> None:
        """The function takes the context only, and gives this."""
        self._expect_arguments(1)
        self._expect_answer(answer)

    def _expect_arguments(self, count: int) -> None:
        plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        if len(self._parameters) != count or any(each.kind not in plain for each in self._parameters):
            given = ", ".join(each.name for each in self._parameters) or "()"
            self.refuse(given, Phrase("arguments-context-only" if count == 1 else "arguments-context-and-one"))
        first = self._parameters[0].name
        if self._hints.get(first, Context) is not Context:
            self.refuse(first, Phrase("hint-not-context", hint=_told(self._hints[first])))

    def _expect_answer(self, answer: type | None) -> None:
        answer = type(None) if answer is None else answer
        hint = self._hints.get("return", type(None))
        if self.streams or hint is not answer:
            self.refuse("return", Phrase("hint-not", hint=_told(hint), expected=_told(answer)))

    def _model(self, name: str) -> type[BaseModel]:
        hint = self._hints.get(name)
        if name == "return" and self.streams:
            if typing.get_origin(hint) not in _STREAMS:
                self.refuse(name, Phrase("hint-not-stream", hint=_told(hint)))
            hint = typing.get_args(hint)[0]
        elif name == "return" and typing.get_origin(hint) in _STREAMS:
            self.refuse(name, Phrase("hint-stream-without-yield"))
        if not _is_model(hint):
            self.refuse(name, Phrase("hint-not-model", hint=_told(hint)))
        return typing.cast("type[BaseModel]", hint)


def line_of(function: Callable[..., Any]) -> SourceLine:
    """Where a function begins; the `def`, not its decorators, as far as Python knows it."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return caller_line()
    return SourceLine(code.co_filename, code.co_firstlineno)


def _is_model(hint: object) -> bool:
    # Whoever declares a model has imported pydantic; `ucs --help` has not.
    from pydantic import BaseModel  # noqa: PLC0415

    return isinstance(hint, type) and issubclass(hint, BaseModel) and hint is not BaseModel


def _told(hint: object) -> str:
    if hint is None:
        return Phrase("hint-none")
    return "None" if hint is type(None) else getattr(hint, "__name__", str(hint))
