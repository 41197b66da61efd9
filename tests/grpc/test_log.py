"""The log over gRPC: pages, checkpoints, proofs, the whole of it, and dropping bodies."""

from __future__ import annotations

import grpc
import pytest

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.log.v1 import log_pb2, log_service_pb2
from ucs.log.v1.log_service_pb2_grpc import LogServiceStub
from ucs_core.access.log_keys import LogSigner
from ucs_core.cli import log_verifier
from ucs_core.grpc.log_messages import entry_message
from ucs_registry.memory import InMemoryStore


@pytest.fixture
async def signed(open_door, settle_city, tmp_path):
    signer = LogSigner.load_or_create(tmp_path / "log-key.pem", "test")
    store = InMemoryStore(signer=signer)
    async with open_door(store) as door:
        await settle_city(store, door.platform)
        door.signer = signer
        yield door
    await store.close()


@pytest.fixture
def verify(signed, tmp_path):
    def verify(lines, seen=""):
        (tmp_path / "log").write_bytes(b"".join(line + b"\n" for line in lines))
        (tmp_path / "seen").write_text(seen, "utf-8")
        keys = signed.signer.verification_keys
        return [said[0] for said in log_verifier.verify(str(tmp_path / "log"), keys, [str(tmp_path / "seen")])]

    return verify


def log_of(door, who):
    stub, metadata = LogServiceStub(door.channel), [("authorization", f"Bearer {door.token(who)}")]

    class Log:
        def __getattr__(self, name):
            return lambda **fields: getattr(stub, name)(REQUESTS[name](**fields), metadata=metadata)

    return Log()


REQUESTS = {
    "List": log_service_pb2.ListLogEntriesRequest,
    "GetCheckpoint": log_service_pb2.GetCheckpointRequest,
    "ProveInclusion": log_service_pb2.ProveInclusionRequest,
    "ProveConsistency": log_service_pb2.ProveConsistencyRequest,
    "Export": log_service_pb2.ExportLogRequest,
    "Compact": log_service_pb2.CompactLogRequest,
}


async def refused(call) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    detail = ErrorDetail.FromString(caught.value.trailing_metadata()["ucs-error-bin"])
    return caught.value.code(), detail.reason


async def exported(call) -> list[bytes]:
    return [line async for piece in call for line in piece.lines]


async def test_pages_of_entries_follow_each_other(signed, create):
    await create(signed)
    log = log_of(signed, "admin")
    whole = await log.List(page_size=200)
    assert [entry.position for entry in whole.entries] == list(range(1, whole.position + 1))
    assert not whole.more
    found, after, more = [], 0, True
    while more:
        page = await log.List(after=after, page_size=3)
        found += page.entries
        more, after = page.more, page.entries[-1].position
    assert found == list(whole.entries)
    last = found[-1]
    assert (last.verb, last.actor, last.outcome) == ("resources.create", "principals/editor", log_pb2.OUTCOME_ACCEPTED)
    assert last.access_after.owner == "organizations/qingdao-water"
    assert not last.HasField("access_before")
    assert not last.HasField("reason")
    assert (await log_of(signed, "outsider").List()).entries == []


async def test_the_stream_is_what_the_verifier_reads(signed, create, verify):
    for number in range(3):
        await create(signed, f"QD-{number}")
    before = await log_of(signed, "outsider").GetCheckpoint()
    await create(signed, "QD-9")
    lines = await exported(log_of(signed, "admin").Export())
    assert verify(lines, before.note)[0] == f"All is well: {before.size + 1} entries of test."
    rest = await exported(log_of(signed, "admin").Export(after=before.size))
    assert rest == lines[-1:]


async def test_only_who_audits_everything_has_the_stream(signed):
    for who in ("editor", "outsider"):
        code, reason = await refused(anext(aiter(log_of(signed, who).Export())))
        assert (code, reason) == (grpc.StatusCode.PERMISSION_DENIED, "DENIED_THERE")


async def test_proofs_are_what_the_verifier_reads(signed, create, verify):
    await create(signed)
    log = log_of(signed, "admin")
    known = await log.GetCheckpoint()
    await create(signed, "QD-2")
    proof = await log.ProveInclusion(position=2)
    assert verify([proof.document.encode()])[0] == "Entry 2 is in the log."
    assert (proof.size, proof.checkpoint.size, proof.root) == (known.size + 1, known.size + 1, proof.checkpoint.root)
    growth = await log_of(signed, "outsider").ProveConsistency(first=known.size)
    assert growth.first_root == known.root
    assert verify([growth.document.encode()], known.note)[0].startswith("The log still begins")
    small = await log.ProveInclusion(position=1, size=2)
    assert (small.document, small.HasField("checkpoint")) == ("", False)


async def test_what_may_not_be_audited_is_not_there(signed):
    code, reason = await refused(log_of(signed, "editor").ProveInclusion(position=1))
    assert (code, reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    code, reason = await refused(log_of(signed, "admin").ProveInclusion(position=10_000))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "POSITION_UNKNOWN")


async def test_bodies_are_dropped_once_and_accounted_for(signed, create, verify):
    await create(signed)
    log = log_of(signed, "admin")
    done = await log.Compact(upto=3, request_id="once")
    assert (done.upto, done.dropped) == (3, 3)
    assert await log.Compact(upto=3, request_id="once") == done
    entries = (await log.List(page_size=200)).entries
    assert [entry.position for entry in entries if not entry.HasField("body")] == [1, 2, 3]
    assert "dropped 3" in verify(await exported(log.Export()))[3]
    assert (await refused(log_of(signed, "editor").Compact(upto=1)))[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_a_log_without_a_key_says_so(door):
    assert await refused(log_of(door, "admin").GetCheckpoint()) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "LOG_UNSIGNED",
    )


async def test_every_field_of_an_entry_travels(signed, create):
    await create(signed)
    async with signed.platform.session("admin") as session:
        [entry] = (await session.audit.entries(after=0, first=200))[-1:]
    message = entry_message(entry)
    for field in message.DESCRIPTOR.fields:
        value = getattr(entry, field.name)
        assert message.HasField(field.name) if field.has_presence and value is not None else True, field.name
    [same] = (await log_of(signed, "admin").List(after=entry.position - 1)).entries
    assert same == message
