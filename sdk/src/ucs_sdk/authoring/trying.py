"""Runs a plugin's own tests where it stands, with nothing of it installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from ucs_sdk.commands import Exit
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.plugins import find_in_folder, load_plugin

_NO_TESTS = 5
"""What pytest leaves behind when it has found no test."""


def run_tests(folder: Path) -> int:
    """Run pytest in the folder, with the plugin's source on the path; OK when there are tests and all of them pass."""
    found = find_in_folder(folder)
    if importlib.util.find_spec("pytest") is None:
        raise FailedPrecondition("DEV_MISSING", what="pytest")
    # What is wrong with the plugin as a whole is said once, not by every test and with how it came there.
    load_plugin(found)
    places = [str(found.root), *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "-c", "pyproject.toml"]
    if importlib.util.find_spec("pytest_asyncio") is not None:
        # A test is `async def` without further ado, as those with a whole city are.
        command += ["-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
    ended = subprocess.run(command, cwd=found.folder, env=environ, check=False)
    if ended.returncode == _NO_TESTS:
        raise FailedPrecondition("TESTS_MISSING", folder=str(folder))
    return Exit.OK if ended.returncode == 0 else Exit.REFUSED
