"""What has served its time is forgotten, and nothing else."""

from datetime import timedelta

from ucs_core.platform.upkeep import Upkeep
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import RememberedRequest
from ucs_registry.testing import NOW


async def test_answers_are_forgotten_once_they_were_kept_long_enough():
    store = InMemoryStore()
    async with store.write() as unit:
        for days in (1, 6, 8, 30):
            made = NOW - timedelta(days=days)
            await unit.remember(RememberedRequest(actor="a", request_id=f"r{days}", fingerprint="", answer="", at=made))
        await unit.commit()
    upkeep = Upkeep(store, lambda: NOW, requests_kept=timedelta(days=7), origin="here")
    assert [await upkeep.once(), await upkeep.once()] == [2, 0]
    async with store.read() as reader:
        kept = [days for days in (1, 6, 8, 30) if await reader.remembered("a", f"r{days}")]
    assert kept == [1, 6]
