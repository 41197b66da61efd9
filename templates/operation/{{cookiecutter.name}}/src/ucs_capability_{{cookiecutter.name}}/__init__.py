"""Says how heavy a rain is, by the grades of GB/T 28592-2012."""

from pydantic import BaseModel, Field

from ucs_sdk import Capability, Context, hookimpl

GRADES = [(250, "特大暴雨"), (100, "大暴雨"), (50, "暴雨"), (25, "大雨"), (10, "中雨"), (0.1, "小雨"), (0, "零星小雨")]


class Rain(BaseModel):
    mm: float = Field(ge=0, le=2000, title="雨量", description="Rain of 24 hours, in millimetres")


class Grade(BaseModel):
    name: str = Field(title="等级", description="The name of the grade")


capability = Capability("{{cookiecutter.name}}", title_zh="雨量分级", title_en="Grades of rain")


@capability.operation(title_zh="分级", title_en="Grade a rain")
async def grade(ctx: Context, asked: Rain) -> Grade:
    """Say how heavy the rain of a day is."""
    return Grade(name=next(name for least, name in GRADES if asked.mm >= least))


@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [capability]
