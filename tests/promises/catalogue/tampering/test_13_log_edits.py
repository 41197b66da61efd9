"""Promise 13: whoever holds the database can change the log, and cannot do it unnoticed.

A log with a key rotation and a compaction is edited in the database in every way that we could think of: single columns,
entries taken out, put in, moved, cut off; older copies put back with checkpoints that were genuine then; with and without
leaf, tree and head made consistent again; with checkpoints of another key. What the platform then exports goes to the
verifier of logs, which knows the first public key and the last checkpoint that an auditor kept, and nothing else.
"""

from __future__ import annotations

import copy
import hashlib
import subprocess
import sys

import pytest

from ucs_core.cli import log_verifier
from ucs_registry.checkpoints import checkpoint_of
from ucs_registry.testing import an_entry

EDITS = 200
"""How many edits the short form tries on each database."""

RESTARTS = 25
"""After every how many edits a node is started on the edited database."""


def chain_holds(data: bytes) -> bool:
    """The twin: a plain chain of hashes, which is sound when every entry fits the one before. Nobody signs its end."""
    chain = b""
    try:
        for position, line in enumerate(data.splitlines(keepends=True)[1:], start=1):
            entry = log_verifier.entry_of(log_verifier.line_of(line, ("", "")), position)
            chain = hashlib.sha256(chain + entry.leaf).digest()
    except log_verifier.Wrong:
        return False
    return bool(chain)


async def _signs_on(hub, honest: bytes) -> bool:
    """Whether a node that starts on the edited database writes on, and the auditor finds nothing wrong even then."""
    draft = an_entry(origin="city")
    async with hub.node() as (store, platform):
        try:
            async with store.write() as unit:
                unit.append(draft)
                await unit.commit()
        except Exception:  # noqa: BLE001 - it refuses, or cannot read the log any more
            return False
        data = await hub.given_out(platform)
        # Whoever only took notes away has changed nothing: the node signs the log as it always was.
        return hub.goes_unnoticed(data) and not data.partition(b"\n")[2].startswith(honest)


@pytest.mark.long_form(60)
async def test_no_edit_of_the_log_goes_unnoticed(hub, make_attacker, findings):
    attacker = make_attacker(hub, findings.random("edits", hub.url.partition(":")[0]))
    unnoticed, unchained = [], []
    async with hub.node() as (_, platform):
        honest = (await hub.exported(platform)).partition(b"\n")[2]
        for number in range(EDITS * findings.effort):
            said, world = attacker.edit()
            hub.put(world)
            findings.tried += 1
            findings.faults += 1
            data = await hub.given_out(platform)
            if hub.goes_unnoticed(data):
                unnoticed.append(said)
            if data is not None and chain_holds(data):
                unchained.append(said)
            if number % RESTARTS == 0 and await _signs_on(hub, honest):
                unnoticed.append(f"{said}; a node signed it")
    findings.expect_none(unnoticed)
    findings.expect_caught("a plain hash chain without signed checkpoints", unchained)


async def test_an_honest_log_is_never_suspected(hub, findings):
    suspected = []
    async with hub.node() as (_, platform):
        for step, world in enumerate(hub.history):
            hub.put(world)
            data = await hub.exported(platform)
            size = checkpoint_of(world["head"][0]["note"]).size
            for seen in [note for covered, note in hub.notes.items() if covered <= size]:
                findings.tried += 1
                found = hub.told(data, seen)
                suspected += [] if found is None else [f"step {step}: {found}"]
    findings.expect_none(suspected)


async def test_the_program_by_itself_notices_what_the_function_does(hub, make_attacker, findings):
    def alone(data: bytes) -> int:
        (hub.folder / "log.ndjson").write_bytes(data)
        (hub.folder / "seen.txt").write_text(hub.last, "utf-8")
        program = [sys.executable, "-I", log_verifier.__file__, hub.folder / "log.ndjson", "--key", hub.vkey]
        return subprocess.run(
            [*program, "--seen", hub.folder / "seen.txt"], capture_output=True, check=False
        ).returncode

    attacker = make_attacker(hub, findings.random("alone"))
    async with hub.node() as (_, platform):
        findings.expect_none(["the honest log was suspected"] if alone(await hub.exported(platform)) else [])
        for hide in (attacker.consistent, attacker.signed, attacker.patched):
            world = copy.deepcopy(hub.pristine)
            attacker.put_in(world)
            hide(world)
            hub.put(world)
            findings.tried += 1
            findings.faults += 1
            data = await hub.given_out(platform)
            noticed = data is None or alone(data) == 1
            findings.expect_none([] if noticed else [f"put in, {hide.__name__}"])
