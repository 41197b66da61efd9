"""The operations: the directory of cameras, findings that come from elsewhere, verdicts, and how all of it stands."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta

from ucs_capability_video_ai import inputs, outputs, records
from ucs_capability_video_ai.addresses import check_address
from ucs_capability_video_ai.algorithms import AlgorithmStore
from ucs_capability_video_ai.cameras import Camera, Pool, place_of, that_matter
from ucs_capability_video_ai.capability import video_ai
from ucs_capability_video_ai.detections import Detection, label_of_vendor
from ucs_capability_video_ai.events import DETECTED, JUDGED, IncidentJudged, PictureAnalysed
from ucs_capability_video_ai.gb28181 import read_camera_code
from ucs_capability_video_ai.incidents import after_verdict
from ucs_capability_video_ai.leases import shard_of
from ucs_capability_video_ai.looking import Looker, analysed, build_store
from ucs_capability_video_ai.pictures import read_head
from ucs_capability_video_ai.records import IncidentRecord, StreamRecord, TallyRecord
from ucs_capability_video_ai.telling import subject_of
from ucs_sdk import Context, Document, Invalid, NotFound, UcsError

AHEAD, OLD = timedelta(minutes=1), timedelta(hours=24)
"""How far ahead a vendor's clock may be, and how old what it tells may be."""

_lookers: dict[str, Looker] = {}


def looker_of(ctx: Context) -> Looker:
    """The one that looks at pictures on this node, with the models of the folder that is set."""
    folder = ctx.settings["models_folder"]
    if folder not in _lookers:
        _lookers.clear()
        _lookers[folder] = Looker(build_store(ctx.settings))
    return _lookers[folder]


@video_ai.operation(title_zh="登记摄像机", title_en="Register a camera", effect="write")
async def register_camera(ctx: Context, asked: inputs.CameraStated) -> outputs.Registered:
    """Enter a camera with its presets and plans, or what is new about it; it is its organisation's."""
    code = read_camera_code(asked.code)
    if asked.source:
        check_address(asked.source)
    if any(each.algorithms for each in asked.plans):
        store = looker_of(ctx).store
        for name in {name for plan in asked.plans for name in plan.algorithms}:
            store.stated(name)
    at = asked.wgs84()
    camera = Camera(
        code=asked.code,
        name=asked.name,
        region=asked.region or code.region,
        longitude=None if at is None else at.longitude,
        latitude=None if at is None else at.latitude,
        pool=asked.pool,
        source=asked.source,
        listens=asked.listens,
        credential=asked.credential,
        presets=asked.presets,
        plans=asked.plans,
        shard=shard_of(asked.code),
        watched=bool(asked.source and asked.plans),
        synthetic=asked.synthetic,
    )
    async with ctx.unit() as unit:
        cameras = records.staged_cameras(unit)
        held = await cameras.get(asked.code)
        changed = held is None or held.body != camera
        if changed:
            cameras.put(asked.code, camera)
    return outputs.Registered(code=asked.code, changed=changed)


@video_ai.operation(title_zh="登记资源池", title_en="Register a pool", effect="write")
async def put_pool(ctx: Context, asked: inputs.PoolStated) -> outputs.Registered:
    """Enter a pool of cameras; it is its organisation's."""
    pool = Pool(code=asked.code, name=asked.name, parent=asked.parent)
    async with ctx.unit() as unit:
        pools = unit.documents(records.POOLS, Pool)
        held = await pools.get(asked.code)
        changed = held is None or held.body != pool
        if changed:
            pools.put(asked.code, pool)
    return outputs.Registered(code=asked.code, changed=changed)


@video_ai.operation(title_zh="摄像机列表", title_en="Cameras")
async def cameras(ctx: Context, asked: inputs.CamerasAsked) -> outputs.Cameras:
    """List the cameras that the caller may see, by code; those of a division by division."""
    if asked.pool and asked.region:
        raise Invalid.saying(
            "ONE_WAY_TO_ASK", zh="资源池与区划只能选一。", en="Ask by a pool or by a division, not by both."
        )
    where = {"pool": asked.pool} if asked.pool else records.within(asked.region)
    order = "region" if asked.region else ""
    page = await records.cameras_of(ctx).query(where, order_by=order, limit=asked.limit, after=asked.after)
    return outputs.Cameras(cameras=tuple(outputs.camera_shown(each.body) for each in page.items), next=page.next)


