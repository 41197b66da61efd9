"""The checkpoints that a node keeps in a file outside of the database, so that it notices when the database was put back.

Whoever puts an older copy of the database in place, edits it, or empties it while all nodes are down leaves a log that does
not contain what was signed before. A node that starts compares, and does not serve what does not belong to its file. The
file holds the last checkpoint of each day and the latest of all, one note behind the other, as the verifier of logs reads
them (`--seen`). It is of most use where those who look after the database cannot write.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from ucs_registry.checkpoints import Checkpoint, Signer, checkpoint_of
from ucs_registry.merkle import Frontier, root_nodes
from ucs_registry.ports import Reader, Store
from ucs_registry.settling import beside
from ucs_sdk.errors import FailedPrecondition, UcsError

KEEP_SECONDS = 5.0
"""How often a checkpoint is kept at most: what a crash of the whole machine may leave unnoticed."""

PATIENCE_SECONDS = 60.0

log = structlog.get_logger()


class CheckpointFile:
    """The file. Several nodes may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def kept(self) -> list[Checkpoint]:
        """The checkpoints in the file, the smallest first. Raises FailedPrecondition when it holds something else."""
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as cause:
            raise self._unreadable() from cause
        try:
            found = [checkpoint_of(note) for note in _notes(text)]
        except ValueError as cause:
            raise self._unreadable() from cause
        return sorted(found, key=lambda checkpoint: checkpoint.size)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Put a checkpoint into the file, unless it holds a later one already. Raises OSError when it cannot be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(f".{self._path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = self.kept()
            if kept and kept[-1].size >= checkpoint.size:
                return
            # Of one day the last counts; those of other days stay.
            stays = [item for item in kept if item.at.date() != checkpoint.at.date()]
            draft = self._path.with_name(f".{self._path.name}.part")
            with draft.open("w", encoding="utf-8") as file:
                file.write("\n".join(item.note for item in [*stays, checkpoint]))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)

    async def check(self, store: Store) -> None:
        """Raise FailedPrecondition with LOG_NOT_AS_SEEN unless the log in a store contains what the file has seen signed."""
        seen = self.kept()
        if not seen:
            return
        last = seen[-1]
        async with store.read() as reader:
            position = reader.head.position
            if position < last.size or await _root(reader, last.size) != last.root:
                raise FailedPrecondition("LOG_NOT_AS_SEEN", file=str(self._path), position=position, signed=last.size)

    @asynccontextmanager
    async def following(self, store: Store) -> AsyncIterator[None]:
        """Keep the store's checkpoints, every few seconds and once more at the end. Raises what `check` raises."""
        await self.check(store)
        try:
            async with beside(self._follow(store)):
                yield
        finally:
            await self._keep_last(store, 0)

    async def _follow(self, store: Store) -> None:
        position = 0
        while True:
            position = await self._keep_last(store, position)
            await asyncio.sleep(KEEP_SECONDS)
            await store.moved(position, PATIENCE_SECONDS)

    async def _keep_last(self, store: Store, known: int) -> int:
        """Keep the last checkpoint behind a position; the position that was reached. A node serves on when it cannot."""
        try:
            async with store.read() as reader:
                position = reader.head.position
                found = await reader.checkpoints(after=max(known, position - 1)) if position > known else []
            if found:
                await asyncio.to_thread(self.keep, found[-1])
        except (UcsError, OSError):
            log.warning("checkpoint_not_kept", file=str(self._path), exc_info=True)
            return known
        return position

    def _unreadable(self) -> FailedPrecondition:
        return FailedPrecondition("LOG_CHECKPOINTS_UNREADABLE", file=str(self._path))


async def check_trusted(store: Store, signer: Signer) -> None:
    """Raise FailedPrecondition with LOG_CHECKPOINT_UNTRUSTED unless a key of the signer's signed the store's last checkpoint.

    A node that starts with another key could write nothing, and would find out late.
    """
    async with store.read() as reader:
        found = await reader.checkpoints(after=reader.head.position - 1)
    if found and not signer.trusts(found[-1].note):
        raise FailedPrecondition("LOG_CHECKPOINT_UNTRUSTED")


def _notes(text: str) -> list[str]:
    """The notes that stand one behind the other: a text, an empty line, and lines that begin with a dash."""
    notes: list[list[str]] = []
    signed = True
    for line in text.splitlines(keepends=True):
        if signed and not line.startswith("— "):
            if line == "\n":
                continue
            notes.append([])
        signed = line.startswith("— ")
        if notes:
            notes[-1].append(line)
    return ["".join(lines) for lines in notes]


async def _root(reader: Reader, size: int) -> str | None:
    """The root over the first entries; None where the tree does not reach as far."""
    nodes = root_nodes(size)
    hashes = await reader.tree_hashes(nodes)
    return Frontier(size, [hashes[node] for node in nodes]).root if hashes.keys() >= set(nodes) else None
