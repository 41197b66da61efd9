"""Entries by the thousand: those of many objects that one call entered, whose headers differ in little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, overload

from orjson import Fragment

from ucs_registry.canonical import canonical_json
from ucs_registry.log import Entry, EntryDraft, carried_of
from ucs_registry.merkle import leaf_hash
from ucs_registry.resources import AccessAttributes

_GAP = "\x00"
"""Stands in a template where something goes in: canonical JSON holds no such character, for it is escaped there."""


class Part(NamedTuple):
    """What is an entry's own among those of many objects that entered together: the digest of its state, and its body with
    salt and digest. `body` is canonical JSON.
    """

    object: str
    rule: str | None
    after: str
    access_after: AccessAttributes
    body: str
    salt: str
    body_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedDraft:
    """Entries that differ in their parts alone, and have no place yet. `common` holds all else."""

    common: EntryDraft
    parts: Sequence[Part]

    def place(self, position: int) -> PartedEntries:
        """The entries, from a position on."""
        return PartedEntries(self.common, self.parts, position)


class PartedEntries(Sequence[Entry]):
    """Entries that differ in their parts alone, at their positions. One is made an `Entry` of where it is looked at.

    What goes into the gaps of the common header needs no escaping: names, digests and canonical JSON.
    """

    def __init__(self, common: EntryDraft, parts: Sequence[Part], position: int) -> None:
        self.common = common
        self.parts = parts
        self.position = position
        template = _header_template(common)
        told = zip(parts, self.told_alike(access_text), strict=True)
        self.leaves = [_leaf(template, part, access, place) for place, (part, access) in enumerate(told, position)]

    def told_alike(self, teller: Callable[[AccessAttributes], str]) -> list[str]:
        """The access attributes of each as a text, which is made once for all that share them."""
        # Told apart by being the same object: to compare them costs as much as to make the text.
        texts = {id(each): each for each in (part.access_after for part in self.parts)}
        told = {key: teller(each) for key, each in texts.items()}
        return [told[id(part.access_after)] for part in self.parts]

    def __len__(self) -> int:
        return len(self.parts)

    @overload
    def __getitem__(self, at: int) -> Entry: ...

    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...

    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        common, part = self.common, self.parts[place]
        fields = carried_of(common) | part._asdict()
        return Entry(position=self.position + place, leaf=self.leaves[place], **fields)


class Entries(Sequence[Entry]):
    """The entries of a commit at their positions, group by group as they were drafted."""

    def __init__(self, drafts: Sequence[EntryDraft | PartedDraft], position: int) -> None:
        self.groups: list[Sequence[Entry]] = []
        for draft in drafts:
            placed = draft.place(position)
            self.groups.append([placed] if isinstance(placed, Entry) else placed)
            position += len(self.groups[-1])

    def __len__(self) -> int:
        return sum(map(len, self.groups))

    @overload
    def __getitem__(self, at: int) -> Entry: ...

    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...

    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        for group in self.groups:
            if place < len(group):
                return group[place]
            place -= len(group)
        raise IndexError(at)

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self.groups)

    @property
    def verbs(self) -> set[str]:
        """What was done in them: of one group all are of one verb."""
        return {group[0].verb for group in self.groups if group}


def _header_template(common: EntryDraft) -> tuple[str, ...]:
    """The header around the gaps, which stand in the order of its keys: access after, digest after, digest of the body,
    object, position and rule.
    """
    fields = carried_of(common)
    header = Entry(position=0, body_digest="", body=None, salt=None, leaf="", **fields).header()
    gap, told = Fragment(_GAP), Fragment(f'"{_GAP}"')
    gaps = {"access_after": gap, "after": told, "body_digest": told, "object": told, "position": gap, "rule": gap}
    return tuple(canonical_json({**header, **gaps}).decode().split(_GAP))


def _leaf(template: tuple[str, ...], part: Part, seen: str, position: int) -> str:
    access, after, body, object, place, rule, end = template
    header = (
        f"{access}{seen}{after}{part.after}{body}{part.body_digest}{object}{part.object}"
        f"{place}{position}{rule}{_text(part.rule)}{end}"
    )
    return leaf_hash(header.encode())


def access_text(access: AccessAttributes) -> str:
    """Access attributes as the header of an entry tells them: in canonical JSON."""
    return (
        f'{{"data_level":"{access.data_level._value_}","kind":"{access.kind._value_}",'
        f'"open_type":"{access.open_type._value_}","owner":{_text(access.owner)},'
        f'"share_type":"{access.share_type._value_}","state":"{access.state._value_}","type":{_text(access.type)}}}'
    )


def stored_access(access: AccessAttributes) -> str:
    """Access attributes as they stand in a store: in JSON, in the order of the model."""
    return (
        f'{{"owner":{_text(access.owner)},"kind":"{access.kind._value_}","type":{_text(access.type)},'
        f'"share_type":"{access.share_type._value_}","data_level":"{access.data_level._value_}",'
        f'"open_type":"{access.open_type._value_}","state":"{access.state._value_}"}}'
    )


@lru_cache(maxsize=8192)
def _text(value: str | None) -> str:
    return canonical_json(value).decode()
