"""The door for applications and scripts: a platform's catalogue, operations and changes, over gRPC.

`Client` waits in the thread that asks and may be shared by many; `AsyncClient` is the same for asyncio. Both need the extra
`client` of ucs-sdk, and say so where it is missing; importing this costs next to nothing.
"""

from __future__ import annotations

from ucs_sdk.client.asynchronous import AsyncClient
from ucs_sdk.client.choosing import Choice
from ucs_sdk.client.errors import PositionLost
from ucs_sdk.client.models import Change, ChangeType, Deprecation, Operation, Order, Page, Place, Resource, Text
from ucs_sdk.client.retrying import Retries
from ucs_sdk.client.synchronous import Client

__all__ = [
    "AsyncClient",
    "Change",
    "ChangeType",
    "Choice",
    "Client",
    "Deprecation",
    "Operation",
    "Order",
    "Page",
    "Place",
    "PositionLost",
    "Resource",
    "Retries",
    "Text",
]
