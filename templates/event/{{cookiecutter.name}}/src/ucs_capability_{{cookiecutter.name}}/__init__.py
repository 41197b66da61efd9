"""Listens to rain gauges, keeps the last reading of each, and calls out heavy rain."""

from pydantic import BaseModel, Field

from ucs_sdk import Capability, Context, Event, hookimpl

HEAVY = 50.0  # A rainstorm (暴雨) in GB/T 28592-2012: millimetres in 24 hours.


class Reading(BaseModel):
    gauge: str = Field(max_length=40, title="雨量站", description="The gauge's code")
    mm: float = Field(ge=0, le=2000, title="雨量", description="Rain of 24 hours, in millimetres")


capability = Capability("{{cookiecutter.name}}", title_zh="暴雨监听", title_en="Rainstorm watch")
capability.emits("city.{{cookiecutter.name}}.heavy.v1", Reading, title_zh="暴雨", title_en="Heavy rain")


@capability.on("city.rain.measured.v1")
async def measured(ctx: Context, event: Event[Reading]) -> None:
    """Keep the reading, and say so when it is a rainstorm."""
    reading = event.data
    async with ctx.unit() as unit:
        unit.documents("readings", Reading).put(reading.gauge, reading)
        if reading.mm >= HEAVY:
            unit.emit("city.{{cookiecutter.name}}.heavy.v1", reading, subject=reading.gauge)


@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [capability]
