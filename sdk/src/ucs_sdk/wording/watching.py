"""What is said about watches."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

WATCHING: dict[str, Message] = {}
