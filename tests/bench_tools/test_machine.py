"""What the bench does to the machine: it says why something cannot be had, and ends what it started."""

import os
import signal
import sys

import pytest

from peers.machine import Unavailable, await_port, free_port, last_words, pin, run, running, seconds_used

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


def test_a_command_that_cannot_be_had_or_fails_is_told_with_its_last_words(tmp_path):
    with pytest.raises(Unavailable, match=r"npm ci: .*nothing"):
        run("npm ci", [str(tmp_path / "nothing")], 5)
    with pytest.raises(Unavailable, match="npm ci failed with 3: no registry"):
        run("npm ci", [sys.executable, "-c", "import sys; sys.stderr.write('no registry'); sys.exit(3)"], 30)
    assert run("echo", [sys.executable, "-c", "print('said')"], 30) == b"said\n"


def test_a_server_that_does_not_start_is_told_with_what_it_said(tmp_path):
    command, log = [sys.executable, "-c", "print('no database'); raise SystemExit(1)"], tmp_path / "log"
    with running("PostGraphile", command, log) as process:
        process.wait(30)
        with pytest.raises(Unavailable, match="did not start: no database"):
            await_port("PostGraphile", process, free_port(), log)


def test_a_server_is_ended_with_its_block(tmp_path):
    with running("a server", SLEEPER, tmp_path / "log") as process:
        assert process.poll() is None
        assert seconds_used([process.pid]) >= 0
    assert process.returncode == -signal.SIGTERM
    assert seconds_used([process.pid]) == 0


def test_last_words_are_one_short_line():
    assert last_words(b"") == "it said nothing"
    assert last_words(b"a\n\n b \n") == "a / b"
    assert len(last_words(b"x" * 5000)) == 600


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no processes")
def test_everybody_is_pinned_to_one_core_and_it_is_said(tmp_path):
    before = os.sched_getaffinity(0)
    try:
        with running("a server", SLEEPER, tmp_path / "log") as process:
            assert "pinned to core" in pin([process.pid])
            assert os.sched_getaffinity(0) == os.sched_getaffinity(process.pid)
            assert len(os.sched_getaffinity(0)) == 1
    finally:
        os.sched_setaffinity(0, before)
