"""What is asked, drawn by a seed: the same questions in every run over the same data."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def drawn(seed: int, name: str, population: Sequence[T], count: int) -> list[T]:
    """So many of a population, in an order of chance: each once, or all of it where there are fewer.

    `name` says what for: draws for different ends do not depend on each other.
    """
    return Random(f"{seed}.{name}").sample(population, min(count, len(population)))


def words_of(seed: int, name: str, titles: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Words to search for: two Chinese characters that stand together in a title, and every other time two such pairs.

    Each title holds all that was cut from it, so that no search comes back empty.
    """
    chance = Random(f"{seed}.{name}")
    found: list[tuple[str, ...]] = []
    sources = [(title, pairs) for title in titles if (pairs := _pairs(title))]
    while sources and len(found) < count:
        _, pairs = sources[chance.randrange(len(sources))]
        wanted = 1 if len(found) % 2 else 2
        found.append(tuple(sorted(chance.sample(pairs, min(wanted, len(pairs))))))
    return found


def _pairs(title: str) -> list[str]:
    pairs = {title[at : at + 2] for at in range(len(title) - 1)}
    return sorted(pair for pair in pairs if all("\u4e00" <= character <= "\u9fff" for character in pair))
