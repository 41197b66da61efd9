"""What holding tracks to roads costs: 1,000 vehicles for a day on 10,000 segments, on one core, and how much of it is kept.

The town is a grid of streets and the tracks are walks of chance on it with an error of 3 m: **synthetic**, and no city's. The
tracks are made one vehicle after the other, outside of what is measured. All 1,000 are driven with UCS_PROMISE_EFFORT=long, which
takes some four minutes of processor time; without it 50 are.
"""

import os
import resource
import sys
from math import cos, radians
from pathlib import Path
from random import Random
from time import process_time

import pytest

from ucs_sdk.geo import EARTH_RADIUS
from ucs_sdk.plugins import find_in_folder, load_plugin

load_plugin(find_in_folder(Path(__file__).parents[2] / "capabilities" / "road_sweeping"), fresh=False)

from ucs_capability_road_sweeping.network import Network  # noqa: E402 -- its folder is found by the line above
from ucs_capability_road_sweeping.segments import RoadLevel, segment_of  # noqa: E402 -- as above
from ucs_capability_road_sweeping.spans import SPANS_MOST, Layers  # noqa: E402 -- as above
from ucs_capability_road_sweeping.sweeping import Rules, steps  # noqa: E402 -- as above
from ucs_capability_road_sweeping.tracks import Fix  # noqa: E402 -- as above

JUNCTIONS, METRES, VEHICLES = 71, 250.0, 1_000
EVERY, PACE, ERROR = 10.0, 4.0, 3.0
FIXES = int(24 * 3_600 / EVERY)
NORTH = 1 / (EARTH_RADIUS * radians(1.0))
EAST = NORTH / cos(radians(36.0))


def place(east, north):
    return 120.0 + east * EAST, 36.0 + north * NORTH


def town():
    """9,940 streets of 250 m between 71 × 71 junctions."""
    found = []
    for east in range(JUNCTIONS):
        for north in range(JUNCTIONS):
            here = place(east * METRES, north * METRES)
            for code, there in (("e", (east + 1, north)), ("n", (east, north + 1))):
                if max(there) < JUNCTIONS:
                    line = [here, place(there[0] * METRES, there[1] * METRES)]
                    name = f"{code}-{east}-{north}"
                    found.append(segment_of(code=name, name=name, level=RoadLevel.FIRST, region="370202", line=line))
    return found


def track(seed):
    """A vehicle that sweeps street after street for 24 hours and turns by chance, with a fix every ten seconds."""
    chance = Random(seed)
    at, along, made = [chance.randrange(JUNCTIONS), chance.randrange(JUNCTIONS)], 0.0, []
    while len(made) < FIXES:
        ways = [(1, 0), (-1, 0), (0, 1), (0, -1)]
        to = chance.choice([way for way in ways if all(0 <= a + b < JUNCTIONS for a, b in zip(at, way, strict=True))])
        while along < METRES and len(made) < FIXES:
            east, north = (a * METRES + b * along + chance.gauss(0, ERROR) for a, b in zip(at, to, strict=True))
            made.append(Fix(len(made) * EVERY, *place(east, north), working=True))
            along += PACE * EVERY
        along -= METRES
        at = [a + b for a, b in zip(at, to, strict=True)]
    return made


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("vehicles", [50, VEHICLES] if os.environ.get("UCS_PROMISE_EFFORT") == "long" else [50])
def test_a_day_of_a_citys_vehicles(benchmark, vehicles):
    seconds = 0.0

    def day():
        nonlocal seconds
        network = Network(town(), buffer=20.0)
        layers: dict[int, Layers] = {}
        for seed in range(vehicles):
            made = track(seed)
            began = process_time()
            for step in steps(network, Rules(), made):
                for swept in step.swept:
                    layers.setdefault(swept.segment, Layers(1)).add(swept.start, swept.end)
            seconds += process_time() - began
        return layers

    layers = benchmark.pedantic(day, rounds=1)
    whole = sum(each.swept() for each in layers.values())
    assert all(len(each.layers[0]) <= SPANS_MOST for each in layers.values())
    benchmark.extra_info["cpu seconds without making tracks"] = round(seconds, 1)
    benchmark.extra_info["fixes per cpu second"] = round(vehicles * FIXES / seconds)
    benchmark.extra_info["streets swept, of their metres"] = round(whole / (METRES * 9_940), 3)
    unit = 1024 if sys.platform.startswith("linux") else 1024 * 1024
    benchmark.extra_info["peak memory of the process, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