@video_ai.operation(title_zh="摄像机", title_en="A camera")
async def camera(ctx: Context, asked: inputs.WhichCamera) -> outputs.CameraShown:
    """Show a camera with its presets and plans."""
    held = await records.cameras_of(ctx).get(asked.code)
    if held is None:
        raise _unknown(asked.code)
    return outputs.camera_shown(held.body)


@video_ai.operation(title_zh="资源池列表", title_en="Pools")
async def pools(ctx: Context, asked: inputs.Listed) -> outputs.Pools:
    """List the pools that the caller may see, each with how many of its cameras they see."""
    page = await ctx.documents(records.POOLS, Pool).query(limit=asked.limit, after=asked.after)
    held = records.cameras_of(ctx)
    shown = [
        outputs.PoolShown(
            code=each.key, name=each.body.name, parent=each.body.parent, cameras=await held.count({"pool": each.key})
        )
        for each in page.items
    ]
    return outputs.Pools(pools=tuple(shown), next=page.next)


@video_ai.operation(title_zh="算法仓", title_en="The algorithm store")
async def algorithms(ctx: Context, asked: inputs.Nothing) -> outputs.Algorithms:
    """List the algorithms of this node."""
    store: AlgorithmStore = looker_of(ctx).store
    return outputs.Algorithms(algorithms=tuple(outputs.algorithm_shown(each) for each in store.listed()))


@video_ai.operation(title_zh="分析一张画面", title_en="Look at a picture", effect="write", timeout=30.0)
async def look(ctx: Context, asked: inputs.PictureStated) -> outputs.Looked:
    """Look at a picture of one of the caller's own cameras, and take what is found as a stream's findings are taken."""
    content = _decoded(asked.picture)
    looker = looker_of(ctx)
    held = _own(ctx, await records.cameras_of(ctx).get(asked.code), asked.code)
    # Another preset is another view: what was learned of one says nothing about the other.
    view = f"{asked.code}/{asked.preset}"
    seen = await looker.look_at(view, content, asked.at, asked.algorithms)
    told = await analysed(ctx, held.body, seen, asked.preset, asked.at)
    async with ctx.unit() as unit:
        for each in told:
            unit.emit(DETECTED, each, subject=place_of(held.body))
    found = tuple(one for each in told for one in each.detections)
    return outputs.Looked(detections=found, evidence=told[-1].evidence[0] if told else "")


@video_ai.operation(title_zh="厂商识别结果", title_en="Take a vendor's findings", effect="write")
async def detected(ctx: Context, asked: inputs.VendorFindings) -> outputs.Taken:
    """Take what cameras of the caller's own organisation, or boxes beside them, have found; what is not taken is told."""
    refused: list[outputs.RefusedItem] = []
    taken: list[tuple[str, PictureAnalysed]] = []
    held = await records.cameras_of(ctx).get_many({each.code for each in asked.findings})
    for index, each in enumerate(asked.findings):
        try:
            own = _own(ctx, held.get(each.code), each.code)
            told = await _told_by_vendor(ctx, asked.vendor, each, own.body)
        except (Invalid, NotFound) as error:
            refused.append(_refusal(index, each.code, error))
        else:
            taken += [(place_of(own.body), told)] if told.detections else []
    async with ctx.unit() as unit:
        for place, told in taken:
            unit.emit(DETECTED, told, subject=place)
    return outputs.Taken(taken=len(asked.findings) - len(refused), refused=tuple(refused))


def _refusal(index: int, code: str, error: UcsError) -> outputs.RefusedItem:
    said = {locale.value: words for locale, words in error.said.items()}
    return outputs.RefusedItem(index=index, code=code, zh=said["zh"], en=said["en"])


