"""Importing a room defines things and does nothing: no threads, sockets, files, event loops or global instances."""

import pytest

LOUD = {
    "a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True, name='eager').start()",
    "a socket": "import socket\nlistener = socket.create_server(('127.0.0.1', 0))",
    "a file": "from pathlib import Path\nPath(__file__).with_name('left-behind').write_text('x')",
    "a database": "import sqlite3\nconnection = sqlite3.connect(':memory:')",
    "a process": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])",
    "an event loop": "import asyncio\nloop = asyncio.new_event_loop()",
    "a plugin manager": "import pluggy\nmanager = pluggy.PluginManager('ucs')",
    "an engine": "import sqlalchemy\nengine = sqlalchemy.create_engine('sqlite://')",
    "settings": "import pydantic_settings\nclass Settings(pydantic_settings.BaseSettings):\n    pass\nsettings = Settings()",
}


@pytest.mark.parametrize("room", ["sdk", "registry", "ucs_core"])
def test_importing_a_room_sets_nothing_in_motion(run, workspace, room):
    result = run("-W", "error", "-P", "-B", "-m", "guards.quiet", workspace / room / "src")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("text", LOUD.values(), ids=LOUD.keys())
def test_a_module_that_acts_when_imported_is_found(run, tree, text):
    result = run("-P", "-B", "-m", "guards.quiet", tree({"room/__init__.py": "", "room/eager.py": text}))
    assert result.returncode == 1, result.stdout
    assert "room.eager" in result.stdout or "event loop" in result.stdout


def test_defining_is_not_acting(run, tree):
    text = "import threading, sqlalchemy\nlock = threading.Lock()\ndef engine():\n    return sqlalchemy.create_engine('sqlite://')"
    assert run("-P", "-B", "-m", "guards.quiet", tree({"room/lazy.py": text})).stdout == "Quiet.\n"
