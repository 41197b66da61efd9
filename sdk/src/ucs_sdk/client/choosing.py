"""Which resources: what lists, finds and watches may be narrowed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType


class Choice(TypedDict, total=False):
    """Which resources: every stated part must hold. Organisations are named by id, with or without `organizations/`."""

    kind: ResourceKind | str
    type: str
    owner: str
    owner_subtree: str
    share_type: ShareType | str
    availability: Availability | str
    data_level: DataLevel | str
    open_type: OpenType | str
    tags: Sequence[str]
    code: str
    district: str
    region: str
    updated_after: datetime
    updated_before: datetime


class WatchChoice(TypedDict, total=False):
    """Which resources to hear of: every stated part must hold."""

    kind: ResourceKind | str
    type: str
    owner_subtree: str
