"""Questions about very much leave turns of the loop to everybody else."""

import asyncio
import threading

import pytest

from ucs_registry.yielding import MANY, beside_the_loop, in_turns


class Turns:
    """Counts the turns of the loop while a block runs."""

    async def __aenter__(self):
        self.count, self._task = 0, asyncio.create_task(self._turn())
        await asyncio.sleep(0)
        self.count = 0
        return self

    async def __aexit__(self, *failure):
        self._task.cancel()

    async def _turn(self):
        while True:
            self.count += 1
            await asyncio.sleep(0)


async def test_much_is_made_in_turns_and_in_order():
    async with Turns() as turns:
        assert await in_turns(str, range(5 * MANY)) == [str(number) for number in range(5 * MANY)]
        assert turns.count >= 4
    async with Turns() as turns:
        # The twin: at one go there is no turn for anybody.
        assert len([str(number) for number in range(5 * MANY)]) == 5 * MANY
        assert turns.count == 0


@pytest.mark.parametrize(("size", "beside"), [(MANY, False), (MANY + 1, True)])
async def test_much_is_summed_up_on_another_thread(size, beside):
    thread = await beside_the_loop(size, threading.get_ident)
    assert (thread != threading.get_ident()) is beside


async def test_what_a_thread_raises_arrives():
    def fails():
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        await beside_the_loop(MANY + 1, fails)
