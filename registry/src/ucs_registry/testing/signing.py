"""A signer for tests, and what a store with a signer promises."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from ucs_registry.checkpoints import Checkpoint, Signer, checkpoint_of
from ucs_registry.ports import Store
from ucs_registry.testing.builders import NOW, an_entry, an_organization
from ucs_registry.testing.tree import appended, root_of
from ucs_sdk.errors import FailedPrecondition

MakeStore = Callable[[Signer | None], Awaitable[Store]]


class TestSigner:
    """Signs with a secret: enough to tell its own notes from others. `signed` counts."""

    __test__ = False

    def __init__(self, secret: str = "secret") -> None:
        self._secret = secret.encode()
        self.signed = 0

    def sign(self, text: str) -> str:
        self.signed += 1
        return f"{text}\n— hub {self._mark(text)}\n"

    def trusts(self, note: str) -> bool:
        text, _, signatures = note.partition("\n\n")
        return signatures == f"— hub {self._mark(text + chr(10))}\n"

    def _mark(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


class SigningContract:
    """Checkpoints of a store that has a signer. The fixture `reopened` opens the same catalogue with a signer, or none."""

    async def test_every_commit_signs_the_log_as_it_stands(self, reopened: MakeStore) -> None:
        signer = TestSigner()
        store = await reopened(signer)
        for count in (1, 1, 3):
            entries = await appended(store, count)
            checkpoint = await latest(store)
            async with store.read() as reader:
                root = await root_of(reader, reader.head.position)
            assert (checkpoint.size, checkpoint.root) == (entries[-1].position, root)
            assert (checkpoint.origin, checkpoint.at) == (entries[-1].origin, entries[-1].at)
            assert signer.trusts(checkpoint.note)
            assert checkpoint_of(checkpoint.note) == checkpoint

    async def test_unit_without_entries_signs_nothing(self, reopened: MakeStore) -> None:
        signer = TestSigner()
        store = await reopened(signer)
        for count in (0, 1, 0):
            await appended(store, count)
        async with store.write() as unit:
            await unit.add_organizations([an_organization()])
            await unit.commit()
        assert signer.signed == 1

    async def test_lost_unit_is_not_signed(self, reopened: MakeStore) -> None:
        store = await reopened(TestSigner())
        await appended(store, 1)
        async with store.write() as unit:
            unit.append(an_entry())
        assert (await latest(store)).size == 1
        await appended(store, 1)
        assert (await latest(store)).size == 2

    async def test_checkpoints_are_kept_each_hour_and_at_each_change_of_keys(self, reopened: MakeStore) -> None:
        store = await reopened(TestSigner())
        for minutes, verb in ((0, "x"), (1, "x"), (2, "log.rotate_key"), (61, "x"), (62, "x"), (122, "x"), (123, "x")):
            async with store.write() as unit:
                unit.append(an_entry(at=NOW + timedelta(minutes=minutes), verb=verb))
                await unit.commit()
        async with store.read() as reader:
            assert [checkpoint.size for checkpoint in await reader.checkpoints()] == [1, 3, 5, 6, 7]
            assert [checkpoint.size for checkpoint in await reader.checkpoints(after=5)] == [6, 7]
            assert await reader.checkpoints(after=7) == []
            assert [checkpoint.size for checkpoint in await reader.checkpoints(after=1, first=2)] == [3, 5]
            assert [checkpoint.size for checkpoint in await reader.checkpoints(after=6, first=2)] == [7]

    async def test_reader_keeps_the_checkpoint_that_it_opened_on(self, reopened: MakeStore) -> None:
        store = await reopened(TestSigner())
        await appended(store, 2)
        async with store.read() as reader:
            before = await reader.checkpoints()
            await appended(store, 1)
            assert await reader.checkpoints() == before

    async def test_log_that_nobody_signed_is_taken_over_by_the_first_who_does(self, reopened: MakeStore) -> None:
        plain, signing = await reopened(None), await reopened(TestSigner())
        for store, count in ((plain, 3), (plain, 5), (signing, 0)):
            await appended(store, count)
        async with signing.read() as reader:
            assert await root_of(reader, 8) == (await latest(signing)).root
        assert (await latest(signing)).size == 8

    async def test_signed_log_takes_no_entry_without_a_signature(self, reopened: MakeStore) -> None:
        plain, signing = await reopened(None), await reopened(TestSigner())
        await appended(signing, 2)
        await refused_to_sign(plain, "LOG_KEY_NEEDED")
        async with plain.write() as unit:
            await unit.add_organizations([an_organization()])
            await unit.commit()
        await appended(signing, 1)
        assert (await latest(signing)).size == 3

    async def test_two_who_sign_with_the_same_key_continue_each_other(self, reopened: MakeStore) -> None:
        stores = [await reopened(TestSigner()) for _ in range(2)]
        for at, count in ((0, 2), (1, 3), (1, 1), (0, 1), (0, 9), (1, 1)):
            await appended(stores[at], count)
        assert (await latest(stores[0])).size == 17


async def latest(store: Store) -> Checkpoint:
    """The last checkpoint that was signed."""
    async with store.read() as reader:
        return (await reader.checkpoints())[-1]


async def refused_to_sign(store: Store, reason: str) -> None:
    """Expect that a unit cannot be committed, and changes nothing."""
    async with store.read() as reader:
        before = reader.head
    async with store.write() as unit:
        unit.append(an_entry())
        with pytest.raises(FailedPrecondition, match=reason):
            await unit.commit()
    async with store.read() as reader:
        assert reader.head == before
