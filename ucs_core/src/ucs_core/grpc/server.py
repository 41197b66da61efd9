"""The server: the services behind the gate, health beside it, reflection on."""

from __future__ import annotations

from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from grpc_reflection.v1alpha import reflection

from ucs.access.v1 import access_service_pb2
from ucs.access.v1.access_service_pb2_grpc import add_AccessServiceServicer_to_server
from ucs.capability.v1 import capability_service_pb2, plugin_service_pb2
from ucs.capability.v1.capability_service_pb2_grpc import add_CapabilityServiceServicer_to_server
from ucs.capability.v1.plugin_service_pb2_grpc import add_PluginServiceServicer_to_server
from ucs.log.v1 import log_service_pb2
from ucs.log.v1.log_service_pb2_grpc import add_LogServiceServicer_to_server
from ucs.registry.v1 import (
    member_service_pb2,
    organization_service_pb2,
    resource_service_pb2,
    scenario_service_pb2,
    type_service_pb2,
)
from ucs.registry.v1.member_service_pb2_grpc import add_MemberServiceServicer_to_server
from ucs.registry.v1.organization_service_pb2_grpc import add_OrganizationServiceServicer_to_server
from ucs.registry.v1.resource_service_pb2_grpc import add_ResourceServiceServicer_to_server
from ucs.registry.v1.scenario_service_pb2_grpc import add_ScenarioServiceServicer_to_server
from ucs.registry.v1.type_service_pb2_grpc import add_TypeServiceServicer_to_server
from ucs_core.grpc.access_service import AccessService
from ucs_core.grpc.capability_service import CapabilityService
from ucs_core.grpc.gate import MESSAGE_MOST, Gate, Observe
from ucs_core.grpc.health import Health
from ucs_core.grpc.hot import HotReads
from ucs_core.grpc.log_service import LogService
from ucs_core.grpc.member_service import MemberService
from ucs_core.grpc.organization_service import OrganizationService
from ucs_core.grpc.plugin_service import PluginService
from ucs_core.grpc.registering import registering
from ucs_core.grpc.resource_service import ResourceService
from ucs_core.grpc.scenario_service import ScenarioService
from ucs_core.grpc.type_service import TypeService
from ucs_core.platform import Platform
from ucs_core.readiness import Readiness
from ucs_core.settings import Settings
from ucs_sdk.errors import Unavailable

SERVICES = (
    resource_service_pb2.DESCRIPTOR.services_by_name["ResourceService"].full_name,
    scenario_service_pb2.DESCRIPTOR.services_by_name["ScenarioService"].full_name,
    type_service_pb2.DESCRIPTOR.services_by_name["TypeService"].full_name,
    member_service_pb2.DESCRIPTOR.services_by_name["MemberService"].full_name,
    organization_service_pb2.DESCRIPTOR.services_by_name["OrganizationService"].full_name,
    access_service_pb2.DESCRIPTOR.services_by_name["AccessService"].full_name,
    log_service_pb2.DESCRIPTOR.services_by_name["LogService"].full_name,
    capability_service_pb2.DESCRIPTOR.services_by_name["CapabilityService"].full_name,
    plugin_service_pb2.DESCRIPTOR.services_by_name["PluginService"].full_name,
)
"""The services of the platform, by their full names."""

KEEPALIVE_SECONDS, KEEPALIVE_TIMEOUT_SECONDS, CLIENT_PING_SECONDS = 60, 20, 10
"""How often an idle connection is asked whether it lives, how long for an answer, and how often a client may ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcServer:
    """A running server and where it answers."""

    address: str
    server: grpc.aio.Server
    gate: Gate
    health: Health

    async def stop(self, grace: float) -> None:
        """Take no more calls, end idle streams, and wait up to `grace` seconds for the calls that were begun."""
        self.health.close()
        self.gate.end_streams()
        await self.server.stop(grace)


async def start_grpc(
    platform: Platform,
    readiness: Readiness,
    settings: Settings,
    observe: Observe | None = None,
    hot: HotReads | None = None,
) -> GrpcServer:
    """A server that answers on `settings.grpc`; port 0 takes a free one. Raises Unavailable when the address is taken."""
    if hot is None and platform.elements is not None:
        hot = HotReads(platform.elements)
    gate = Gate(platform, settings, observe, {} if hot is None else hot.ways)
    server = grpc.aio.server(options=_options(settings))
    health = Health(readiness, SERVICES, platform.extensions.well)
    platform.extensions.on_change(lambda _: health.wake())
    platform.extensions.wellbeing.on_change(health.wake)
    add_services(gate.before(server), platform, settings)
    add_HealthServicer_to_server(health, registering(server))
    address = _bind(server, settings.grpc)
    await server.start()
    return GrpcServer(address=address, server=server, gate=gate, health=health)


def add_services(server: grpc.aio.Server, platform: Platform, settings: Settings) -> None:
    """Put everything that stands behind the gate into a server."""
    add_ResourceServiceServicer_to_server(ResourceService(platform, settings.request_seconds), server)
    add_MemberServiceServicer_to_server(MemberService(platform, settings.request_seconds), server)
    add_ScenarioServiceServicer_to_server(ScenarioService(platform), server)
    add_TypeServiceServicer_to_server(TypeService(platform), server)
    add_OrganizationServiceServicer_to_server(OrganizationService(platform, settings.request_seconds), server)
    add_AccessServiceServicer_to_server(AccessService(platform), server)
    add_LogServiceServicer_to_server(LogService(platform), server)
    add_CapabilityServiceServicer_to_server(CapabilityService(platform), server)
    add_PluginServiceServicer_to_server(PluginService(platform), server)
    health = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    reflection.enable_server_reflection((*SERVICES, health, reflection.SERVICE_NAME), server)


def _options(settings: Settings) -> list[tuple[str, int]]:
    return [
        # Two processes on one port would share the calls by chance, and hide that one of them should not be there.
        ("grpc.so_reuseport", 0),
        # One limit for the connection, that of an import's chunk; the gate holds single requests to less.
        ("grpc.max_receive_message_length", max(settings.body_most, MESSAGE_MOST)),
        ("grpc.keepalive_time_ms", KEEPALIVE_SECONDS * 1000),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_SECONDS * 1000),
        ("grpc.http2.min_ping_interval_without_data_ms", CLIENT_PING_SECONDS * 1000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]


def _bind(server: grpc.aio.Server, address: str) -> str:
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as cause:
        raise Unavailable("ADDRESS_UNAVAILABLE", address=address) from cause
    return f"{address.rpartition(':')[0]}:{port}"
