"""The division that a content serves must exist."""

from __future__ import annotations

import difflib

from ucs_registry.ports import Reader
from ucs_registry.resources import (
    ResourceContent,
)
from ucs_sdk.errors import (
    Invalid,
)

DIVISION_DIGITS = (2, 4, 6, 9)
"""How many digits the codes of provinces, cities, districts and towns have (GB/T 2260, GB/T 10114)."""

NEIGHBOURS_MOST = 200
"""How many divisions are looked at for the one that may have been meant."""


async def check_region(unit: Reader, content: ResourceContent) -> None:
    """Raise Invalid with REGION_UNKNOWN and what may have been meant when the division does not exist."""
    if content.region_code and await unit.organization(content.region_code) is None:
        raise await region_unknown(unit, content.region_code)


async def region_unknown(unit: Reader, region: str, path: str = "content.region_code") -> Invalid:
    """The refusal of a division that does not exist, with those that may have been meant."""
    # A slip is mostly in the last digits, so what may be meant stands below the longest known beginning.
    above = await unit.organizations([region[:digits] for digits in DIVISION_DIGITS if digits < len(region)])
    below = await unit.children(max(above, key=len), after=None, first=NEIGHBOURS_MOST) if above else []
    near = difflib.get_close_matches(region, [division.id for division in below], n=3)
    return Invalid("REGION_UNKNOWN", path=path, region=region, near=near)
