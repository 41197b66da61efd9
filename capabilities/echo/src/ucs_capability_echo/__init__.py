"""Echo: says again what it is told."""

from collections.abc import AsyncIterator

from pydantic import BaseModel, Field

from ucs_sdk import Capability, Context, hookimpl


class Words(BaseModel):
    """What is said."""

    text: str = Field(max_length=200, title="文字", description="What to say", examples=["你好"])


echo = Capability("echo", title_zh="回声", title_en="Echo")


@echo.operation(title_zh="复述", title_en="Say again")
async def say(ctx: Context, asked: Words) -> Words:
    """Say the same words again."""
    return Words(text=asked.text)


@echo.operation(title_zh="逐字", title_en="Spell")
async def spell(ctx: Context, asked: Words) -> AsyncIterator[Words]:
    """Say the words letter by letter, as a stream."""
    for letter in asked.text:
        yield Words(text=letter)


@hookimpl
def ucs_capabilities() -> list[Capability]:
    """What this plugin contributes."""
    return [echo]
