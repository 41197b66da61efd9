"""What the demo city's scenarios are made of: how many there are, which parts they have, and what each part is for."""

from __future__ import annotations

from collections.abc import Mapping

from ucs_sdk.vocabulary import DependencyRelation, ResourceKind

PUBLISHED, CATALOGUED = 476, 189_000
"""How many scenarios and how many resources the city says that it has (the overview of its cloud-brain, June 2023)."""

FEW = 24
"""How many scenarios a small city has all the same, one for each subject."""

PARTS: tuple[tuple[DependencyRelation, ResourceKind, int, int], ...] = (
    (DependencyRelation.CALLS, ResourceKind.COMPONENT, 1, 3),
    (DependencyRelation.READS, ResourceKind.DATA, 2, 5),
    (DependencyRelation.RUNS_ON, ResourceKind.INFRASTRUCTURE, 0, 2),
    (DependencyRelation.CALLS, ResourceKind.APPLICATION, 0, 1),
)
"""Which parts a scenario has, and how many at least and at most. The first of each is required."""

REQUIRED = 0.6
"""How often one of the other parts is required."""

ROLES: Mapping[str, str] = {
    "algorithm": "智能识别 · recognition",
    "api_service": "接口对接 · interface",
    "business_system": "业务办理 · handling",
    "capability_platform": "流程支撑 · workflow",
    "cloud_service": "计算资源 · computing",
    "composed_service": "联办服务 · joint service",
    "data_stream": "实时监测 · live readings",
    "dataset": "基础数据 · base data",
    "device_pool": "感知设备 · sensors",
    "drone_dock": "空中巡查 · patrol from the air",
    "map_layer": "空间底图 · base map",
    "map_service": "一张图展示 · map display",
    "network": "网络传输 · network",
    "scenario": "协同场景 · related scenario",
    "scenario_board": "态势展示 · board",
    "video_pool": "视频来源 · video",
}
"""What a part is for, by its type."""


def scenarios_among(count: int) -> int:
    """How many of so many resources are scenarios: in proportion to what the city publishes, and some in a small one."""
    return max(min(FEW, count // 50), round(count * PUBLISHED / CATALOGUED))
