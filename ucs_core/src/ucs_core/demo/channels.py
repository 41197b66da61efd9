"""Invents the camera channels of the city's video pool, the same ones for the same count and seed.

The overview of the city's cloud-brain says that there are more than 230,000 channels and that 96 % of them have usable
positions. Which they are it does not say: every channel here is made up, and its title says so.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import orjson

from ucs_core.demo.geography import outlines
from ucs_core.demo.organizations import organizations
from ucs_sdk.vocabulary import MemberStatus, OrganizationKind, OrganizationLevel

POOL = "QD-3702-INF-0005"
"""The code of the pool that fronts them."""

CHANNELS = {"small": 2_000, "full": 230_000}
"""How many channels a city of each size has."""

LOCATED = 0.96
"""What part of them has a position."""

STATUSES = ((MemberStatus.ONLINE, 94), (MemberStatus.OFFLINE, 5), (MemberStatus.UNKNOWN, 1))
INDUSTRIES = ("00", "04", "08", "09", "11")
"""Public security, traffic, urban management, environment, education (GB/T 28181)."""

FORMS = ("dome", "half_dome", "fixed", "remote_fixed")
RESOLUTIONS = ("720p", "1080p", "4k")
NETWORK_CAMERA, GOVERNMENT_NETWORK = "132", "6"


def generate_channels(count: int, seed: int) -> Iterator[bytes]:
    """Stream channels, one line of JSON each, in the order of the towns that they stand in."""
    rng = random.Random(seed)
    towns = [
        entry
        for entry in organizations()
        if entry.kind is OrganizationKind.DIVISION and entry.level is OrganizationLevel.TOWN
    ]
    statuses, weights = [status for status, _ in STATUSES], [weight for _, weight in STATUSES]
    for number in range(count):
        town = towns[number * len(towns) // count]
        district = town.id[:6]
        serial = f"{number % 1_000_000:06d}"
        industry = rng.choice(INDUSTRIES)
        channel: dict[str, object] = {
            "code": f"{district}00{industry}{NETWORK_CAMERA}{GOVERNMENT_NETWORK}{serial}",
            "title": {"zh": f"{town.title.zh}合成视频{serial}", "en": f"Synthetic channel {serial}, {town.title.en}"},
            "region_code": town.id,
            "status": rng.choices(statuses, weights)[0].value,
            "attributes": {
                "camera_form": rng.choice(FORMS),
                "resolution": rng.choice(RESOLUTIONS),
                "ptz": rng.random() < 0.3,
                "curated": rng.random() < 0.05,
            },
        }
        if rng.random() < LOCATED and (outline := outlines().get(district)) is not None:
            place = outline.draw(rng)
            channel["location"] = {"longitude": place.longitude, "latitude": place.latitude}
        yield orjson.dumps(channel) + b"\n"
