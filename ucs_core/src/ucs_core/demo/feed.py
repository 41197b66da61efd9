"""The generators in a process of their own: one core invents while the other enters.

`python -m ucs_core.demo.feed resources|channels COUNT SEED` writes one JSON object a line.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO

from ucs_core.demo.channels import generate_channels
from ucs_core.demo.generator import generate


@contextmanager
def fed(what: str, count: int, seed: int, size: int) -> Iterator[Iterator[bytes]]:
    """What a generator invents, in chunks of up to `size` lines. Reading may block: it belongs into a thread."""
    command = [sys.executable, "-m", "ucs_core.demo.feed", what, str(count), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield _chunks(process, size)
        finally:
            process.kill()


def _chunks(process: subprocess.Popen[bytes], size: int) -> Iterator[bytes]:
    source: IO[bytes] | None = process.stdout
    while source is not None and (chunk := b"".join(islice(source, size))):
        yield chunk
    if process.wait():
        raise RuntimeError("the generator has ended early; what it said stands above")


def main(what: str, count: int, seed: int) -> None:
    """Write what is asked for to standard output."""
    if what == "channels":
        sys.stdout.buffer.writelines(generate_channels(count, seed))
        return
    for resource in generate(count, seed):
        sys.stdout.buffer.write(resource.model_dump_json(exclude_defaults=True).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
