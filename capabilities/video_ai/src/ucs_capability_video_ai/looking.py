"""Looking at a picture with algorithms: in a thread, with what each remembers of a stream, which is bounded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from ucs_capability_video_ai.algorithms import Algorithm, AlgorithmStore, from_entry_points, vision
from ucs_capability_video_ai.cameras import Camera, that_matter
from ucs_capability_video_ai.detections import Detection
from ucs_capability_video_ai.events import PictureAnalysed
from ucs_sdk import Context, FailedPrecondition, UcsError

MEMORIES_MOST = 2_000
"""Of how many streams and algorithms something is remembered; the one not seen for longest is forgotten. Some 0.3 MB each."""

DETECTIONS_MOST = 32
"""How many findings of one picture are told."""


@dataclass
class _Memory:
    lock: Lock = field(default_factory=Lock)
    held: dict[str, Any] = field(default_factory=dict)


class Memories:
    """What algorithms remember of streams."""

    def __init__(self, most: int = MEMORIES_MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[tuple[str, str], _Memory] = OrderedDict()

    def of(self, stream: str, algorithm: str) -> _Memory:
        """The memory of a stream and an algorithm, empty at first."""
        with self._lock:
            memory = self._held.setdefault((stream, algorithm), _Memory())
            self._held.move_to_end((stream, algorithm))
            if len(self._held) > self._most:
                self._held.popitem(last=False)
            return memory

    def __len__(self) -> int:
        return len(self._held)


def build_store(settings: Mapping[str, Any]) -> AlgorithmStore:
    """The algorithms of this node: built-in ones, those of other distributions, and the city's own models."""
    more = from_entry_points()
    if settings["models_folder"]:
        more = [*more, *vision("models").from_folder(settings["models_folder"])]
    return AlgorithmStore(more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one algorithm found in a picture, and the picture as it is kept; empty where nothing was found."""

    algorithm: str
    detections: tuple[Detection, ...]
    snapshot: bytes


async def analysed(
    ctx: Context, camera: Camera, seen: Sequence[Sighting], preset: int, at: datetime
) -> list[PictureAnalysed]:
    """What is told of a picture: what lies in what matters, each with its snapshot, which is kept."""
    told: list[PictureAnalysed] = []
    for each in seen:
        detections = that_matter(each.detections, camera, preset)
        if detections:
            blob = await ctx.blobs.put(each.snapshot, media_type="image/jpeg")
            said = PictureAnalysed(
                camera=camera.code, algorithm=each.algorithm, detections=detections, at=at, evidence=(blob.digest,)
            )
            told.append(said)
    return told


class Looker:
    """Looks at pictures with the algorithms of a store."""

    def __init__(self, store: AlgorithmStore, memories: Memories | None = None) -> None:
        self.store = store
        self._memories = memories or Memories()

    # An array of `vision.frames`, whose module is heavy, so that it is not named here.
    async def look(self, stream: str, picture: Any, at: datetime, names: Sequence[str]) -> list[Sighting]:  # noqa: ANN401
        """What algorithms find in a picture. Raises NotFound for an algorithm that is not there, FailedPrecondition
        (ALGORITHM_FAILED) for one that fails, and Unavailable (VIDEO_LIBRARIES_MISSING).
        """
        return await asyncio.to_thread(self._look, stream, picture, at, names)

    async def look_at(self, stream: str, content: bytes, at: datetime, names: Sequence[str]) -> list[Sighting]:
        """The same for a JPEG or PNG. Raises Invalid for what is no picture or too large."""
        for name in names:
            self.store.stated(name)
        frames = await asyncio.to_thread(vision, "frames")
        return await self.look(stream, await asyncio.to_thread(frames.decode, content), at, names)

    # As above.
    def _look(self, stream: str, picture: Any, at: datetime, names: Sequence[str]) -> list[Sighting]:  # noqa: ANN401
        frames = vision("frames")
        frame = frames.Frame(picture, at)
        seen: list[Sighting] = []
        for name in names:
            algorithm, memory = self.store.build(name), self._memories.of(stream, name)
            # Two pictures of one stream are looked at one after the other.
            with memory.lock:
                found = _found(name, algorithm, frame, memory.held)
            snapshot = frames.snapshot(picture, found) if found else b""
            seen.append(Sighting(algorithm=name, detections=found, snapshot=snapshot))
        return seen


# As above.
def _found(name: str, algorithm: Algorithm, frame: Any, memory: dict[str, Any]) -> tuple[Detection, ...]:  # noqa: ANN401
    """What an algorithm finds. Whatever one of them raises, it has failed alone."""
    try:
        return tuple(algorithm.analyse(frame, memory))[:DETECTIONS_MOST]
    except UcsError:
        raise
    except Exception as cause:
        raise FailedPrecondition.saying(
            "ALGORITHM_FAILED",
            zh="算法 {name} 运行失败：{kind}。",
            en="The algorithm {name} has failed: {kind}.",
            name=name,
            kind=type(cause).__name__,
        ) from cause
