"""Checkpoints, proofs, the export and compaction in GraphQL."""

from __future__ import annotations

import pytest

from ucs_core.access.log_keys import LogSigner
from ucs_core.cli import log_verifier
from ucs_registry.memory import InMemoryStore

CHECKPOINT = "{ checkpoint { origin size root at note } }"
PROOF = """query($position: Position!, $size: Position) { logProof(position: $position, size: $size) {
  entry { position verb leaf } leaf position size root hashes checkpoint { note } document } }"""
GROWTH = """query($first: Position!) { logConsistency(first: $first) {
  first second firstRoot secondRoot hashes checkpoint { size } document } }"""
EXPORT = """query($after: Position, $first: Int, $size: Position) {
  logExport(after: $after, first: $first, size: $size) { lines entries size compacted } }"""
COMPACT = """mutation($upto: Position!, $validateOnly: Boolean!, $requestId: String) {
  compactLog(upto: $upto, requestId: $requestId, validateOnly: $validateOnly) { upto dropped } }"""


@pytest.fixture
def signer(tmp_path):
    return LogSigner.load_or_create(tmp_path / "log-key.pem", "test")


@pytest.fixture
async def signed(make_city, signer):
    store = InMemoryStore(signer=signer)
    yield await make_city(store)
    await store.close()


@pytest.fixture
def verify(signer, tmp_path):
    def verify(lines, seen=""):
        (tmp_path / "log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        (tmp_path / "seen").write_text(seen, "utf-8")
        found = log_verifier.verify(str(tmp_path / "log"), signer.verification_keys, [str(tmp_path / "seen")])
        return [said[0] for said in found]

    return verify


async def test_pieces_of_an_export_are_what_the_verifier_reads(signed, verify):
    await signed.create()
    seen = (await signed.ask("outsider", CHECKPOINT))["checkpoint"]
    await signed.create(code="QD-2")
    lines, after, size = [], 0, None
    while size is None or after < size:
        piece = (await signed.ask("admin", EXPORT, after=after, first=4, size=size))["logExport"]
        lines, after, size = lines + piece["lines"], after + piece["entries"], piece["size"]
    assert size == seen["size"] + 1
    assert verify(lines, seen["note"])[0] == f"All is well: {size} entries of {seen['origin']}."


async def test_proofs_are_what_the_verifier_reads(signed, verify):
    await signed.create()
    seen = (await signed.ask("outsider", CHECKPOINT))["checkpoint"]
    await signed.create(code="QD-2")
    proof = (await signed.ask("admin", PROOF, position=3))["logProof"]
    assert (proof["entry"]["position"], proof["entry"]["leaf"]) == (3, proof["leaf"])
    assert verify([proof["document"]])[0] == "Entry 3 is in the log."
    growth = (await signed.ask("outsider", GROWTH, first=seen["size"]))["logConsistency"]
    assert (growth["firstRoot"], growth["checkpoint"]["size"]) == (seen["root"], seen["size"] + 1)
    assert verify([growth["document"]], seen["note"])[0].startswith("The log still begins")


async def test_what_may_not_be_audited_has_no_proof_and_no_export(signed):
    await signed.create()
    for who, reason in (("editor", "NOT_FOUND"), ("outsider", "NOT_FOUND")):
        answer = await signed.answer(who, PROOF, {"position": 1})
        assert answer["errors"][0]["extensions"]["reason"] == reason
        answer = await signed.answer(who, EXPORT, {})
        assert answer["errors"][0]["extensions"]["reason"] == "DENIED_THERE"


async def test_bodies_are_dropped_by_administrators(signed):
    await signed.create()
    tried = await signed.ask("admin", COMPACT, upto=2, validateOnly=True)
    assert tried["compactLog"] == {"upto": 2, "dropped": 2}
    assert (await signed.ask("admin", COMPACT, upto=2, validateOnly=False, requestId="x")) == tried
    assert (await signed.ask("admin", COMPACT, upto=2, validateOnly=False, requestId="x")) == tried
    log = "{ log(first: 200) { nodes { position body salt leaf } } }"
    nodes = (await signed.ask("admin", log))["log"]["nodes"]
    assert [node["position"] for node in nodes if node["body"] is None] == [1, 2]
    refused = await signed.answer("auditor", COMPACT, {"upto": 2, "validateOnly": False})
    assert refused["errors"][0]["extensions"]["reason"] == "DENIED_THERE"


async def test_a_log_without_a_key_has_no_checkpoint(city):
    assert (await city.ask("admin", CHECKPOINT)) == {"checkpoint": None}
    answer = await city.answer("admin", PROOF, {"position": 1})
    assert answer["errors"][0]["extensions"]["reason"] == "LOG_UNSIGNED"
