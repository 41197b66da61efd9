"""All of the client that knows the wire: grpc, protobuf and the generated code, which the extra `client` brings along."""

from __future__ import annotations

from ucs_sdk.client.wire import messages
from ucs_sdk.client.wire.channel import Channel

__all__ = ["Channel", "messages"]
