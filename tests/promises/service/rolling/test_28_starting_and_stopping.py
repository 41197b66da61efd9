"""Promise 28, at the ends of a node's life: signals at any moment, addresses that are taken, tables that are not there."""

from __future__ import annotations

import asyncio
import signal
import socket

import httpx2
import pytest

from ucs_sdk.commands import Exit

MOMENTS = (0.0, 0.03, 0.1, 0.2, 0.4, 0.8)
"""When a signal arrives, in seconds after the start; a node takes some 0.2 s to open its doors, and six at once longer."""

LOST_SECONDS = 12
"""After how long without an end a signal counts as lost."""

ENDS = {signal.SIGTERM: {Exit.OK, -signal.SIGTERM}, signal.SIGINT: {Exit.OK, Exit.INTERRUPTED}}
"""How a node may end before it has begun anything: as it would later, or as any program does that gets this signal."""


async def phase(node) -> str | None:
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            return (await client.get(f"http://{node.http}/readyz")).json()["phase"]
        except httpx2.TransportError:
            return None


async def reaches(node, wanted: str) -> None:
    async with asyncio.timeout(30):
        while await phase(node) != wanted:
            assert not node.ended.done(), node.output
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
async def test_a_signal_ends_a_starting_node_without_a_word(city, number):
    nodes = [city.node(UCS_LAME_DUCK_SECONDS="0.05") for _ in MOMENTS]

    deaf = []

    async def interrupted(node, moment: float) -> int:
        node.start()
        await asyncio.sleep(moment)
        node.send(number)
        try:
            return await node.exit_code(LOST_SECONDS)
        except TimeoutError:
            deaf.append(node)
            node.send(number)
            return await node.exit_code()

    ends = await asyncio.gather(*map(interrupted, nodes, MOMENTS))
    # An interpreter that is still importing may lose the first one in a finaliser; never the second, and not often the first.
    assert len(deaf) <= 2
    printed = "".join(node.output for node in nodes if node not in deaf)
    assert set(ends) <= ENDS[number], printed
    assert "Traceback" not in printed
    assert "rror" not in printed
    # What was interrupted has left nothing behind that keeps the next one from starting.
    nodes[0].start()
    await reaches(nodes[0], "serving")
    nodes[0].send(number)
    assert await nodes[0].exit_code() == Exit.OK


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
async def test_a_signal_ends_a_node_whose_database_does_not_answer(make_process, number):
    asked = asyncio.Event()

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(says_nothing, "127.0.0.1")
    async with silent:
        host, port = silent.sockets[0].getsockname()
        node = make_process(f"postgresql://ucs@{host}:{port}/ucs")
        node.start()
        await asyncio.wait_for(asked.wait(), 30)
        node.send(number)
        assert await node.exit_code(LOST_SECONDS) == Exit.OK
    assert "Traceback" not in node.output
    assert "rror" not in node.output


async def test_a_signal_ends_a_node_that_is_being_seeded(sqlite_url, nursery, tmp_path, make_process):
    node = make_process(sqlite_url, XDG_STATE_HOME=str(tmp_path / "state"), UCS_LAME_DUCK_SECONDS="0.05")
    for _ in range(2):
        node.start("demo", "--data", str(tmp_path / "demo"), "--http", node.http, "--grpc", node.grpc)
        await reaches(node, "starting")
        await asyncio.sleep(0.3)
        assert await phase(node) == "starting"
        node.send(signal.SIGTERM)
        assert await node.exit_code() == Exit.OK
        assert "Traceback" not in node.output
        assert not (tmp_path / "demo" / "tokens.json").exists()


@pytest.mark.parametrize("door", ["http", "grpc"])
async def test_a_taken_address_is_named(city, door):
    first, second = city.node(UCS_LAME_DUCK_SECONDS="0"), city.node()
    first.start()
    await reaches(first, "serving")
    setattr(second, door, getattr(first, door))
    second.start()
    assert await second.exit_code() == Exit.UNREACHABLE
    assert f"{getattr(first, door)} cannot be listened on" in second.output
    assert "Traceback" not in second.output
    assert await phase(first) == "serving"
    first.send(signal.SIGTERM)
    assert await first.exit_code() == Exit.OK


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_database_without_tables_is_told(request, kind, make_process):
    node = make_process(request.getfixturevalue(f"empty_{kind}_url"))
    node.start()
    assert await node.exit_code() != Exit.OK
    assert "Run `ucs db upgrade`" in node.output
    assert "Traceback" not in node.output
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(node.http.split(":"))
