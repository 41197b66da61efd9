"""Catalogues in and out: the cameras and groups that another platform of GB/T 28181 knows."""

from __future__ import annotations

from ucs_capability_video_ai import inputs, outputs, records
from ucs_capability_video_ai.cameras import Camera, Pool
from ucs_capability_video_ai.capability import video_ai
from ucs_capability_video_ai.catalogue import CatalogueItem, read_catalogue, write_catalogue
from ucs_capability_video_ai.gb28181 import read_code
from ucs_capability_video_ai.leases import shard_of
from ucs_sdk import Context


@video_ai.operation(title_zh="导入国标目录", title_en="Import a catalogue", effect="write", timeout=60.0)
async def import_catalogue(ctx: Context, asked: inputs.CatalogueStated) -> outputs.Imported:
    """Enter what a catalogue says; a camera's address, presets and plans, which no catalogue knows, stay as they are."""
    items, refused = read_catalogue(asked.text, asked.format)
    cameras = {each.code.text: each for each in items if each.code.is_camera}
    groups = {each.code.text: each for each in items if each.is_group}
    new, pools = 0, 0
    async with ctx.unit() as unit:
        staged, staged_pools = records.staged_cameras(unit), unit.documents(records.POOLS, Pool)
        held = await staged.get_many(cameras)
        for code, item in cameras.items():
            before = held.get(code)
            after = renewed(item, None if before is None else before.body)
            if before is None or before.body != after:
                staged.put(code, after)
                new += 1
        held_pools = await staged_pools.get_many(groups)
        for code, item in groups.items():
            pool = Pool(code=code, name=item.name, parent=item.parent)
            if code not in held_pools or held_pools[code].body != pool:
                staged_pools.put(code, pool)
                pools += 1
    return outputs.Imported(
        cameras=new,
        pools=pools,
        unchanged=len(cameras) + len(groups) - new - pools,
        skipped=len(items) - len(cameras) - len(groups),
        refused=tuple(
            outputs.RefusedItem(index=each.index, code=each.code, zh=each.zh, en=each.en) for each in refused
        ),
    )


def renewed(item: CatalogueItem, held: Camera | None) -> Camera:
    """A camera as a catalogue has it, with what was known of it otherwise. A position that it does not say is kept."""
    stated: dict[str, object] = {"name": item.name, "region": item.region, "online": item.online}
    if item.parent or held is None:
        stated["pool"] = item.parent[:60]
    if item.longitude is not None or held is None:
        stated |= {"longitude": item.longitude, "latitude": item.latitude}
    if held is not None:
        return held.model_copy(update=stated)
    return Camera.model_validate({"code": item.code.text, "shard": shard_of(item.code.text), **stated})


@video_ai.operation(title_zh="导出国标目录", title_en="Export a catalogue")
async def export_catalogue(ctx: Context, asked: inputs.CatalogueAsked) -> outputs.Exported:
    """Write the cameras that the caller may see as a catalogue, page by page."""
    where = {"pool": asked.pool} if asked.pool else None
    page = await records.cameras_of(ctx).query(where, limit=asked.limit, after=asked.after)
    items = [item_of(each.body) for each in page.items]
    text = write_catalogue(items, asked.format, read_code(asked.device).text)
    return outputs.Exported(text=text, items=len(items), next=page.next)


def item_of(camera: Camera) -> CatalogueItem:
    """A camera as a catalogue has it."""
    return CatalogueItem(
        code=read_code(camera.code),
        name=camera.name,
        parent=camera.pool,
        region=camera.region,
        online=camera.online,
        longitude=camera.longitude,
        latitude=camera.latitude,
    )
