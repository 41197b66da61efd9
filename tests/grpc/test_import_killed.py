"""An import whose client is killed goes on exactly where it was: every row is entered once, every reject is told once."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.cli.import_progress import progress_file
from ucs_registry.memory import InMemoryStore

ROWS, BAD = 230, {7, 100, 101, 229}
"""How many rows the file holds, and which of them are none. A chunk holds some eighteen, and ten chunks go on a stream."""

ENTER = "import sys; from ucs_sdk.launcher import main; sys.exit(main(sys.argv[1:]))"
ENTER_WITHOUT_CHUNK_IN_ID = f"""
from ucs_core.cli.import_progress import Progress
Progress.request_id = lambda self, chunk: f"imp-{{self.run}}"
{ENTER}
"""
ENTER_WITH_FRESH_IDS = f"""
from itertools import count
import os
from ucs_core.cli.import_progress import Progress
numbers = count()
Progress.request_id = lambda self, chunk: f"imp-{{os.getpid()}}-{{next(numbers)}}"
{ENTER}
"""


class Stopping(InMemoryStore):
    """A store that holds one writer up, as many writers later as it is told, once it has committed."""

    def __init__(self) -> None:
        super().__init__()
        self.held = asyncio.Event()
        self.go_on = asyncio.Event()
        self._after = 0

    def stop_after(self, writers):
        self.held.clear()
        self.go_on.clear()
        self._after = writers

    @asynccontextmanager
    async def write(self):
        async with super().write() as unit:
            yield unit
        self._after -= 1
        if self._after == 0:
            self.held.set()
            await self.go_on.wait()


@pytest.fixture
def file(tmp_path):
    """A file some of whose rows are none; commas in its texts count as values, so that chunks are small."""
    content = {
        "title": {"zh": "积水点", "en": "Waterlogging spots"},
        "summary": {"zh": "," * 4000, "en": "," * 4000},
        "share_type": "unconditional",
        "data_level": "l1",
        "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]},
    }
    rows = ({"code": f"QD-{at}", "kind": "data", "type": "dataset", "owner": "qingdao-water"} for at in range(ROWS))
    lines = [b"?" if at in BAD else orjson.dumps(row | {"content": content}) for at, row in enumerate(rows)]
    (tmp_path / "city.ndjson").write_bytes(b"\n".join(lines))
    return tmp_path / "city.ndjson"


@pytest.fixture
def start(tmp_path):
    """Starts `ucs import` in a process of its own."""

    async def started(program, door, file, *words):
        environment = {"UCS_TOKEN": door.token("admin"), "PATH": os.environ["PATH"], "UCS_LOCALE": "en"}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, "import", str(file), "--grpc", door.server.address, *words),
            cwd=tmp_path,
            env=environment | {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(Path.home())},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    return started


async def codes(door):
    found, token = [], ""
    while True:
        request = api.ListResourcesRequest(order_by=finding_pb2.RESOURCE_ORDER_CODE, page_size=200, page_token=token)
        page = await door["admin"].resources.List(request)
        found += [item.code for item in page.resources]
        token = page.next_page_token
        if not token:
            return found


async def entries(door):
    async with door.store.read() as reader:
        log = await reader.log(after=0, first=10_000)
    return sorted(entry.object for entry in log if entry.verb == "resources.import" and entry.outcome == "accepted")


async def cut_off(door, store, file, start, program, *words, after):
    """Begin an import, and kill it when so many of its chunks are in."""
    store.stop_after(after)
    process = await start(program, door, file, *words)
    held, ended = asyncio.create_task(store.held.wait()), asyncio.create_task(process.wait())
    await asyncio.wait([held, ended], return_when=asyncio.FIRST_COMPLETED)
    held.cancel()
    if not ended.done():
        process.send_signal(signal.SIGKILL)
    store.go_on.set()
    await process.communicate()
    await ended
    await door.platform.pipeline.drain()


async def goes_on(open_door, settle_city, file, start, program, *kills):
    """What became of an import that was killed behind so many chunks of each run: exit code, answer, codes and log."""
    store = Stopping()
    async with open_door(store) as door:
        await settle_city(store, door.platform)
        for run, after in enumerate(kills):
            await cut_off(door, store, file, start, program, *(["--resume"] if run else []), after=after)
        process = await start(program, door, file, "--resume", "--json")
        out, _ = await process.communicate()
        return process.returncode, out, await codes(door), await entries(door)


async def test_killed_import_goes_on_and_counts_exactly(open_door, settle_city, file, start):
    code, out, entered, logged = await goes_on(open_door, settle_city, file, start, ENTER, 3, 11)
    fit = [f"QD-{at}" for at in range(ROWS) if at not in BAD]
    assert (code, entered) == (1, sorted(fit))
    answer = json.loads(out)
    assert (answer["entered"], answer["rejected"]) == (len(fit), len(BAD))
    assert len(logged) == len(set(logged)) == len(fit)
    rejects = [json.loads(line) for line in Path(answer["rejects"]).read_text("utf-8").splitlines()]
    assert [each["line"] for each in rejects] == sorted(at + 1 for at in BAD)
    assert not progress_file(file).exists()


@pytest.mark.parametrize("twin", [ENTER_WITHOUT_CHUNK_IN_ID, ENTER_WITH_FRESH_IDS], ids=["same-id", "fresh-ids"])
async def test_request_ids_that_do_not_follow_the_chunk_are_found_out(open_door, settle_city, file, start, twin):
    # The twins: one id for all chunks has the second refused, and new ids in each run enter nothing the second time.
    code, out, entered, _ = await goes_on(open_door, settle_city, file, start, twin, 3)
    answer = json.loads(out)
    exact = (answer.get("entered"), answer.get("rejected"), len(entered)) == (
        ROWS - len(BAD),
        len(BAD),
        ROWS - len(BAD),
    )
    assert not (code == 1 and exact)
