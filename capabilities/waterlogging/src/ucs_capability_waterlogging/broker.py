"""Listens to a broker of MQTT for as long as the plugin runs: readings come by topic, and are acknowledged once they are kept.

Topics are `<whatever>/<point>/<device>:<observed>`, payloads JSON with `result` and `phenomenonTime`, as observations of
SensorThings. QoS 1 may bring a message twice, which then is late and changes nothing. Whoever may publish there is the
broker's to say: the plugin takes readings for all points, as itself. The protocol is aiomqtt's.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Sequence

from aiomqtt import Client, Message, MqttError, ProtocolVersion
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import ValidationError

from ucs_capability_waterlogging.inputs import Observation
from ucs_capability_waterlogging.rules import rules_of
from ucs_capability_waterlogging.taking import take
from ucs_sdk import Conflict, Context, NotFound, Unavailable

KEEP_ALIVE = 30
"""After how many seconds of silence the broker is asked whether it is there, and after as many more it is not."""

PACKET_MOST = 65_536
"""How long a packet may be, in bytes. A reading is some hundred; what is longer the broker does not send."""

TOGETHER = 100
"""How many messages are kept in one unit at most, and how many the broker sends ahead. Nobody waits for more to come."""

WAITING_MOST = 1_000
"""How many messages wait at most. Of QoS 1 never more than `TOGETHER`; those of QoS 0 beyond that are lost."""

SESSION = 86_400
"""How many seconds the broker keeps what comes while nobody listens."""

ATTEMPTS = 3
"""How often messages are kept anew when somebody else has changed the same places meanwhile."""

PASSWORD = "mqtt_password"
"""What the platform's secret is called that goes with `mqtt_user`."""


class Listener(Client):
    """One connection to a broker, by MQTT 5, in a session that the broker keeps."""

    def __init__(self, ctx: Context) -> None:
        settings = ctx.settings
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
        asked.SessionExpiryInterval = SESSION
        asked.ReceiveMaximum = TOGETHER
        asked.MaximumPacketSize = PACKET_MOST
        super().__init__(
            str(settings["mqtt_host"]),
            int(settings["mqtt_port"]),
            username=str(settings["mqtt_user"]) or None,
            password=_password(ctx),
            identifier=str(settings["mqtt_client"]),
            protocol=ProtocolVersion.V5,
            properties=asked,
            clean_start=False,
            keepalive=KEEP_ALIVE,
            timeout=KEEP_ALIVE,
            max_queued_incoming_messages=WAITING_MOST,
            tls_context=_tls(ctx) if settings["mqtt_tls"] else None,
        )
        self._ctx = ctx
        # aiomqtt has no word for it: without this, paho acknowledges what has not been kept yet.
        self._client.manual_ack_set(True)

    async def run(self) -> None:
        """Subscribe, and keep what comes."""
        for granted in await self.subscribe(str(self._ctx.settings["mqtt_topic"]), qos=1):
            # Codes from 128 on are refusals (MQTT 5, §3.9.3).
            if (granted if isinstance(granted, int) else granted.value) >= 128:
                raise Unavailable.saying(
                    "MQTT_NOT_SUBSCRIBED",
                    zh="MQTT 代理未接受订阅。",
                    en="The MQTT broker does not take the subscription.",
                )
        async for first in self.messages:
            together = [first]
            while len(self.messages) and len(together) < TOGETHER:
                together.append(await anext(self.messages))
            await self._keep(together)

    async def _keep(self, messages: Sequence[Message]) -> None:
        """Keep what messages say, then acknowledge them: what dies in between comes again."""
        observations = [each for message in messages if (each := observation_of(message)) is not None]
        if strange := len(messages) - len(observations):
            self._ctx.log.warning("mqtt_not_understood", messages=strange)
        if observations:
            await kept(self._ctx, observations)
        self._acknowledge(messages)

    def _acknowledge(self, messages: Sequence[Message]) -> None:
        for each in messages:
            self._client.ack(each.mid, each.qos)


async def listen(ctx: Context, listener: type[Listener] = Listener) -> None:
    """Listen until the connection ends, which is an error: the platform tries again, later each time."""
    if not ctx.settings["mqtt_host"]:
        # Without a broker there is nothing to do, and a task that ends would be started again and again.
        await asyncio.Event().wait()
    try:
        async with listener(ctx) as connected:
            await connected.run()
    except MqttConnectError as cause:
        raise Unavailable.saying(
            "MQTT_REFUSED",
            zh="MQTT 代理拒绝连接：{why}。",
            en="The MQTT broker refuses the connection: {why}.",
            why=str(cause),
        ) from cause
    except (MqttError, OSError) as cause:
        raise Unavailable.saying(
            "MQTT_GONE",
            zh="与 MQTT 代理 {host}:{port} 的连接不可用：{why}。",
            en="The MQTT broker at {host}:{port} cannot be reached, or has gone: {why}.",
            why=str(cause) or type(cause).__name__,
            host=ctx.settings["mqtt_host"],
            port=ctx.settings["mqtt_port"],
        ) from cause


def observation_of(message: Message) -> Observation | None:
    """What a message says; None for one that says nothing that is understood."""
    *_, point, stream = ["", "", *message.topic.value.split("/")]
    device, _, observed = stream.partition(":")
    try:
        said = json.loads(message.payload)
        stated = {"point": point, "device": device, "observed": observed or "depth"}
        return Observation.model_validate(stated | {"value": said["result"], "at": said["phenomenonTime"]})
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError):
        # Anybody may publish anything there; how many were not understood is logged.
        return None


async def kept(ctx: Context, observations: Sequence[Observation]) -> None:
    """Keep observations in a unit of their own. Raises Conflict when others were in the way each time."""
    for attempt in range(ATTEMPTS):
        try:
            async with ctx.unit() as unit:
                await take(ctx, unit, observations, rules_of(ctx.settings), owner=None)
            return
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise


def _password(ctx: Context) -> str | None:
    if not ctx.settings["mqtt_user"]:
        return None
    try:
        return ctx.secret(PASSWORD)
    except NotFound:
        # A broker may know its users by name, or by where they come from.
        return None


def _tls(ctx: Context) -> ssl.SSLContext:
    """Whom to believe: the authority that a setting names, or the machine's."""
    return ssl.create_default_context(cafile=str(ctx.settings["mqtt_ca"]) or None)
