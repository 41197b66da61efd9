"""The folder that keeps a demo city: its database, keys and tokens, and how far its seeding came."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from ucs_core.settings import Settings
from ucs_sdk.errors import FailedPrecondition

ORIGIN = "qingdao-demo"
"""The name of the demo in its log and on its checkpoints."""

ROOM = {"bare": 32, "small": 64, "full": 2_048}
"""How many MiB a city of each size may come to while it is brought in."""

_SEEDING, _COMPLETE = "seeding", "complete"


class DemoFolder:
    """A folder of the demo's own. What others put there is never touched."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path.resolve() / "ucs.db"
        self.key = path / "token-key.pem"
        self.tokens = path / "tokens.json"
        self._checkpoints = path / "log-checkpoints.txt"
        self._state = path / "seed.json"

    @property
    def settings(self) -> Settings:
        """The settings of the node that serves it, but for where it answers."""
        return Settings(database_url=f"sqlite:///{self.database}", key_file=self.key, origin=ORIGIN)

    @property
    def size(self) -> str | None:
        """The size of the city that is kept here; None where there is none, or not all of it."""
        state = self._read()
        return state["size"] if state is not None and state["state"] == _COMPLETE else None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other demos out of the folder. Raises FailedPrecondition when one runs in it, or nothing can be kept there."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            opened = (self.path / "lock").open("w")
        except OSError as cause:
            raise FailedPrecondition("DEMO_FOLDER_UNUSABLE", folder=str(self.path), problem=cause.strerror) from cause
        with opened as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as cause:
                raise FailedPrecondition("DEMO_RUNNING", folder=str(self.path)) from cause
            yield

    def prepare(self, size: str) -> bool:
        """Whether the city must be seeded; what an interrupted seeding left is removed.

        Raises FailedPrecondition for a city of another size, for a database that no demo made, and where a city has no room.
        """
        state = self._read()
        if state is None:
            if self.database.exists():
                raise FailedPrecondition("DEMO_FOLDER_TAKEN", folder=str(self.path), file=self.database.name)
        elif state["size"] != size and state["state"] == _COMPLETE:
            raise FailedPrecondition("DEMO_SIZE_DIFFERS", folder=str(self.path), present=state["size"], size=size)
        elif state["state"] == _COMPLETE:
            return False
        self._write(size, _SEEDING)
        for leftover in self.path.glob(f"{self.database.name}*"):
            leftover.unlink()
        # What was signed in the city that was just removed will never be in the next one's log.
        self._checkpoints.unlink(missing_ok=True)
        free = shutil.disk_usage(self.path).free // 2**20
        if free < ROOM[size]:
            raise FailedPrecondition("DEMO_ROOM_SHORT", folder=str(self.path), free=free, size=size, needed=ROOM[size])
        return True

    def complete(self, size: str) -> None:
        """Note that the whole city is in."""
        self._write(size, _COMPLETE)

    def _read(self) -> dict[str, str] | None:
        if not self._state.exists():
            return None
        try:
            raw = json.loads(self._state.read_text("utf-8"))
            return {"size": str(raw["size"]), "state": str(raw["state"])}
        except (ValueError, KeyError, TypeError) as cause:
            raise FailedPrecondition("DEMO_FOLDER_TAKEN", folder=str(self.path), file=self._state.name) from cause

    def _write(self, size: str, state: str) -> None:
        draft = self._state.with_suffix(".part")
        draft.write_text(json.dumps({"size": size, "state": state}) + "\n", "utf-8")
        draft.replace(self._state)
