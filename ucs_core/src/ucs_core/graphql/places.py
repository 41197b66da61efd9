"""Areas and windows of time in filters."""

from __future__ import annotations

from datetime import date

import strawberry

from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import described


@strawberry.input(
    description="矩形范围（WGS-84，度），含边界 · Between two meridians and two parallels, edges included"
)
class BoxInput:
    """Everything between two meridians and two parallels."""

    west: float = described("西界经度", "Degrees east of the western edge")
    south: float = described("南界纬度", "Degrees north of the southern edge")
    east: float = described("东界经度，大于西界", "Degrees east of the eastern edge, more than west")
    north: float = described("北界纬度，大于南界", "Degrees north of the northern edge, more than south")


@strawberry.input(description="查找区域：矩形或多边形之一 · Where to look: a box or a polygon, just one of them")
class AreaInput:
    """Where to look."""

    box: BoxInput | None = strawberry.field(default=None, description="矩形范围 · A box")
    polygon: Json | None = strawberry.field(
        default=None,
        description="GeoJSON 面（Polygon 或 MultiPolygon），至多 500 个顶点 · "
        "A GeoJSON Polygon or MultiPolygon of at most 500 vertices",
    )


@strawberry.input(
    description="时间窗口（含首尾，可一端开放） · From one day to another, both included; one may be open"
)
class WindowInput:
    """From one day to another."""

    start: date | None = strawberry.field(default=None, description="开始日期 · The first day")
    end: date | None = strawberry.field(default=None, description="结束日期 · The last day")
