"""Signing the log at commit, never blindly: what is signed continues what was signed before, entry by entry.

A database can be put back to an older state, or edited, by whoever holds it. So a signature is never given for what merely
stands there: the tree is carried on from the last checkpoint, whose signature is verified, and this process remembers what it has
last seen signed. A log that nobody has signed yet is taken over once, with leaves that are computed afresh from its headers;
from then on every writer signs, and an entry that came in without a signature is never signed for. What no process of the
hub can notice by itself is a state put back while all of them were down; whoever keeps a checkpoint elsewhere does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ucs_registry.checkpoints import Checkpoint, Signer, checkpoint_of, checkpoint_text
from ucs_registry.log import Entry
from ucs_registry.log_groups import Entries
from ucs_registry.merkle import Frontier, Node, consistency_nodes, consistency_proof, root_nodes, verify_consistency
from ucs_sdk.errors import FailedPrecondition

KEPT_EVERY = timedelta(hours=1)
"""How often a checkpoint is kept for good.

Proofs need none of them. They show auditors, afterwards, between which two instants a log was changed; one an hour tells
that well enough, and takes a few megabytes in a year.
"""

KEPT_VERB = "log.rotate_key"
"""The checkpoint over such an entry is kept as well: in it the earlier key vouches for the next one."""

BATCH = 1_000
"""How many entries are held at once while the tree is carried on over entries that others wrote."""


class Log(Protocol):
    """What signing needs of an open unit."""

    async def log(self, *, after: int, first: int) -> list[Entry]:
        """Entries behind a position."""

    async def tree_hashes(self, nodes: Sequence[Node]) -> dict[Node, str]:
        """The hashes of complete subtrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The tree before a unit's own entries, and the last entry that no checkpoint is over yet."""

    frontier: Frontier
    unsigned: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A fresh checkpoint, the tree that it is over, and whether it is kept for good."""

    checkpoint: Checkpoint
    frontier: Frontier
    kept: bool


class Ledger:
    """What this process has last seen signed, and the signer that goes on from there. Used by one unit at a time."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._seen: Signed | None = None
        self._kept_at: datetime | None = None

    async def verify(self, log: Log, note: str | None, size: int) -> Verified:
        """The tree over the first `size` entries, carried on from the checkpoint that is stored as the last.

        Raises FailedPrecondition with LOG_ROLLED_BACK when the log does not continue what this process has seen signed,
        or not the stored checkpoint, with LOG_CHECKPOINT_UNTRUSTED when no key of this hub has signed that, and with
        LOG_ENTRIES_UNSIGNED when entries stand behind it.
        """
        if note is None:
            if self._seen is not None:
                raise self._rolled_back(size)
            frontier = Frontier()
        elif self._seen is not None and note == self._seen.checkpoint.note:
            frontier = self._seen.frontier.copy()
        else:
            frontier = await self._adopted(log, note, size)
        if size < frontier.size:
            raise self._rolled_back(size)
        if note is not None and size > frontier.size:
            raise FailedPrecondition("LOG_ENTRIES_UNSIGNED", position=size, signed=frontier.size)
        return Verified(frontier=frontier, unsigned=await self._carried_on(log, frontier, size))

    def sign(self, verified: Verified, entries: Entries) -> Signed | None:
        """A checkpoint over the verified tree and the unit's own entries; None when the last one is over all of it.

        The frontier has the entries' leaves already.
        """
        last = entries[-1] if entries else verified.unsigned
        if last is None:
            return None
        frontier = verified.frontier
        root = frontier.root
        checkpoint = Checkpoint(
            origin=last.origin,
            size=frontier.size,
            root=root,
            at=last.at,
            note=self._signer.sign(checkpoint_text(last.origin, frontier.size, root, last.at)),
        )
        due = self._kept_at is None or abs(last.at - self._kept_at) >= KEPT_EVERY
        kept = due or KEPT_VERB in entries.verbs
        return Signed(checkpoint=checkpoint, frontier=frontier, kept=kept)

    def confirm(self, signed: Signed) -> None:
        """Remember what was signed, once it is durable."""
        self._seen = signed
        if signed.kept:
            self._kept_at = signed.checkpoint.at

    async def _adopted(self, log: Log, note: str, size: int) -> Frontier:
        """The tree of a checkpoint that this process did not sign itself, or not since it started."""
        checkpoint = self._trusted(note)
        seen = 0 if self._seen is None else self._seen.frontier.size
        if not seen <= checkpoint.size <= size:
            raise rolled_back(size, max(seen, checkpoint.size))
        nodes = root_nodes(checkpoint.size)
        steps = consistency_nodes(seen, checkpoint.size)
        hashes = await log.tree_hashes([*nodes, *steps])
        if not hashes.keys() >= {*nodes, *steps}:
            raise rolled_back(size, checkpoint.size)
        frontier = Frontier(checkpoint.size, [hashes[node] for node in nodes])
        if frontier.root != checkpoint.root:
            raise rolled_back(size, checkpoint.size)
        if self._seen is not None:
            proof = consistency_proof(seen, checkpoint.size, hashes)
            if not verify_consistency(seen, checkpoint.size, self._seen.checkpoint.root, checkpoint.root, proof):
                raise self._rolled_back(size)
        return frontier

    def _trusted(self, note: str) -> Checkpoint:
        checkpoint = stored_checkpoint(note)
        if not self._signer.trusts(note):
            raise FailedPrecondition("LOG_CHECKPOINT_UNTRUSTED")
        return checkpoint

    async def _carried_on(self, log: Log, frontier: Frontier, size: int) -> Entry | None:
        last = None
        while frontier.size < size:
            entries = await log.log(after=frontier.size, first=min(BATCH, size - frontier.size))
            for last in entries:
                if last.position != frontier.size + 1 or last.computed_leaf() != last.leaf:
                    raise self._rolled_back(size)
                frontier.append(last.leaf)
            if not entries:
                raise self._rolled_back(size)
        return last

    def _rolled_back(self, size: int) -> FailedPrecondition:
        return rolled_back(size, 0 if self._seen is None else self._seen.checkpoint.size)


def stored_checkpoint(note: str) -> Checkpoint:
    """The checkpoint of a note in the store. Raises FailedPrecondition with LOG_CHECKPOINT_UNTRUSTED when it is none."""
    try:
        return checkpoint_of(note)
    except ValueError as cause:
        raise FailedPrecondition("LOG_CHECKPOINT_UNTRUSTED") from cause


def key_needed() -> FailedPrecondition:
    """What is raised when a process without a key would write to a log that is signed."""
    return FailedPrecondition("LOG_KEY_NEEDED")


def rolled_back(size: int, signed: int) -> FailedPrecondition:
    """What is raised when a log does not continue what was signed of it."""
    return FailedPrecondition("LOG_ROLLED_BACK", position=size, signed=signed)
