"""The service of scenarios: each method calls one verb of the platform."""

from __future__ import annotations

from dataclasses import replace

from ucs.registry.v1 import resource_service_pb2 as resources_pb
from ucs.registry.v1 import scenario_pb2 as pb
from ucs.registry.v1 import scenario_service_pb2 as service_pb
from ucs.registry.v1.scenario_service_pb2_grpc import ScenarioServiceServicer
from ucs_core.grpc import resources, scenarios
from ucs_core.grpc.calls import call_of, reading, session_of
from ucs_core.grpc.pages import page_of_token, page_token, previous_token
from ucs_core.platform import Platform
from ucs_core.platform.scenarios import SCENARIO_KIND, SCENARIO_TYPE
from ucs_core.platform.sight import logged_name
from ucs_registry.queries import page_size


class ScenarioService(ScenarioServiceServicer):
    """Serves `ucs.registry.v1.ScenarioService`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def Get(self, request: service_pb.GetScenarioRequest, context: object) -> pb.Scenario:
        async with session_of(self._platform) as session:
            return scenarios.to_message(await session.scenarios.scenario(request.name))

    async def List(self, request: service_pb.ListScenariosRequest, context: object) -> service_pb.ListScenariosResponse:
        query = replace(resources.to_query(request.filter), kind=SCENARIO_KIND, type=SCENARIO_TYPE)
        order, size = resources.to_order(request.order_by), page_size(request.page_size or None, "page_size")
        cursor, backward = page_of_token(request, request.page_token)
        async with session_of(self._platform) as session:
            if backward:
                page = await session.resources(query, order=order, last=size, before=cursor, around=True)
            else:
                page = await session.resources(query, order=order, first=size, after=cursor, around=cursor is not None)
            found = await session.scenarios.around(page.items)
            return service_pb.ListScenariosResponse(
                scenarios=map(scenarios.to_message, found),
                next_page_token=page_token(request, page.cursors[-1]) if page.more and page.cursors else "",
                previous_page_token=previous_token(request, page.cursors[0]) if page.earlier and page.cursors else "",
                total_size=await session.count(query) if request.include_counts else 0,
                position=session.position,
            )

    async def Create(self, request: service_pb.CreateScenarioRequest, context: object) -> pb.Scenario:
        async with reading(self._platform, request, "resources.create", "resources/-"):
            new = scenarios.new_scenario(request.scenario)
        return scenarios.to_message(await self._platform.scenarios.create(call_of(request), new))

    async def Update(self, request: service_pb.UpdateScenarioRequest, context: object) -> pb.Scenario:
        async with reading(self._platform, request, "resources.update", logged_name(request.name)):
            asked = resources_pb.UpdateResourceRequest(content=request.content, update_mask=request.update_mask)
            changes = resources.changes(asked)
        changed = await self._platform.scenarios.update(call_of(request), request.name, changes, request.etag or None)
        return scenarios.to_message(changed)
