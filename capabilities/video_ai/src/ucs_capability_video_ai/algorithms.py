"""The algorithm store: what each algorithm finds and what it asks for. An algorithm is a small plugin.

Whoever brings one names, in the entry-point group `ucs.video_algorithms`, a callable without arguments that answers with
what is stated of it and with what builds it. A city's own models come in by a folder of files (`models`).
Nothing heavy is imported before one of them is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol

from ucs_capability_video_ai.detections import Detection, Label
from ucs_sdk import NotFound, Unavailable

GROUP = "ucs.video_algorithms"
"""The entry points by which algorithms of others come in."""

PACKAGE = "ucs_capability_video_ai.vision"

REQUIREMENTS = "capabilities/video_ai/requirements.txt"
"""Where the libraries are locked, in a checkout."""


class Algorithm(Protocol):
    """Looks at a picture. One instance serves every stream, from several threads: what it remembers is in `memory`."""

    def analyse(self, frame: Any, memory: dict[str, Any]) -> Sequence[Detection]:  # noqa: ANN401 - see below
        """What is to be seen in a `vision.frames.Frame`, whose module is heavy, so that it is not named here.

        `memory` is of one stream and algorithm, empty at first, and may be lost at any time. What it holds is bounded.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmStated:
    """An algorithm of the store, as it is listed."""

    name: str
    title_zh: str
    title_en: str
    labels: tuple[str, ...]
    warms_up: int
    """How many pictures of a stream it learns from before it finds anything."""

    builds: str
    """Where the callable is that builds it, `module:name`."""


BUILT_IN: tuple[AlgorithmStated, ...] = (
    AlgorithmStated(
        name="standing_water",
        title_zh="积水识别",
        title_en="Standing water",
        labels=(Label.STANDING_WATER,),
        warms_up=6,
        builds=f"{PACKAGE}.standing_water:StandingWater",
    ),
    AlgorithmStated(
        name="litter",
        title_zh="暴露垃圾与遗留物识别",
        title_en="Litter and dropped objects",
        labels=(Label.LITTER,),
        warms_up=6,
        builds=f"{PACKAGE}.litter:Litter",
    ),
    AlgorithmStated(
        name="crowding",
        title_zh="人群聚集识别",
        title_en="Crowding",
        labels=(Label.CROWDING,),
        warms_up=6,
        builds=f"{PACKAGE}.crowding:Crowding",
    ),
    AlgorithmStated(
        name="tampering",
        title_zh="摄像机遮挡与移位识别",
        title_en="Tampering with the camera",
        labels=(Label.TAMPERING,),
        warms_up=6,
        builds=f"{PACKAGE}.tampering:Tampering",
    ),
)


def libraries_missing(cause: ImportError) -> Unavailable:
    """That pictures cannot be looked at here, and what to install."""
    return Unavailable.saying(
        "VIDEO_LIBRARIES_MISSING",
        zh="缺少视频分析所需的库 {library}。请安装：pip install --require-hashes -r {requirements}",
        en="Looking at pictures needs the library {library}. Install it: pip install --require-hashes -r {requirements}",
        library=cause.name or "?",
        requirements=REQUIREMENTS,
    )


# A module of `vision`, of which nothing is known before it is imported.
def vision(name: str) -> Any:  # noqa: ANN401
    """A module that needs the heavy libraries. Raises Unavailable (VIDEO_LIBRARIES_MISSING) where they are not there."""
    try:
        return import_module(f"{PACKAGE}.{name}")
    except ImportError as cause:
        raise libraries_missing(cause) from cause


def missing_library() -> str:
    """The name of a library that is not there; empty when all are."""
    try:
        for name in ("frames", "reading", "models"):
            import_module(f"{PACKAGE}.{name}")
    except ImportError as cause:
        return cause.name or "?"
    return ""


class AlgorithmStore:
    """The algorithms by name: built-in ones, those of entry points, and a city's own models. Each is built once."""

    def __init__(self, more: Sequence[tuple[AlgorithmStated, Callable[[], Algorithm]]] = ()) -> None:
        self._stated = {each.name: each for each in BUILT_IN}
        self._built: dict[str, Algorithm] = {}
        self._more = {}
        for stated, build in more:
            self._stated[stated.name] = stated
            self._more[stated.name] = build

    def listed(self) -> list[AlgorithmStated]:
        """All algorithms, by name."""
        return [self._stated[name] for name in sorted(self._stated)]

    def stated(self, name: str) -> AlgorithmStated:
        """What is said of an algorithm. Raises NotFound."""
        if name not in self._stated:
            raise NotFound.saying(
                "ALGORITHM_UNKNOWN",
                zh="算法仓中没有 {name}；有：{known}。",
                en="The store has no algorithm {name}; it has {known}.",
                name=name[:60],
                known=", ".join(sorted(self._stated)),
            )
        return self._stated[name]

    def build(self, name: str) -> Algorithm:
        """The algorithm, built when it is asked for first. Raises NotFound, or Unavailable where libraries are missing."""
        stated = self.stated(name)
        if name not in self._built:
            self._built[name] = self._more[name]() if name in self._more else _built(stated)
        return self._built[name]


def _built(stated: AlgorithmStated) -> Algorithm:
    module, _, attribute = stated.builds.partition(":")
    try:
        built: Algorithm = getattr(import_module(module), attribute)()
    except ImportError as cause:
        raise libraries_missing(cause) from cause
    return built


def from_entry_points() -> list[tuple[AlgorithmStated, Callable[[], Algorithm]]]:
    """Algorithms that other distributions bring. Each entry point leads to a function that states and builds one."""
    found: list[tuple[AlgorithmStated, Callable[[], Algorithm]]] = []
    for point in entry_points(group=GROUP):
        stated, build = point.load()()
        found.append((stated, build))
    return found
