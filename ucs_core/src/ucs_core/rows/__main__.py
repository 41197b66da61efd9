"""The process beside a node that prepares chunks: `python -m ucs_core.rows`, spoken to over its pipes.

It ends when its standard input does, which is when the node has ended, in whatever way.
"""

from __future__ import annotations

import marshal
import pickle
import signal
import sys

from pydantic import ValidationError

from ucs_core.rows.pipes import Handed, Plain, received, send
from ucs_core.rows.reading import Types, row_of
from ucs_registry.entering import ImportedResource
from ucs_registry.types import KnownTypes
from ucs_sdk.errors import UcsError


def main() -> None:
    """Prepare chunk after chunk."""
    # Whoever stops a node from the terminal stops the whole group; the node still ends what it has begun.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    types: Types = ("", KnownTypes())
    send(answers, b"")
    while True:
        try:
            handed = Handed(*marshal.loads(received(questions)))
        except BrokenPipeError:
            return
        if handed.types is not None:
            types = handed.stamp, KnownTypes(*pickle.loads(handed.types))
        send(answers, marshal.dumps([_plain(line, types) for line in handed.lines]))


def _plain(line: bytes, types: Types) -> Plain | None:
    """The row of a line; None for what is refused, which the node looks at itself in order to say why."""
    try:
        row = row_of(line, types, ImportedResource.model_validate)
    except (UcsError, ValidationError):
        return None
    return tuple(row.prepared.fresh), row.prepared.judged is not None, row.body, row.salt, row.body_digest


if __name__ == "__main__":
    main()
