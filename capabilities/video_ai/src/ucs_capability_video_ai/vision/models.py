"""A city's own models in ONNX: a folder of `<name>.onnx`, each beside a `<name>.toml` that says how it is asked.

Whoever may write in the folder is trusted, and the hash in the .toml holds the two files together. A model is asked with one
picture (1 × 3 × height × width, red first) and answers with scores of its labels, or with boxes.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ucs_capability_video_ai.algorithms import Algorithm, AlgorithmStated
from ucs_capability_video_ai.detections import LABEL, Detection
from ucs_capability_video_ai.vision.frames import Frame
from ucs_sdk import FailedPrecondition, Invalid

BYTES_MOST = 500_000_000
"""How large a model may be, in bytes."""

MODELS_MOST = 200
"""How many models a folder may hold."""

BOXES_MOST = 32
"""How many boxes of one picture are told: the surest."""

Side = Annotated[int, Field(ge=8, le=4096)]
Channels = tuple[float, float, float]


class ModelStated(BaseModel):
    """How a model is asked, as its .toml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title_zh: str = Field(min_length=1, max_length=80)
    title_en: str = Field(min_length=1, max_length=80)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: Side
    height: Side
    scale: float = Field(default=1 / 255, gt=0)
    mean: Channels = (0.0, 0.0, 0.0)
    spread: Channels = (1.0, 1.0, 1.0)
    output: Literal["scores", "boxes"]
    """`scores`: one for each label. `boxes`: rows of left, top, right, bottom (pixels of the input), score, label's number."""

    labels: tuple[Annotated[str, Field(pattern=f"{LABEL}|^$")], ...] = Field(min_length=1, max_length=1000)
    """An empty label is nothing: a background."""

    least: float = Field(default=0.5, ge=0, le=1)


def from_folder(folder: str) -> list[tuple[AlgorithmStated, Callable[[], Algorithm]]]:
    """The models of a folder. Raises Invalid for a .toml that cannot be right; a model is opened when it is asked first."""
    paths = sorted(Path(folder).glob("*.toml"))
    if len(paths) > MODELS_MOST:
        raise _wrong(folder, f"超过 {MODELS_MOST} 个模型", f"it has more than {MODELS_MOST} models")
    return [_from_file(path) for path in paths]


def _from_file(path: Path) -> tuple[AlgorithmStated, Callable[[], Algorithm]]:
    try:
        stated = ModelStated.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise _wrong(path.name, "说明文件有误", f"its description is wrong ({type(cause).__name__})") from cause
    listed = AlgorithmStated(
        name=f"model_{path.stem}"[:41],
        title_zh=stated.title_zh,
        title_en=stated.title_en,
        labels=tuple(each for each in stated.labels if each),
        warms_up=0,
        builds="",
    )
    return listed, lambda: OnnxModel(path.with_suffix(".onnx"), stated)


class OnnxModel:
    """A model that is asked with ONNX Runtime, on the CPU, with one thread."""

    def __init__(self, path: Path, stated: ModelStated) -> None:
        if not path.is_file() or path.stat().st_size > BYTES_MOST:
            raise _wrong(path.name, "模型文件缺失或过大", "the file is not there, or too large")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != stated.sha256:
            raise _wrong(path.name, "哈希不符", "its hash is not the one that is stated")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # What the runtime raises for a file that is no model has no common type of its own.
        try:
            self._session: Any = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as cause:
            raise _wrong(path.name, "不是 ONNX 模型", "it is no model in ONNX") from cause
        self._name = path.stem
        self._stated = stated
        self._asked = self._session.get_inputs()[0].name

    def analyse(self, frame: Frame, memory: dict[str, Any]) -> Sequence[Detection]:
        """What the model finds; it remembers nothing."""
        said = np.asarray(self._session.run(None, {self._asked: self._tensor(frame)})[0], np.float32)
        if not np.isfinite(said).all():
            raise self._answers_wrong("数值无效", "it is not of numbers")
        return self._boxes(said) if self._stated.output == "boxes" else self._scores(said)

    def _tensor(self, frame: Frame) -> NDArray[np.float32]:
        stated = self._stated
        small = cv2.resize(frame.image, (stated.width, stated.height), interpolation=cv2.INTER_AREA)
        red_first = np.asarray(small, np.float32)[:, :, ::-1] * stated.scale
        normal = (red_first - np.array(stated.mean, np.float32)) / np.array(stated.spread, np.float32)
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)

    def _scores(self, said: NDArray[np.float32]) -> list[Detection]:
        scores = said.ravel()
        if scores.size != len(self._stated.labels):
            raise self._answers_wrong("分数个数与标签不符", "it has not one score for each label")
        return [
            Detection(label=label, confidence=min(1.0, float(score)))
            for label, score in zip(self._stated.labels, scores, strict=True)
            if label and score >= self._stated.least
        ]

    def _boxes(self, said: NDArray[np.float32]) -> list[Detection]:
        if said.size % 6:
            raise self._answers_wrong("每框应为 6 个数", "a box has to be of six numbers")
        rows = said.reshape(-1, 6)
        rows = rows[rows[:, 4] >= self._stated.least]
        rows = rows[np.argsort(-rows[:, 4], kind="stable")][:BOXES_MOST]
        return [each for row in rows if (each := self._boxed([float(value) for value in row])) is not None]

    def _boxed(self, row: list[float]) -> Detection | None:
        number = round(row[5])
        if not 0 <= number < len(self._stated.labels) or not self._stated.labels[number]:
            return None
        width, height = self._stated.width, self._stated.height
        left, right = sorted(min(1.0, max(0.0, each / width)) for each in (row[0], row[2]))
        top, bottom = sorted(min(1.0, max(0.0, each / height)) for each in (row[1], row[3]))
        label = self._stated.labels[number]
        return Detection(label=label, confidence=min(1.0, row[4]), box=(left, top, right, bottom))

    def _answers_wrong(self, zh: str, en: str) -> FailedPrecondition:
        return FailedPrecondition.saying(
            "MODEL_ANSWER",
            zh="模型 {model} 的输出有误：{problem_zh}。",
            en="The answer of the model {model} is wrong: {problem_en}.",
            model=self._name,
            problem_zh=zh,
            problem_en=en,
        )


def _wrong(name: str, zh: str, en: str) -> Invalid:
    return Invalid.saying(
        "MODEL_WRONG",
        zh="模型 {model} 有误：{problem_zh}。",
        en="The model {model} cannot be used: {problem_en}.",
        model=name,
        problem_zh=zh,
        problem_en=en,
    )
