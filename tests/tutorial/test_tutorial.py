"""The tutorial for authors of plugins is true: its commands are run, its files are written, and what it shows is printed."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ucs_core.demo.walkthrough import Step, fault, first_missing, steps_of

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PAGES = ROOT / "docs/plugins"
TUTORIAL, TUTORIAL_ZH = PAGES / "tutorial.md", PAGES / "tutorial.zh.md"
SECONDS = 60

OFFLINE = """
import sys

def refuse(event, told):
    if event == "socket.connect" and isinstance(told[1], tuple) and not str(told[1][0]).startswith(("127.", "::1")):
        raise OSError(f"there is no network: {told[1]}")

sys.addaudithook(refuse)
"""
"""What every Python of these tests begins with: none gets farther than this machine."""

_PART = re.compile(r"(?:^<!-- (?P<told>[^>]+) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


class Dev:
    """`ucs plugin dev` in a second terminal: what it prints is read while it runs."""

    def __init__(self, command, folder, environment):
        self.told, self._read, self._turn = [], 0, threading.Condition()
        words = [*command.split(), "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def until(self, *wanted):
        """What it says from where was read last, as soon as all of this is in it."""
        with self._turn:
            self._turn.wait_for(lambda: first_missing(wanted, self.unread) is None or self.told[-1:] == [None], SECONDS)
            assert first_missing(wanted, self.unread) is None, self.unread
            told, self._read = self.unread, len(self.told)
            return told

    @property
    def unread(self):
        return "".join(line for line in self.told[self._read :] if line is not None)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(SECONDS)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def _listen(self):
        for line in self.process.stdout:
            self._tell(line)
        self._tell(None)

    def _tell(self, line):
        with self._turn:
            self.told.append(line)
            self._turn.notify_all()


def parts_of(page):
    return [(found["told"], found["kind"], found["text"]) for found in _PART.finditer(page.read_text("utf-8"))]


def faults_of(parts, folder, environment):
    """Do what a page says, part by part. Returns what was not as it says."""
    wrong, dev = [], None
    try:
        for told, kind, text in parts:
            if told == "dev says":
                dev.until(*text.strip().splitlines())
            elif told is not None:
                (folder / told.removeprefix("write ")).write_text(text, "utf-8")
            elif kind == "console":
                for step in steps_of(f"```console\n{text}```"):
                    if step.command.startswith("ucs plugin dev"):
                        dev = Dev(step.command, folder, environment)
                        started = dev.until(*step.expected, "platform-admin")
                        environment = {**environment, "UCS_HTTP": re.search(r"http://([\w.:]+)/", started)[1]}
                    else:
                        wrong += _run(step, folder, environment)
    finally:
        if dev is not None:
            assert dev.end() == 0
    return wrong


def _run(step, folder, environment):
    done = subprocess.run(
        ["/bin/bash", "-c", step.command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    found = fault(step, done.returncode, done.stdout)
    return [] if found is None else [f"{step.command}: {found}\n{done.stdout}"]


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "offline").mkdir()
    (tmp_path / "offline/sitecustomize.py").write_text(OFFLINE, "utf-8")
    return {
        "PYTHONPATH": str(tmp_path / "offline"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "UCS_LOCALE": "en",
        "LANG": "C.UTF-8",
        "no_proxy": "127.0.0.1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def test_the_tutorial_runs_as_it_stands(tmp_path, environment):
    assert faults_of(parts_of(TUTORIAL), tmp_path, environment) == []


def test_two_commands_lead_from_nothing_to_an_answer_without_a_network(tmp_path, environment):
    page = [
        (None, "console", "$ ucs plugin new rain\n$ ucs plugin dev rain\nrain runs at …\n"),
        (None, "console", '$ ucs call rain.grade --mm 63\n"name": "暴雨"\n$ ucs plugin test rain\n1 passed …\n'),
    ]
    assert faults_of(page, tmp_path, environment) == []


def test_whoever_needs_a_network_would_be_noticed(tmp_path, environment):
    """The twin: a command that asks an address of the world."""
    asks = "python -c 'import socket; socket.create_connection((\"192.0.2.1\", 80))'"
    assert "no network" in faults_of([(None, "console", f"$ {asks}\n")], tmp_path, environment)[0]


def test_a_page_that_is_not_true_is_noticed(tmp_path, environment):
    """The twin: a page of which each part but the first says what is not so."""
    first, *others = [
        (None, "console", "$ ucs plugin new rain\nMade rain.\n"),
        (None, "console", "$ ucs plugin test rain\n2 passed\n"),
        ("write rain/src/ucs_capability_rain/plugin.toml", "toml", 'name = "rain"\n'),
        (None, "console", "$ ucs plugin check rain\n"),
    ]
    assert faults_of([first], tmp_path, environment) == []
    assert len(faults_of(others, tmp_path, environment)) == 2


def test_both_languages_do_the_same():
    assert len(parts_of(TUTORIAL)) > 10
    assert parts_of(TUTORIAL_ZH) == parts_of(TUTORIAL)
    assert all(isinstance(step, Step) for step in steps_of(TUTORIAL_ZH.read_text("utf-8")))


@pytest.mark.parametrize("page", sorted(PAGES.rglob("*.md")), ids=lambda page: str(page.relative_to(PAGES)))
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
