"""The example of the client and its page run as they stand."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from ucs_sdk.plugins import find_in_folder

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "09_call_an_operation.py"
PAGE = ROOT / "docs" / "plugins" / "client.md"


async def run(served, *words, **environment):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        env=os.environ | {"UCS_GRPC": served.address, "PYTHONIOENCODING": "utf-8"} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        shown, complaint = await process.communicate()
    return process.returncode, shown.decode(), complaint.decode()


async def with_echo(served):
    await served.city.enable(find_in_folder(ROOT / "capabilities" / "echo"))


async def test_the_example_calls_streams_finds_and_watches(served):
    await with_echo(served)
    status, shown, complaint = await run(served, EXAMPLE, "你好", UCS_TOKEN=served.token())
    assert status == 0, complaint
    lines = shown.splitlines()
    assert lines[:5] == ["echo.say  复述", "echo.spell  逐字", "你好", "你", "好"]
    assert "复述" in lines[5]
    assert "日志位置" in lines[6]


async def test_the_example_tells_what_is_wrong(served):
    status, _, complaint = await run(served, EXAMPLE, "你好", UCS_TOKEN="worthless")
    assert status == 1
    assert "TOKEN_MALFORMED" in complaint


async def test_the_page_of_the_client_is_true(served):
    await with_echo(served)
    await served.enter("QD-1")
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    *_, last = blocks
    followed = "try:\n    follow(client, 0, lambda kept: 1 / 0)\nexcept ZeroDivisionError:\n    print('followed')\n"
    program = "\n".join([*blocks[:-1], followed, last])
    status, shown, complaint = await run(served, "-W", "error", "-c", program, UCS_TOKEN=served.token())
    assert status == 0, complaint
    lines = shown.splitlines()
    assert lines[0].startswith("积水点 offline")
    assert lines[-2].split()[1:2] == ["added"]
    assert lines[-1] == "followed"
