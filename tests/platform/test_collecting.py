"""A node looks seldom for what refers to itself, leaves the interpreter as it found it, and gives back what it needs no more."""

import ctypes
import gc
from pathlib import Path
from resource import getpagesize

import pytest

from ucs_core.collecting import SELDOM, few_arenas, given_back, seldom_collected


def test_what_refers_to_itself_is_looked_for_seldom_while_a_node_lives():
    before = gc.get_threshold(), gc.get_freeze_count()
    with seldom_collected():
        assert gc.get_threshold() == SELDOM
        assert gc.get_freeze_count() > before[1]
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


async def test_memory_that_is_free_is_given_back():
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("another allocator is at work here")
    few_arenas()
    # Pieces that are too small to be had from the system one by one, and one behind them all that keeps them from its end.
    pieces = [ctypes.create_string_buffer(b"x" * 60_000) for _ in range(2_000)]
    last = ctypes.create_string_buffer(b"x" * 60_000)
    held = resident()
    pieces.clear()
    await given_back()
    assert resident() < held - 80 * 2**20
    assert last.raw[0:1] == b"x"


def resident():
    """How many bytes of this process are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()
