"""An answer goes out whole: its body does not wait until the client has acknowledged its head."""

import time

import httpx2

from ucs_core.app import running
from ucs_core.settings import Settings

WAITED_SECONDS = 0.03
"""Less than what a client takes to acknowledge what it hopes to acknowledge together with its next request: 40 ms."""


async def test_answers_on_one_connection_do_not_wait_for_acknowledgements(sqlite_url, tmp_path):
    settings = Settings(
        database_url=sqlite_url,
        key_file=tmp_path / "key.pem",
        http="127.0.0.1:0",
        grpc="127.0.0.1:0",
        lame_duck_seconds=0,
    )
    taken = []
    async with running(settings) as node, httpx2.AsyncClient(base_url=f"http://{node.http}") as http:
        for _ in range(8):
            began = time.perf_counter()
            assert (await http.get("/healthz")).status_code == 200
            taken.append(time.perf_counter() - began)
    # The first connection of all is acknowledged at once, and a neighbour may slow down some of the others.
    assert sorted(taken[1:])[2] < WAITED_SECONDS
