"""The Merkle tree over the log's leaves, as RFC 6962 §2.1 defines it: pure functions and one small value.

Hashes are SHA-256, written as 64 lower-case hexadecimal digits. A node is named by level and index: level 0 are the leaves,
index 0 that of position 1, and the node (level, index) is over 2^level leaves from index × 2^level on. Only complete
subtrees have a name, because only their hashes never change; what a proof needs beyond them is put together from them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Node = tuple[int, int]
"""Level and index of a complete subtree."""

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()
"""The root of a tree without leaves."""

_sha256 = hashlib.sha256

_HASH = re.compile("[0-9a-f]{64}", re.ASCII)

_Range = tuple[int, int]


def leaf_hash(header: bytes) -> str:
    """The leaf of an entry's header."""
    return hashlib.sha256(b"\x00" + header).hexdigest()


def node_hash(left: str, right: str) -> str:
    """The node above two others."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left + right)).hexdigest()


@dataclass(slots=True)
class Frontier:
    """What must be known of a tree to go on building it: its size, and the hashes of `root_nodes(size)`."""

    size: int = 0
    peaks: list[str] = field(default_factory=list)

    def append(self, leaf: str) -> list[str]:
        """Add a leaf; the hashes of the subtrees that it completes, level 1 first."""
        completed: list[str] = []
        hash, size = leaf, self.size
        while size & 1:
            hash = node_hash(self.peaks.pop(), hash)
            completed.append(hash)
            size >>= 1
        self.peaks.append(hash)
        self.size += 1
        return completed

    def extend(self, leaves: Iterable[str]) -> list[str]:
        """Add leaves; of each the hashes of the subtrees that it completes, joined, as `append` tells them."""
        peaks, size, told = self.peaks, self.size, []
        for leaf in leaves:
            hash, high, completed = leaf, size, ""
            while high & 1:
                # As `node_hash` has it, without a call for each.
                hash = _sha256(b"\x01" + bytes.fromhex(peaks.pop() + hash)).hexdigest()
                completed += hash
                high >>= 1
            peaks.append(hash)
            size += 1
            told.append(completed)
        self.size = size
        return told

    @property
    def root(self) -> str:
        """The root of the tree as it stands."""
        return _folded(self.peaks) if self.peaks else EMPTY_ROOT

    def copy(self) -> Frontier:
        """The same, to be built on without changing this one."""
        return Frontier(self.size, list(self.peaks))


def root_nodes(size: int) -> list[Node]:
    """The complete subtrees that a tree consists of, the largest first."""
    return _nodes((0, size))


def inclusion_nodes(position: int, size: int) -> list[Node]:
    """The nodes whose hashes `inclusion_proof` needs. Positions count from 1; raises ValueError beyond the tree."""
    return [node for part in _path(position, size) for node in _nodes(part)]


def consistency_nodes(first: int, second: int) -> list[Node]:
    """The nodes whose hashes `consistency_proof` needs. Raises ValueError when the first tree is the larger one."""
    return [node for part in _extension(first, second) for node in _nodes(part)]


def inclusion_proof(position: int, size: int, hashes: Mapping[Node, str]) -> list[str]:
    """What leads from the leaf of a position to the root of the tree of a size (RFC 6962 §2.1.1)."""
    return [_hash_of(part, hashes) for part in _path(position, size)]


def consistency_proof(first: int, second: int, hashes: Mapping[Node, str]) -> list[str]:
    """What shows that a tree is the beginning of a later one (RFC 6962 §2.1.2); empty for a tree without leaves."""
    return [_hash_of(part, hashes) for part in _extension(first, second)]


def verify_inclusion(leaf: str, position: int, size: int, proof: Sequence[str], root: str) -> bool:
    """Whether a proof leads from the leaf of a position to a root (RFC 9162 §2.1.3.2)."""
    if not 1 <= position <= size or not _well_formed([leaf, root, *proof]):
        return False
    place, last, hash = position - 1, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            hash = node_hash(step, hash)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hash = node_hash(hash, step)
        place, last = place >> 1, last >> 1
    return last == 0 and hash == root


def verify_consistency(first: int, second: int, first_root: str, second_root: str, proof: Sequence[str]) -> bool:
    """Whether a proof shows that the first tree is the beginning of the second (RFC 9162 §2.1.4.2)."""
    if not 0 <= first <= second or not _well_formed([first_root, second_root, *proof]):
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    # A first tree that is one complete subtree is itself where the way begins.
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not steps:
        return False
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _path(position: int, size: int) -> list[_Range]:
    """The ranges of leaves whose hashes are the audit path of a position, the nearest first."""
    if not 1 <= position <= size:
        raise ValueError(f"position {position} is not in a tree of {size}")
    path: list[_Range] = []
    start, end, place = 0, size, position - 1
    while end - start > 1:
        middle = start + _split(end - start)
        if place < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def _extension(first: int, second: int) -> list[_Range]:
    """The ranges of leaves whose hashes are the consistency proof between two sizes."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} is not the beginning of one of {second}")
    parts: list[_Range] = []
    if first in (0, second):
        return parts
    start, end = 0, second
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
    # The verifier knows the first root: when the way ends at the whole first tree, its hash is not told again.
    if start:
        parts.append((start, end))
    return parts[::-1]


def _split(leaves: int) -> int:
    """The largest power of two below a number of leaves, which is more than one."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _nodes(part: _Range) -> list[Node]:
    """The complete subtrees that a range consists of, from left to right; each is smaller than the one before."""
    start, end = part
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _hash_of(part: _Range, hashes: Mapping[Node, str]) -> str:
    return _folded([hashes[node] for node in _nodes(part)])


def _folded(peaks: Sequence[str]) -> str:
    *others, hash = peaks
    for peak in reversed(others):
        hash = node_hash(peak, hash)
    return hash


def _well_formed(hashes: Iterable[str]) -> bool:
    return all(_HASH.fullmatch(hash) for hash in hashes)
