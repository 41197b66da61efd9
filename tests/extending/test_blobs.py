"""Files of plugins: kept with all else that a function does, once, checked when they are read, and nobody else's."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from plugin_city import PluginCity, written

from ucs_core.invoke import blobs as handed
from ucs_core.invoke import staging
from ucs_core.platform import Call
from ucs_registry.blobs import BLOB_MOST, MEDIA_TYPE, StoredBlob
from ucs_sdk.plugins import FoundPlugin

KEEPS = """
from pydantic import BaseModel
from ucs_sdk import Capability, Context, Health, hookimpl
class Asked(BaseModel):
    text: str = ""
    size: int = 0
    media_type: str = "text/plain"
class Told(BaseModel):
    digest: str = ""
    size: int = 0
    text: str = ""
files = Capability("{name}", title_zh="档案", title_en="Files")
@files.operation(title_zh="存", title_en="Keep", effect="write")
async def keep(ctx: Context, asked: Asked) -> Told:
    content = asked.text.encode() if asked.text else bytes(asked.size)
    blob = await ctx.blobs.put(content, media_type=asked.media_type)
    assert await ctx.blobs.get(blob.digest) == content
    if asked.text == "fail":
        raise ValueError("hunter2")
    return Told(digest=blob.digest, size=blob.size)
@files.operation(title_zh="取", title_en="Fetch")
async def fetch(ctx: Context, asked: Asked) -> Told:
    content = await ctx.blobs.get(asked.text)
    return Told(text=content.decode(), size=len(content))
@files.operation(title_zh="偷存", title_en="Sneak")
async def sneak(ctx: Context, asked: Asked) -> Told:
    await ctx.blobs.put(b"x")
    return Told()
@files.operation(title_zh="多", title_en="Many", effect="write")
async def many(ctx: Context, asked: Asked) -> Told:
    for at in range(5):
        await ctx.blobs.put(bytes([at]) * asked.size)
    return Told()
@hookimpl
async def ucs_started(ctx: Context) -> None:
    if {starting}:
        await ctx.blobs.put(b"started")
@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [files]
"""


def files(city: PluginCity, name: str = "files", permission: str = "blobs", *, starting: bool = False) -> FoundPlugin:
    return written(city.folder, name, KEEPS.format(name=name, starting=starting), f'permissions = ["{permission}"]\n')


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def kept(city: PluginCity, text: str, plugin: str = "files") -> StoredBlob | None:
    async with city.store.read() as reader:
        found: StoredBlob | None = await reader.blob(plugin, digest(text))
        return found


async def test_what_is_kept_is_there_by_its_digest(city: PluginCity, refused: Any) -> None:
    await city.enable(files(city))
    told = await city.invoke("wang", "files.keep", text="水位", media_type="text/plain; charset=utf-8")
    assert told == {"digest": digest("水位"), "size": 6, "text": ""}
    assert (await city.invoke("li", "files.fetch", text=told["digest"]))["text"] == "水位"
    await city.invoke("wang", "files.keep", text="水位", media_type="text/csv")
    blob = await kept(city, "水位")
    assert blob is not None
    assert blob.media_type == "text/plain; charset=utf-8"
    [first, _] = await city.entries("operations.invoke")
    assert f'"blobs":["{told["digest"]}"]' in first.body
    for unknown in (digest("else"), "x", "../x", told["digest"].upper()):
        assert (await refused(city.invoke("wang", "files.fetch", text=unknown))).reason == "NOT_FOUND"


async def test_files_are_kept_with_all_else_or_not_at_all(city: PluginCity, refused: Any) -> None:
    await city.enable(files(city))
    assert (await refused(city.invoke("wang", "files.keep", text="fail"))).reason == "PLUGIN_FAILED"
    await city.platform.invoke(Call(principal="wang", validate_only=True), "files.keep", {"text": "tried"})
    assert [await kept(city, text) for text in ("fail", "tried")] == [None, None]
    assert (await refused(city.invoke("wang", "files.sneak"))).reason == "UNIT_IN_READ"


async def test_what_one_plugin_keeps_is_not_there_for_another(city: PluginCity, refused: Any) -> None:
    await city.enable(files(city))
    await city.enable(files(city, "other"))
    told = await city.invoke("wang", "files.keep", text="mine")
    assert (await refused(city.invoke("wang", "other.fetch", text=told["digest"]))).reason == "NOT_FOUND"
    await city.invoke("wang", "other.keep", text="mine")
    assert (await city.invoke("wang", "other.fetch", text=told["digest"]))["text"] == "mine"


async def test_outside_of_operations_a_file_is_kept_at_once(city: PluginCity) -> None:
    await city.enable(files(city, starting=True))
    assert await kept(city, "started") is not None


async def test_what_was_changed_behind_the_platforms_back_is_not_given_out(city: PluginCity, refused: Any) -> None:
    await city.enable(files(city))
    changed = StoredBlob(digest=digest("true"), media_type="text/plain", content=b"false")
    async with city.store.write() as unit:
        await unit.put_blobs("files", [changed], city.clock.now)
        await unit.commit()
    assert await kept(city, "true") == changed
    # The platform's own fault, which a plugin may not claim: so it is the plugin that has failed.
    error = await refused(city.invoke("wang", "files.fetch", text=changed.digest))
    assert (error.reason, error.__cause__.reason) == ("PLUGIN_FAILED", "BLOB_DAMAGED")


async def test_files_have_bounds(small: PluginCity, refused: Any) -> None:
    await small.enable(files(small))
    too_large = await refused(small.invoke("wang", "files.keep", size=BLOB_MOST + 1))
    assert (too_large.reason, too_large.fields["most"]) == ("BLOB_TOO_LARGE", BLOB_MOST)
    for wrong in ("text", "text/", "Text/plain", "text/plain\nx", "a" * 99 + "/b"):
        assert (await refused(small.invoke("wang", "files.keep", text="a", media_type=wrong))).reason == (
            "MEDIA_TYPE_MALFORMED"
        )
    assert (await refused(small.invoke("wang", "files.many", size=BLOB_MOST))).reason == "UNIT_TOO_LARGE"
    assert 4 * BLOB_MOST == staging.BLOBS_MOST
    large = await small.invoke("wang", "files.keep", size=handed.AT_ONCE_MOST + 1)
    assert large["digest"] == hashlib.sha256(bytes(handed.AT_ONCE_MOST + 1)).hexdigest()


async def test_files_need_the_permission(small: PluginCity, refused: Any) -> None:
    await small.enable(files(small, permission="documents"))
    assert (await refused(small.invoke("wang", "files.keep", text="a"))).reason == "PERMISSION_MISSING"


@pytest.mark.parametrize("media_type", ["image/png", "application/vnd.a+json", "text/plain;charset=utf-8"])
def test_a_media_type_is_one(media_type: str) -> None:
    assert MEDIA_TYPE.fullmatch(media_type)
