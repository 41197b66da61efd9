"""What goes between a node and the process that prepares rows beside it, and how."""

from __future__ import annotations

from typing import IO, Any, NamedTuple, TypeAlias

SIZE = 8
"""How many bytes tell the size of what follows them on a pipe."""


class Handed(NamedTuple):
    """A chunk on its way over: its lines, and the types by which it is judged where the process does not have them yet."""

    lines: list[bytes]
    stamp: str
    types: bytes | None


Plain: TypeAlias = tuple[tuple[Any, ...], bool, str, str, str]
"""A row as it comes over: what is to be entered, whether it was found fit, and body, salt and digest for the log."""


def send(pipe: IO[bytes], message: bytes) -> None:
    """Send a message over a pipe."""
    pipe.write(len(message).to_bytes(SIZE, "big"))
    pipe.write(message)
    pipe.flush()


def received(pipe: IO[bytes]) -> bytes:
    """The next message of a pipe. Raises EOFError, an OSError's like, when it has ended."""
    size = pipe.read(SIZE)
    message = pipe.read(int.from_bytes(size, "big")) if len(size) == SIZE else b""
    if len(size) < SIZE or len(message) < int.from_bytes(size, "big"):
        raise BrokenPipeError("the other end of the pipe is closed")
    return message
