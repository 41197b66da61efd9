"""`ucs log` with the verbs that make evidence of it, against a real platform."""

from __future__ import annotations

import json

import pytest

from ucs_sdk.commands import Exit

ADMIN = ("--as", "platform-admin")


@pytest.fixture
def key(here) -> str:
    return here.signer.verification_keys[0]


def test_a_log_is_exported_and_found_sound(drafted, ucs, key, tmp_path, monkeypatch):
    seen = tmp_path / "seen.txt"
    kept = ucs("log", "checkpoint", "--as", "outsider")
    assert kept.code == Exit.OK
    seen.write_text(kept.out, "utf-8")
    assert ucs("submit", drafted).code == Exit.OK
    written = ucs("log", "export", "log.ndjson", *ADMIN)
    assert (written.code, written.out.split(" ", 1)[1]) == (Exit.OK, "entries were written to log.ndjson.\n")
    sound = ucs("log", "verify", "log.ndjson", "--key", key, "--seen", seen)
    assert sound.code == Exit.OK
    assert sound.out.startswith(f"All is well: {written.out.split(' ')[0]} entries of test.")
    told = ucs("log", "verify", "log.ndjson", "--key", key, "--json").json
    assert (told["sound"], told["findings"][0]) == (True, sound.out.splitlines()[0])
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert ucs("log", "verify", "log.ndjson", "--key", key).out.startswith("校验通过：test 的")


def test_what_is_wrong_with_a_file_is_told_and_ends_with_one(drafted, ucs, key, tmp_path):
    assert ucs("log", "export", "log.ndjson", *ADMIN).code == Exit.OK
    file = tmp_path / "log.ndjson"
    file.write_text(file.read_text("utf-8").replace("principals/publisher", "principals/reviewer"), "utf-8")
    wrong = ucs("log", "verify", "log.ndjson", "--key", key)
    assert (wrong.code, wrong.out) == (Exit.REFUSED, "")
    assert "its header and its leaf do not fit" in wrong.err
    told = ucs("log", "verify", "log.ndjson", "--key", key, "--json")
    assert (told.code, told.json["sound"]) == (Exit.REFUSED, False)
    assert ucs("log", "verify", "none.ndjson", "--key", key).code == Exit.USAGE
    assert ucs("log", "verify", "log.ndjson").code == Exit.USAGE


def test_an_export_that_is_refused_leaves_no_file(here, ucs, tmp_path):
    assert ucs("log", "export", "log.ndjson", "--as", "app").code == Exit.DENIED
    assert ucs("log", "export", "nowhere/log.ndjson", *ADMIN).code == Exit.REFUSED
    assert not [file for file in tmp_path.iterdir() if "ndjson" in file.name]


def test_an_entry_is_proved_by_a_line_or_a_file(drafted, ucs, key, tmp_path):
    line = ucs("log", "prove", "2", *ADMIN)
    assert json.loads(line.out)["position"] == 2
    assert ucs("log", "prove", "2", "--output", "entry.json", *ADMIN).code == Exit.OK
    assert ucs("log", "verify", "entry.json", "--key", key).out.startswith("Entry 2 is in the log.\n")
    assert ucs("log", "prove", "2", "--as", "app").code == Exit.NOT_FOUND
    for words in (("prove",), ("prove", "2", "--since", "1"), ("prove", "two"), ("prove", "0")):
        assert ucs("log", *words, *ADMIN).code == Exit.USAGE


def test_growth_is_proved_to_whoever_kept_a_checkpoint(drafted, ucs, key, tmp_path):
    kept = ucs("log", "checkpoint", "--as", "outsider", "--json").json
    (tmp_path / "seen.txt").write_text(kept["note"], "utf-8")
    assert ucs("submit", drafted).code == Exit.OK
    proof = ("log", "prove", "--since", str(kept["size"]), "--output", "growth.json", "--as", "outsider")
    assert ucs(*proof).code == Exit.OK
    told = ucs("log", "verify", "growth.json", "--key", key, "--seen", "seen.txt")
    assert (told.code, told.out.splitlines()[0]) == (
        Exit.OK,
        f"The log still begins with the {kept['size']} entries seen.",
    )
    assert ucs("log", "verify", "growth.json", "--key", key).code == Exit.USAGE


def test_bodies_are_dropped_when_an_administrator_says_so(drafted, ucs, key):
    tried = ucs("log", "compact", "--upto", "2", "--dry-run", *ADMIN, "--json")
    assert tried.code == Exit.OK
    unasked = ucs("log", "compact", "--upto", "2", *ADMIN)
    assert (unasked.code, "--yes" in unasked.err) == (Exit.USAGE, True)
    done = ucs("log", "compact", "--upto", "2", "--yes", *ADMIN, "--json")
    assert done.json == tried.json | {"dry_run": False}
    assert ucs("log", "compact", "--upto", "2", "--yes", "--as", "app").code == Exit.DENIED
    assert ucs("log", "compact", *ADMIN).code == Exit.USAGE
    assert ucs("log", "export", "log.ndjson", *ADMIN).code == Exit.OK
    assert "dropped 2" in ucs("log", "verify", "log.ndjson", "--key", key).out


def test_log_without_a_verb_reads_it_and_guesses_misspelt_ones(here, ucs):
    assert ucs("log", "--first", "1", *ADMIN).code == Exit.OK
    missed = ucs("log", "exprot")
    assert missed.code == Exit.USAGE
    assert "Did you mean export?" in missed.err
    assert "ucs log export --help" in ucs("log", "--help").out
