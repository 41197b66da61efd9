"""The slots of ids at hand: those that were asked for or led to of late."""

from __future__ import annotations

from ucs_registry.read_model.fragments import UNKNOWN
from ucs_registry.read_model.ids import ID_BYTES, TO_DIGITS, packed_or_none
from ucs_registry.read_model.model import Model

SLOTS_MOST = 16_384
"""How many are at hand, in some 3 MB."""


class Slots(dict[bytes, int]):
    """The slots of the resources of a model. An id that stands in the database is a key; where nothing has it, its slot is
    `UNKNOWN`.
    """

    __slots__ = ("_model",)

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def __missing__(self, id: bytes) -> int:
        packed = int(id.translate(TO_DIGITS), 32).to_bytes(ID_BYTES, "big")
        slot = self._model.catalogue.table.slot(packed)
        if slot is None:
            # It may be there in a moment.
            return UNKNOWN
        if len(self) >= SLOTS_MOST:
            self.clear()
        self[id] = slot
        return slot

    def asked(self, id: object) -> int:
        """The slot of what somebody takes for an id."""
        if id is None:
            return UNKNOWN
        text = str(id)
        key = text.encode(errors="replace")
        slot = self.get(key)
        if slot is not None:
            return slot
        return UNKNOWN if packed_or_none(text) is None else self[key]
