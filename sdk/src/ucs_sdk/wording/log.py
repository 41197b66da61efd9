"""What is said about the log as audit: checkpoints, proofs, exports."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

LOG: dict[str, Message] = {}
