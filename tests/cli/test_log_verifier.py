"""The verifier of logs, alone: what it takes for sound, and that everything else is told as what it is."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.cli import log_verifier
from ucs_registry.canonical import canonical_json
from ucs_registry.log import EntryDraft, Outcome
from ucs_registry.merkle import (
    Frontier,
    consistency_nodes,
    consistency_proof,
    inclusion_nodes,
    inclusion_proof,
)

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)


class Pen:
    """A key that signs notes."""

    def __init__(self, name: str = "city", seed: int = 1) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        raw = b"\x01" + self._key.public_key().public_bytes_raw()
        self.id = hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(raw).decode()}"

    def note(self, size: int, root: str) -> str:
        coded = base64.b64encode(bytes.fromhex(root)).decode()
        text = f"{self.name}\n{size}\n{coded}\nat 2026-01-31T08:00:00.000000Z\n"
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        return f"— {self.name} {base64.b64encode(self.id + self._key.sign(text.encode())).decode()}\n"


class Log:
    """A log that is built in memory, and its exports."""

    def __init__(self) -> None:
        self.lines: list[dict] = []
        self.roots = ["" for _ in range(1)]
        self.hashes: dict[tuple[int, int], str] = {}
        self._tree = Frontier()

    def add(self, verb: str = "resources.update", object: str = "resources/X", body: object = None) -> None:
        position = len(self.lines) + 1
        said = {"title": f"标题 {position}\t\u007f", "number": 1.5} if body is None else body
        draft = EntryDraft(
            at=NOW, origin="city", call_id=f"C{position}", request_id=None, actor="principals/a", on_behalf_of=None,
            verb=verb, action="edit", object=object, outcome=Outcome.ACCEPTED, reason=None, rule="r", before=None,
            after="ab" * 32, access_before=None, access_after=None, body=canonical_json(said).decode(), salt="0a" * 16,
        )  # fmt: skip
        entry = draft.place(position)
        self.lines.append({"header": entry.header(), "leaf": entry.leaf, "body": entry.body, "salt": entry.salt})
        index = position - 1
        for level, hash in enumerate([entry.leaf, *self._tree.append(entry.leaf)]):
            self.hashes[level, index >> level] = hash
        self.roots.append(self._tree.root)

    def export(self, *notes: str) -> bytes:
        head = {"format": log_verifier.EXPORT, "origin": "city", "checkpoints": list(notes)}
        return b"".join(canonical_json(line) + b"\n" for line in [head, *self.lines])


@pytest.fixture
def pen():
    return Pen()


@pytest.fixture
def log():
    log = Log()
    for _ in range(13):
        log.add()
    return log


@pytest.fixture
def check(tmp_path, pen):
    """Runs the verifier on bytes; what it told and its exit code."""

    def check(data: bytes, *words: str, keys=(pen.vkey,), seen: str | None = None):
        file = tmp_path / "log.ndjson"
        file.write_bytes(data)
        if seen is not None:
            (tmp_path / "seen").write_text(seen, "utf-8")
            words = (*words, "--seen", str(tmp_path / "seen"))
        told: list[str] = []
        named = [word for key in keys for word in ("--key", key)]
        code = log_verifier.main([str(file), *named, "--language", "en", *words], told.append)
        return code, "\n".join(told)

    return check


def _note(log, pen, size=None):
    size = len(log.lines) if size is None else size
    return pen.note(size, log.roots[size])


def test_a_sound_log_is_found_sound(log, pen, check):
    code, told = check(log.export(_note(log, pen, 5), _note(log, pen)))
    assert (code, told.splitlines()[0]) == (0, "All is well: 13 entries of city.")
    assert "bodies checked 13, dropped 0, withheld 0" in told
    assert f"signed by city+{pen.id.hex()} at 2026-01-31T08:00:00.000000Z" in told


@pytest.mark.parametrize("size", range(1, 13))
def test_what_was_seen_earlier_is_found_again(log, pen, check, size):
    assert check(log.export(_note(log, pen)), seen=_note(log, pen, size))[0] == 0
    other = Log()
    for number in range(size):
        other.add(object=f"resources/{number}")
    code, told = check(log.export(_note(log, pen)), seen=f"{_note(log, pen, 1)}\n{_note(other, pen)}")
    assert (code, "seen earlier" in told) == (1, True)


def test_a_log_that_is_shorter_than_what_was_seen_is_found(log, pen, check):
    later = _note(log, pen)
    del log.lines[9:]
    code, told = check(log.export(pen.note(9, log.roots[9])), seen=later)
    assert code == 1
    assert "13 entries were seen, 9 are here" in told


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda lines: lines[4]["header"].update(actor="principals/b"), "Entry 5: its header and its leaf do not fit"),
        (lambda lines: lines[4].update(leaf="00" * 32), "Entry 5: its header and its leaf do not fit"),
        (lambda lines: lines[4].update(leaf="00"), "Entry 5: a field is missing"),
        (lambda lines: lines[4].update(body="{}"), "Entry 5: its body is not the one"),
        (lambda lines: lines[4].update(salt="00"), "Entry 5: its body is not the one"),
        (lambda lines: lines[4].update(salt=None), "Entry 5: body and salt are not both there"),
        (lambda lines: lines[4].update(body=None, salt=None), "Entry 5: its body is gone, and no logged compaction"),
        (lambda lines: lines[4].update(header=None), "Entry 5: a field is missing"),
        (lambda lines: lines[4].update(header=None, withheld=True), "Entry 5: body and salt are not both there"),
        (lambda lines: lines[4].update(withheld=False), "Entry 5: it has fields that no entry has"),
        (lambda lines: lines[4].update(more=1), "Entry 5: it has fields that no entry has"),
        (lambda lines: lines[4].pop("salt"), "Entry 5: a field is missing"),
        (lambda lines: lines[4]["header"].update(format=2), "Entry 5: its format is not known"),
        (lambda lines: lines[4]["header"].update(position=True), "Entry 5: here stands position True"),
        (lambda lines: lines.pop(4), "Entry 5: here stands position 6"),
        (lambda lines: lines.insert(4, lines[4]), "Entry 6: here stands position 5"),
        (lambda lines: lines.insert(4, lines.pop(6)), "Entry 5: here stands position 7"),
        (lambda lines: lines.pop(), "Only 12 of 13 entries are here"),
        (lambda lines: lines.append(lines[-1]), "Line 15 is beyond the last checkpoint"),
    ],
)
def test_the_first_thing_that_is_wrong_is_told_with_its_place(log, pen, check, damage, told):
    note = _note(log, pen)
    damage(log.lines)
    assert check(log.export(note)) == (1, check(log.export(note))[1])
    assert told in check(log.export(note))[1]


def test_a_log_that_was_made_consistent_again_does_not_have_its_signed_root(log, pen, check):
    forged = Log()
    for number in range(13):
        forged.add(object="resources/Y" if number == 6 else "resources/X")
    code, told = check(forged.export(_note(log, pen)))
    assert (code, "do not have the root" in told) == (1, True)
    thief = Pen(seed=2)
    code, told = check(forged.export(_note(forged, thief)))
    assert (code, "No key that you trust" in told) == (1, True)
    lying = _note(forged, thief).replace(base64.b64encode(thief.id).decode()[:4], base64.b64encode(pen.id).decode()[:4])
    assert check(forged.export(lying))[0] == 1


def test_a_forged_signature_of_a_trusted_key_is_told_as_that(log, pen, check):
    blob = base64.b64encode(pen.id + bytes(64)).decode()
    note = _note(log, pen).partition("\n\n")[0] + f"\n\n— city {blob}\n"
    code, told = check(log.export(note))
    assert (code, "forged signature" in told) == (1, True)


def test_bodies_that_a_logged_compaction_dropped_are_no_fault(log, pen, check):
    log.add(verb="log.compact", object="log", body={"upto": 9, "dropped": 9})
    for line in log.lines[:9]:
        line.update(body=None, salt=None)
    code, told = check(log.export(_note(log, pen)))
    assert (code, "bodies checked 5, dropped 9" in told) == (0, True)
    log.lines[9].update(body=None, salt=None)
    assert "Entry 10: its body is gone" in check(log.export(_note(log, pen)))[1]


def test_what_was_withheld_is_counted(log, pen, check):
    log.lines[3].update(header=None, body=None, salt=None, withheld=True)
    log.lines[4].update(body=None, salt=None, withheld=True)
    code, told = check(log.export(_note(log, pen)))
    assert (code, "bodies checked 11, dropped 0, withheld 2" in told) == (0, True)


def _rotated(log, pen, next_pen):
    log.add(verb="log.rotate_key", object="log-keys/x", body={"verification_key": next_pen.vkey})
    vouched = _note(log, pen)
    log.add()
    return vouched, _note(log, next_pen)


def test_a_key_that_the_log_names_is_trusted_once_a_trusted_key_vouched_for_it(log, pen, check):
    young = Pen(seed=7)
    vouched, last = _rotated(log, pen, young)
    code, told = check(log.export(vouched, last))
    assert (code, f"city+{young.id.hex()}" in told) == (0, True)
    # The twins: nobody vouches for the new key, or only a checkpoint before it does.
    assert check(log.export(last))[0] == 1
    assert check(log.export(_note(log, pen, 13), last))[0] == 1
    assert check(log.export(last), seen=vouched)[0] == 0
    only_young = check(log.export(vouched, last), keys=(young.vkey,))
    assert (only_young[0], "without a signature that you trust: 1" in only_young[1]) == (0, True)


def test_checkpoints_of_another_log_are_told(log, pen, check):
    other = Pen("elsewhere")
    assert "another log" in check(log.export(_note(log, pen)), seen=_note(log, other))[1]
    assert "no checkpoints in order" in check(log.export(_note(log, pen), _note(log, pen, 5)))[1]
    assert "no checkpoints in order" in check(log.export(_note(log, other)))[1]


@pytest.mark.parametrize("size", [1, 2, 7, 8, 13])
def test_proofs_of_single_entries_hold_and_nothing_else_does(log, pen, check, size):
    for position in range(1, size + 1):
        nodes = {node: log.hashes[node] for node in inclusion_nodes(position, size)}
        proof = {
            "format": log_verifier.INCLUSION,
            "checkpoint": _note(log, pen, size),
            "position": position,
            "entry": log.lines[position - 1],
            "hashes": inclusion_proof(position, size, nodes),
        }
        code, told = check(canonical_json(proof) + b"\n")
        assert (code, told.splitlines()[0]) == (0, f"Entry {position} is in the log.")
        assert check(canonical_json(proof) + b"\n", keys=(Pen(seed=3).vkey,))[0] == 1
        other = log.lines[position % 13]
        changes = [{"hashes": [*proof["hashes"], "00" * 32]}, {"entry": other}, {"position": 0}]
        changes += [{"hashes": proof["hashes"][:-1]}] if proof["hashes"] else []
        changes += [{"hashes": ["11" * 32, *proof["hashes"][1:]]}] if proof["hashes"] else []
        for change in changes:
            assert check(canonical_json({**proof, **change}) + b"\n")[0] == 1


@pytest.mark.parametrize("first", range(1, 14))
def test_a_proof_of_growth_holds_and_nothing_else_does(log, pen, check, first):
    for second in range(first, 14):
        nodes = {node: log.hashes[node] for node in consistency_nodes(first, second)}
        proof = {
            "format": log_verifier.CONSISTENCY,
            "checkpoint": _note(log, pen, second),
            "first": first,
            "hashes": consistency_proof(first, second, nodes),
        }
        assert check(canonical_json(proof) + b"\n", seen=_note(log, pen, first))[0] == 0
        assert check(canonical_json(proof) + b"\n", seen=pen.note(first, "11" * 32))[0] == 1
        assert check(canonical_json(proof) + b"\n")[0] == 2
        longer = {**proof, "hashes": [*proof["hashes"], "00" * 32]}
        assert check(canonical_json(longer) + b"\n", seen=_note(log, pen, first))[0] == 1


def test_what_cannot_begin_ends_with_two(log, pen, check, tmp_path):
    assert check(log.export(_note(log, pen)), keys=("city+00000000+AAAA",))[0] == 2
    assert check(log.export(_note(log, pen)), seen="nonsense")[0] == 2
    assert check(log.export(_note(log, pen)), seen=_note(log, pen)[:-60])[0] == 2
    assert log_verifier.main([str(tmp_path / "none"), "--key", pen.vkey], lambda _: None) == 2


HOSTILE = [
    b"",
    b"\n",
    b"\xff\xfe",
    b"null\n",
    b"[" * 100_000,
    b'{"format":"ucs-log-export/1","origin":"city","checkpoints":null}\n',
    b'{"checkpoints":[],"format":"ucs-log-export/1","origin":"city"}\n',
    b'{"checkpoints":[1,null,{}],"format":"ucs-log-export/1","origin":"city"}\n',
    b'{"checkpoints":["city\\n' + b"9" * 5000 + b'\\nAAAA\\n\\n"],"format":"ucs-log-export/1","origin":"city"}\n',
    b'{"format":["ucs-log-export/1"]}\n',
    b'{"format":"ucs-log-inclusion/1"}\n',
    b'{"checkpoint":3,"entry":3,"format":"ucs-log-inclusion/1","hashes":{},"position":1}\n',
    b'{"checkpoint":{},"first":1e999,"format":"ucs-log-consistency/1","hashes":["zz"]}\n',
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_a_finding_and_no_crash(check, data):
    assert check(data)[0] == 1


def test_damaged_bytes_are_findings_and_no_crash(log, pen, check):
    sound, chance = log.export(_note(log, pen)), Random(3702)
    for _ in range(400):
        damaged = bytearray(sound)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(damaged))
            match chance.randrange(4):
                case 0:
                    damaged[at] ^= 1 << chance.randrange(8)
                case 1:
                    del damaged[at : at + chance.randint(1, 40)]
                case 2:
                    damaged[at:at] = damaged[max(0, at - 30) : at] or b"x"
                case _:
                    damaged[at:at] = chance.choice([b"null", b'"', b"{", b"\\ud800", b"1e400", b"\n", b"NaN"])
        if bytes(damaged) != sound:
            assert check(bytes(damaged))[0] == 1, bytes(damaged)


def test_fields_of_any_sort_are_findings_and_no_crash(log, pen, check):
    head = log.export(_note(log, pen)).partition(b"\n")[0] + b"\n"
    strange = [None, True, -1, 2**70, 1.5, "", "\x00", [], [[]], {}, {"position": 3}]
    for name in ("header", "leaf", "body", "salt", "withheld"):
        for value in strange:
            kept = dict(log.lines[2])
            log.lines[2][name] = value
            data = b"".join(log_verifier.canonical(line) + b"\n" for line in log.lines)
            assert check(head + data)[0] == 1, (name, value)
            log.lines[2] = kept


def test_it_runs_alone_and_speaks_both_languages(log, pen, tmp_path):
    alone = tmp_path / "elsewhere" / "log_verifier.py"
    alone.parent.mkdir()
    shutil.copy(log_verifier.__file__, alone)
    (tmp_path / "log.ndjson").write_bytes(log.export(_note(log, pen)))

    def run(*words):
        command = [sys.executable, "-I", "-X", "utf8", alone, tmp_path / "log.ndjson", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=alone.parent, check=False)

    told = run("--key", pen.vkey, "--language", "zh")
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "校验通过：city 的 13 条日志。")
    wrong = run("--key", Pen(seed=2).vkey, "--language", "zh")
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (1, "最后的检查点没有您信任的密钥的签名。\n", "")
    assert run().returncode == 2
    source = alone.read_text("utf-8")
    assert not [line for line in source.splitlines() if line.startswith(("import ucs", "from ucs"))]


def test_lines_are_written_alike_by_both(log):
    for line in log.lines:
        assert log_verifier.canonical(line) == canonical_json(line)
        assert json.loads(canonical_json(line)) == line
