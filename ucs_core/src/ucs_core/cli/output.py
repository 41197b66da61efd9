"""Where words go: what was asked for to stdout, as text for people or as JSON; everything else to stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ucs_sdk.commands import Exit, exit_of, say, spoken_locale
from ucs_sdk.errors import Code, UcsError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PIPE_COLUMNS = 160
"""How wide text is set where no terminal says how wide it is, so that tables in pipes keep their lines whole."""

WIDE_COLUMNS = 100
"""From which width on tables show all of their columns."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_A_STYLE = re.compile(r"\x1b(?!\[[\d;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")
_REPLACEMENT = "\ufffd"
# Titles are strangers' texts: what is shown of them must not move the reader's cursor or rename their terminal.


class Answered(Exception):
    """An error that a platform answered with: its text is the platform's, in the language that was asked for."""

    def __init__(self, code: Code, reason: str, text: str, fields: Mapping[str, Any]) -> None:
        self.code = code
        self.reason = reason
        self.text = text
        self.fields = fields
        super().__init__(text)


def error_document(error: UcsError | Answered) -> dict[str, Any]:
    """An error as JSON."""
    return {
        "code": error.code.value,
        "reason": error.reason,
        "message": error_text(error),
        "fields": dict(error.fields),
    }


def error_text(error: UcsError | Answered) -> str:
    """What an error tells people, in their language."""
    return error.text if isinstance(error, Answered) else error.message(spoken_locale())


class Output:
    """One verb's output. With `as_json`, stdout holds JSON and nothing else, and people are told things on stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def show(self, *parts: RenderableType) -> None:
        """The answer for people; nothing when the answer is JSON."""
        if not self.as_json:
            console = self.console()
            with console.capture() as drawn:
                for part in parts:
                    console.print(part)
            # Tables pad their last column; nobody wants that in a pipe or in a file.
            for line in drawn.get().split("\n")[:-1]:
                sys.stdout.write(f"{_NOT_A_STYLE.sub(_REPLACEMENT, line).rstrip()}\n")

    def line(self, text: str) -> None:
        """A line of the answer for people that is never wrapped; nothing when the answer is JSON."""
        if not self.as_json:
            sys.stdout.write(f"{_CONTROL.sub(_REPLACEMENT, text)}\n")

    def show_text(self, text: str) -> None:
        """Lines of the answer for people that are a file of its own; nothing when the answer is JSON."""
        for line in text.splitlines():
            self.line(line)

    def document(self, value: object) -> None:
        """The whole answer as one JSON document; nothing when the answer is for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def record(self, value: object) -> None:
        """One record of a streamed answer, or an error, on a line of its own; nothing when the answer is for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")

    def note(self, text: str) -> None:
        """Something said beside the answer, in its place where both go to one terminal or file."""
        self.flush()
        sys.stderr.write(f"{_CONTROL.sub(_REPLACEMENT, text)}\n")

    def more(self, cursor: str | None, *, all: bool = True) -> None:
        """Where a list goes on behind its page, if it does; `all` says that the verb can show all of it at once."""
        if cursor:
            rest = say(", or --all.", "，或 --all。") if all else say(".", "。")
            self.note(say(f"More: --after {cursor}", f"更多：--after {cursor}") + rest)

    def flush(self) -> None:
        """Let readers see what was written so far."""
        sys.stdout.flush()

    def failed(self, error: UcsError | Answered) -> Exit:
        """Tell an error, also as JSON where that was asked for, and return its exit code."""
        self.note(error_text(error))
        self.record({"error": error_document(error)})
        return exit_of(error.code, error.reason)

    @property
    def is_narrow(self) -> bool:
        """Whether a table of six columns would break its words: then it does with fewer of them."""
        return self.console().width < WIDE_COLUMNS

    def console(self, *, stderr: bool = False) -> Console:
        """A console on stdout or stderr. Text is never taken for markup: titles may hold brackets."""
        # Half of the verbs' answers are JSON, which needs none of this.
        from rich.console import Console  # noqa: PLC0415

        stream = sys.stderr if stderr else sys.stdout
        width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPE_COLUMNS
        return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)
