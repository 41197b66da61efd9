"""Generated scenes with ground truth: a street below a bridge, seen by a fixed camera, with what disturbs and what is sought.

They are drawn, not filmed. They serve to see that an algorithm does what it says and to compare versions; what one achieves
here says nothing about real streets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ucs_capability_video_ai.detections import Label
from ucs_capability_video_ai.vision.frames import Picture

WIDTH, HEIGHT = 320, 180
HORIZON = 0.4
"""At which share of the height the ground begins."""


class Disturbance(StrEnum):
    """What a scene has in it that should not be found."""

    NONE = "none"
    CARS = "cars"
    SHADOW = "shadow"
    WET = "wet"
    RAIN = "rain"
    PARKED = "parked"
    FEW_PEOPLE = "few_people"
    DUSK = "dusk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is drawn: what is sought from picture `begins` on (None: nothing), and what disturbs all the while."""

    seed: int
    sought: Label | None
    disturbance: Disturbance = Disturbance.NONE
    pictures: int = 40
    begins: int = 16


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, and whether what is sought is really to be seen in it, and where."""

    image: Picture
    present: bool
    box: tuple[float, float, float, float] | None


def draw(scene: Scene) -> Iterator[Drawn]:
    """The pictures of a scene; the same scene is drawn the same each time."""
    random = np.random.default_rng(scene.seed)
    artist = _Artist(scene, random)
    for index in range(scene.pictures):
        yield artist.picture(index)


class _Artist:
    """Draws one scene, picture by picture."""

    def __init__(self, scene: Scene, random: np.random.Generator) -> None:
        self._scene = scene
        self._random = random
        self._base = _street(random)
        self._noise = float(random.uniform(1.5, 4.0))
        self._gain = 1.0
        self._kind = int(random.integers(3))
        self._spot = float(random.uniform(0.3, 0.7)), float(random.uniform(0.6, 0.85))
        self._others = [_person(random) for _ in range(int(random.integers(1, 4)))]
        self._crowd = [_person(random) for _ in range(int(random.integers(18, 30)))]

    def picture(self, index: int) -> Drawn:
        image = self._base.copy()
        self._disturb_ground(image, index)
        present = self._scene.sought is not None and index >= self._scene.begins
        box = self._sought(image, index) if present else None
        self._disturb_front(image, index)
        if present and self._scene.sought is Label.TAMPERING:
            image = self._tampered(image)
        return Drawn(self._filmed(image, index), present, box)

    def _filmed(self, image: NDArray[np.float32], index: int) -> Picture:
        self._gain = 0.9 * self._gain + 0.1 + float(self._random.normal(0.0, 0.015))
        light = self._gain
        if self._scene.disturbance is Disturbance.DUSK:
            light *= max(0.35, 1.0 - 0.02 * index)
        noisy = image * light + self._random.normal(0.0, self._noise, image.shape)
        filmed: Picture = np.clip(noisy, 0, 255).astype(np.uint8)
        return filmed

    def _disturb_ground(self, image: NDArray[np.float32], index: int) -> None:
        match self._scene.disturbance:
            case Disturbance.WET:
                ground = image[round(HEIGHT * HORIZON) :]
                ground *= 1.0 - 0.3 * min(1.0, max(0, index - 8) / 8)
            case Disturbance.SHADOW:
                mask = np.zeros((HEIGHT, WIDTH), np.uint8)
                left = round((0.1 + 0.012 * index) * WIDTH)
                corners = np.array([[left, 80], [left + 90, 80], [left + 140, 179], [left + 10, 179]], np.int32)
                cv2.fillPoly(mask, [corners], 1)
                if index >= 8:
                    image[mask > 0] *= 0.62

    def _disturb_front(self, image: NDArray[np.float32], index: int) -> None:
        match self._scene.disturbance:
            case Disturbance.CARS if index % 3 != 1:
                at = (0.13 * index + 0.31 * (index % 5)) % 1.2 - 0.1
                _car(image, at, 0.62 + 0.05 * (index % 4), (40.0 + 23.0 * (index % 6)))
            case Disturbance.PARKED if index >= 14:
                _car(image, 0.75, 0.72, 120.0)
            case Disturbance.FEW_PEOPLE:
                for each in self._others:
                    _stand(image, each, self._random, moves=0.08)
            case Disturbance.RAIN:
                for _ in range(60):
                    x, y = int(self._random.integers(WIDTH)), int(self._random.integers(HEIGHT))
                    cv2.line(image, (x, y), (x - 2, y + 9), (190.0, 190.0, 190.0), 1)

    def _sought(self, image: NDArray[np.float32], index: int) -> tuple[float, float, float, float] | None:
        match self._scene.sought:
            case Label.STANDING_WATER:
                return self._water(image, min(1.0, (index - self._scene.begins + 4) / 12))
            case Label.LITTER:
                return self._thing(image)
            case Label.CROWDING:
                for each in sorted(self._crowd, key=lambda person: person[1]):
                    _stand(image, each, self._random, moves=0.02)
        return None

    def _water(self, image: NDArray[np.float32], risen: float) -> tuple[float, float, float, float]:
        centre = round(self._spot[0] * WIDTH), round(0.78 * HEIGHT)
        half = round(40 + 75 * risen), round(10 + 20 * risen)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.ellipse(mask, centre, half, 0, 0, 360, 1, -1)
        horizon = round(HEIGHT * HORIZON)
        mirrored = np.zeros_like(image)
        mirrored[horizon:] = cv2.resize(image[:horizon][::-1], (WIDTH, HEIGHT - horizon))
        ripple = 3.0 * np.sin(np.arange(HEIGHT)[:, None, None] / 3.0 + self._random.uniform(0, 6.3))
        surface = 0.55 * cv2.GaussianBlur(mirrored, (0, 0), 5) + np.array([38.0, 42.0, 44.0], np.float32) + ripple
        image[mask > 0] = surface[mask > 0]
        ys, xs = np.nonzero(mask)
        return xs.min() / WIDTH, ys.min() / HEIGHT, (xs.max() + 1) / WIDTH, (ys.max() + 1) / HEIGHT

    def _thing(self, image: NDArray[np.float32]) -> tuple[float, float, float, float]:
        x, y = round(self._spot[0] * WIDTH), round(self._spot[1] * HEIGHT)
        half = 4 + round(4 * (self._spot[1] - HORIZON))
        colour = ((235.0, 235.0, 230.0), (25.0, 28.0, 30.0), (60.0, 90.0, 190.0))[self._kind]
        cv2.ellipse(image, (x, y), (half + 2, half), 0, 0, 360, colour, -1)
        return (x - half - 2) / WIDTH, (y - half) / HEIGHT, (x + half + 3) / WIDTH, (y + half + 1) / HEIGHT

    def _tampered(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._kind == 0:
            return np.full_like(image, 30.0)
        if self._kind == 1:
            return np.asarray(cv2.GaussianBlur(image, (0, 0), 9), np.float32)
        return np.ascontiguousarray(np.roll(image, (45, 110), axis=(0, 1))[:, ::-1])


def _street(random: np.random.Generator) -> NDArray[np.float32]:
    """A wall with courses of stone above, a rough road with marks below."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    horizon = round(HEIGHT * HORIZON)
    image[:horizon] = random.uniform(120, 160) + random.normal(0, 8, (horizon, WIDTH, 1))
    for y in range(8, horizon, 12):
        cv2.line(image, (0, y), (WIDTH, y), (85.0, 85.0, 85.0), 1)
    for x in range(int(random.integers(10, 30)), WIDTH, 34):
        cv2.line(image, (x, 0), (x, horizon), (80.0, 82.0, 85.0), 1 + int(random.integers(2)))
    grain = random.normal(0, 26, (HEIGHT - horizon, WIDTH, 1))
    grain = cv2.GaussianBlur(grain.astype(np.float32), (0, 0), 0.9)[..., None]
    image[horizon:] = random.uniform(85, 125) + grain
    middle = WIDTH // 2 + int(random.integers(-40, 40))
    for offset in (-70, 0, 70):
        ends = (middle + offset // 3, horizon + 4), (middle + 2 * offset, HEIGHT)
        cv2.line(image, *ends, (205.0, 208.0, 210.0), 2)
    for y in range(horizon + 10, HEIGHT, 18):
        cv2.line(image, (0, y), (WIDTH, y + 2), (72.0, 72.0, 74.0), 1)
    return image


def _car(image: NDArray[np.float32], at: float, down: float, grey: float) -> None:
    x, y = round(at * WIDTH), round(down * HEIGHT)
    high, wide = round(0.2 * HEIGHT), round(0.2 * WIDTH)
    cv2.rectangle(image, (x, y), (x + wide, y + high), (grey, grey, grey + 20.0), -1)
    cv2.rectangle(image, (x + 8, y + 4), (x + wide - 8, y + high // 3), (60.0, 55.0, 50.0), -1)
    for wheel in (x + 12, x + wide - 12):
        cv2.circle(image, (wheel, y + high), 6, (15.0, 15.0, 15.0), -1)


def _person(random: np.random.Generator) -> tuple[float, float, float, float]:
    """Where somebody's feet are, as shares of the picture, and how light they are above and below."""
    at, feet = random.uniform(0.08, 0.92), random.uniform(0.62, 0.98)
    light = random.choice([20.0, 35.0, 190.0, 215.0, 230.0])
    return float(at), float(feet), float(light), float(random.choice([25.0, 45.0, 180.0]))


def _stand(
    image: NDArray[np.float32], person: tuple[float, float, float, float], random: np.random.Generator, moves: float
) -> None:
    at, feet, light, dark = person
    at += float(random.normal(0.0, moves))
    tall = 0.42 * HEIGHT * (feet - 0.3) / 0.7
    x, y, half = round(at * WIDTH), round(feet * HEIGHT), max(2, round(0.16 * tall))
    body, legs = (light, light * 0.9, light * 0.85), (dark, dark, dark)
    cv2.rectangle(image, (x - half, y - round(0.45 * tall)), (x + half, y), legs, -1)
    cv2.ellipse(image, (x, y - round(0.58 * tall)), (half + 1, max(2, round(0.26 * tall))), 0, 0, 360, body, -1)
    cv2.circle(image, (x, y - round(0.9 * tall)), max(1, round(0.1 * tall)), (150.0, 170.0, 200.0), -1)
