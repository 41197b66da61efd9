"""A store in memory: the reference for what the databases do, and a fake that keeps every promise but durability.

A state is never changed once it is published. A unit works on copies of the maps that it writes, and publishes them all
at once; readers keep the state that they opened on.
"""

from ucs_registry.memory.reading import MemoryReader
from ucs_registry.memory.store import InMemoryStore
from ucs_registry.memory.writing import MemoryUnit

__all__ = ["InMemoryStore", "MemoryReader", "MemoryUnit"]
