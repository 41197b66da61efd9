"""The tree is that of RFC 6962: as its recursive definitions say, and so that no proof can be bent."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucs_registry.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    consistency_nodes,
    consistency_proof,
    inclusion_nodes,
    inclusion_proof,
    leaf_hash,
    root_nodes,
    verify_consistency,
    verify_inclusion,
)

MOST = 70
LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(MOST)]


# --- RFC 6962 §2.1, word for word; n is the length of `d`, k the largest power of two smaller than n ---
def mth(d: list[bytes]) -> bytes:
    if not d:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: list[bytes], b: bool) -> list[bytes]:
    if m == len(d):
        return [] if b else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], b), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def defined(size: int) -> list[bytes]:
    return [bytes.fromhex(leaf) for leaf in LEAVES[:size]]


def defined_root(size: int) -> str:
    return mth(defined(size)).hex()


@pytest.fixture(scope="module")
def hashes() -> dict[Node, str]:
    """All complete subtrees, as the frontier gives them away."""
    frontier, kept = Frontier(), {}
    for leaf in LEAVES:
        kept[0, frontier.size] = leaf
        for level, hash in enumerate(frontier.append(leaf), start=1):
            kept[level, (frontier.size >> level) - 1] = hash
    return kept


sizes = st.integers(1, MOST)


def test_known_answers() -> None:
    # The empty tree, the leaf over nothing and the tree of eight, as published with Certificate Transparency's reference.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    frontier = Frontier()
    assert frontier.root == EMPTY_ROOT == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for data, root in zip(inputs, roots, strict=True):
        frontier.append(leaf_hash(bytes.fromhex(data)))
        assert frontier.root == root


def test_roots_are_those_of_the_definition(hashes: dict[Node, str]) -> None:
    frontier = Frontier()
    for size in range(1, MOST + 1):
        frontier.append(LEAVES[size - 1])
        assert frontier.root == defined_root(size)
        assert frontier == Frontier(size, [hashes[node] for node in root_nodes(size)])


def test_copied_frontier_grows_alone() -> None:
    frontier = Frontier()
    frontier.append(LEAVES[0])
    frontier.copy().append(LEAVES[1])
    assert frontier == Frontier(1, [LEAVES[0]])


@given(size=sizes, data=st.data())
def test_inclusion_proof_is_that_of_the_definition_and_verifies(hashes, size: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(1, size))
    proof = inclusion_proof(position, size, hashes)
    assert proof == [step.hex() for step in path(position - 1, defined(size))]
    assert verify_inclusion(LEAVES[position - 1], position, size, proof, defined_root(size))
    assert len(set(inclusion_nodes(position, size))) == len(inclusion_nodes(position, size))


@given(second=sizes, data=st.data())
def test_consistency_proof_is_that_of_the_definition_and_verifies(hashes, second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = consistency_proof(first, second, hashes)
    assert proof == [step.hex() for step in subproof(first, defined(second), True)]
    assert verify_consistency(first, second, defined_root(first), defined_root(second), proof)
    assert len(consistency_nodes(first, second)) <= 2 * second.bit_length() ** 2


@given(size=sizes)
def test_every_tree_grows_from_the_empty_one(size: int) -> None:
    assert consistency_nodes(0, size) == []
    assert verify_consistency(0, size, EMPTY_ROOT, defined_root(size), [])
    assert not verify_consistency(0, size, defined_root(size), defined_root(size), [])


@st.composite
def bent(draw: st.DrawFn, proof: list[str]) -> list[str]:
    """A proof that is not quite the one given."""
    steps = list(proof)
    at = draw(st.integers(0, len(steps)))
    match draw(st.sampled_from(["flip", "drop", "insert", "swap", "upper"])):
        case "flip" if at < len(steps):
            raw = bytearray.fromhex(steps[at])
            raw[draw(st.integers(0, 31))] ^= 1 << draw(st.integers(0, 7))
            steps[at] = raw.hex()
        case "drop" if at < len(steps):
            del steps[at]
        case "insert":
            steps.insert(at, draw(st.sampled_from([*LEAVES[:3], *proof, EMPTY_ROOT])))
        case "swap" if at + 1 < len(steps):
            steps[at], steps[at + 1] = steps[at + 1], steps[at]
        case "upper" if at < len(steps):
            steps[at] = steps[at].upper()
    return steps


@settings(max_examples=300)
@given(size=sizes, data=st.data())
def test_bent_inclusion_proof_does_not_verify(hashes, size: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(1, size))
    leaf, proof, root = LEAVES[position - 1], inclusion_proof(position, size, hashes), defined_root(size)
    if (wrong := data.draw(bent(proof))) != proof:
        assert not verify_inclusion(leaf, position, size, wrong, root)
    other = data.draw(sizes)
    if other != position:
        assert not verify_inclusion(leaf, other, size, proof, root)
        assert not verify_inclusion(LEAVES[other - 1], position, size, proof, root)
    if other != size:
        assert not verify_inclusion(leaf, position, size, proof, defined_root(other))


@settings(max_examples=300)
@given(second=sizes, data=st.data())
def test_bent_consistency_proof_does_not_verify(hashes, second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = consistency_proof(first, second, hashes)
    roots = defined_root(first), defined_root(second)
    if (wrong := data.draw(bent(proof))) != proof:
        assert not verify_consistency(first, second, *roots, wrong)
    other = data.draw(sizes)
    if other != first:
        assert not verify_consistency(first, second, defined_root(other), roots[1], proof)
    if other != second:
        assert not verify_consistency(first, second, roots[0], defined_root(other), proof)


def test_what_is_outside_of_the_tree_is_refused(hashes: dict[Node, str]) -> None:
    root = defined_root(5)
    proof = inclusion_proof(5, 5, hashes)
    for position, size in ((0, 5), (6, 5), (-1, 5), (1, 0)):
        assert not verify_inclusion(LEAVES[4], position, size, proof, root)
        with pytest.raises(ValueError, match="tree"):
            inclusion_proof(position, size, hashes)
    for first, second in ((6, 5), (-1, 5)):
        assert not verify_consistency(first, second, root, root, [])
        with pytest.raises(ValueError, match="tree"):
            consistency_proof(first, second, hashes)
    assert not verify_inclusion("no hash", 1, 1, [], "no hash")
    assert not verify_consistency(5, 5, "x", "x", [])


def test_leaves_added_together_complete_what_each_alone_would() -> None:
    for before, count in ((0, 1), (1, 7), (5, 20), (8, 33)):
        leaves = [leaf_hash(str(number).encode()) for number in range(before + count)]
        singly, together = Frontier(), Frontier()
        for leaf in leaves[:before]:
            singly.append(leaf)
            together.append(leaf)
        completed = ["".join(singly.append(leaf)) for leaf in leaves[before:]]
        assert together.extend(leaves[before:]) == completed
        assert together == singly
        # The twin: it adds them in another order.
        astray = Frontier()
        astray.extend(leaves[before:][::-1] + leaves[:before])
        assert count == 1 or astray.root != singly.root