async def _told_by_vendor(ctx: Context, vendor: str, said: inputs.VendorFinding, held: Camera) -> PictureAnalysed:
    now = ctx.clock.now()
    if not now - OLD <= said.at <= now + AHEAD:
        raise Invalid.saying(
            "SEEN_AT_WRONG_TIME",
            zh="时间 {at} 不在最近 24 小时内。",
            en="The time {at} is not within the last 24 hours.",
            at=said.at.isoformat(),
        )
    left, top, right, bottom = said.box
    if not (0 <= left <= right <= 1 and 0 <= top <= bottom <= 1):
        raise Invalid.saying("BOX_WRONG", zh="位置框有误。", en="The box is none.")
    label = said.label or label_of_vendor(said.vendor_code)
    detection = Detection(label=label, confidence=said.confidence, box=said.box)
    evidence: tuple[str, ...] = ()
    if said.snapshot:
        content = _decoded(said.snapshot)
        blob = await ctx.blobs.put(content, media_type=read_head(content).media_type)
        evidence = (blob.digest,)
    return PictureAnalysed(
        camera=held.code,
        algorithm=f"vendor:{vendor}",
        detections=that_matter((detection,), held, said.preset),
        at=said.at,
        evidence=evidence,
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Invalid.saying("PICTURE_REFUSED", zh="图片不是 base64。", en="The picture is no base64.") from cause


def _own(ctx: Context, held: Document[Camera] | None, code: str) -> Document[Camera]:
    """A camera of the caller's own organisation: nobody else may say what it sees."""
    if held is None or held.organization != ctx.caller.organization:
        raise _unknown(code)
    return held


def _unknown(code: str) -> NotFound:
    return NotFound.saying("CAMERA_UNKNOWN", zh="没有摄像机 {code}。", en="There is no camera {code}.", code=code)


@video_ai.operation(title_zh="视频事件", title_en="Incidents")
async def incidents(ctx: Context, asked: inputs.IncidentsAsked) -> outputs.Incidents:
    """List the incidents that the caller may see, those seen last first."""
    page = await records.listed_incidents(
        ctx, state=asked.state, label=asked.label, limit=asked.limit, after=asked.after
    )
    return outputs.Incidents(incidents=tuple(outputs.incident_shown(each.body) for each in page.items), next=page.next)


@video_ai.operation(title_zh="核查视频事件", title_en="Judge an incident", effect="write")
async def judge(ctx: Context, asked: inputs.VerdictStated) -> outputs.Judged:
    """Say whether an incident is so. It counts for the algorithm; what is not so is over, and its camera is quiet for a while."""
    async with ctx.unit() as unit:
        staged = records.staged_incidents(unit)
        held = await staged.get(asked.incident)
        if held is None:
            raise NotFound.saying(
                "INCIDENT_UNKNOWN",
                zh="没有视频事件 {incident}。",
                en="There is no incident {incident}.",
                incident=asked.incident,
            )
        judged: IncidentRecord = held.body.model_copy(update=dict(after_verdict(held.body, asked.verdict, "person")))
        changed = judged != held.body
        if changed:
            staged.put(judged.id, judged)
            unit.emit(JUDGED, IncidentJudged(incident=judged.id), subject=subject_of(judged))
    return outputs.Judged(incident=asked.incident, changed=changed)


@video_ai.operation(title_zh="算法准确率", title_en="Precision")
async def precision(ctx: Context, asked: inputs.PrecisionAsked) -> outputs.Precisions:
    """Tell how often each algorithm was right, at all cameras or at one, by what people said."""
    page = await ctx.documents(records.TALLIES, TallyRecord).query(
        {"camera": asked.camera}, limit=asked.limit, after=asked.after
    )
    shown = tuple(outputs.precision_shown(each.body) for each in page.items)
    return outputs.Precisions(precisions=shown, next=page.next)


@video_ai.operation(title_zh="视频流状态", title_en="How streams stand")
async def streams(ctx: Context, asked: inputs.StreamsAsked) -> outputs.Streams:
    """Tell which streams are live, dead, stuck or lying, by camera."""
    where = None if asked.state is None else {"state": asked.state.value}
    page = await ctx.documents(records.STREAMS, StreamRecord).query(where, limit=asked.limit, after=asked.after)
    return outputs.Streams(streams=tuple(outputs.stream_shown(each.body) for each in page.items), next=page.next)
