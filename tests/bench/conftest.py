"""A demo city in a process of its own, and clients of both doors."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import grpc
import httpx2
import pytest

from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub

START_SECONDS = 60


class City:
    """Where a running demo city answers, and its tokens."""

    def __init__(self, http, stub, tokens):
        self.http = http
        self.stub = stub
        self.tokens = tokens

    def metadata(self, persona):
        return [("authorization", f"Bearer {self.tokens[persona]}")]

    def ask(self, persona, query, **variables):
        """What GraphQL answers, parsed."""
        answer = self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.tokens[persona]}"},
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture(scope="session")
def city(tmp_path_factory):
    data = tmp_path_factory.mktemp("city")
    ports = {"http": "127.0.0.1:18480", "grpc": "127.0.0.1:15480"}
    command = [str(Path(sys.executable).parent / "ucs"), "demo", "--data", str(data)]
    environment = {"XDG_STATE_HOME": str(data / "state"), "PATH": str(Path(sys.executable).parent)}
    arguments = [part for name, address in ports.items() for part in (f"--{name}", address)]
    with subprocess.Popen([*command, *arguments], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(process, f"http://{ports['http']}/readyz")
            tokens = json.loads((data / "tokens.json").read_text("utf-8"))
            with (
                httpx2.Client(base_url=f"http://{ports['http']}", trust_env=False) as http,
                grpc.insecure_channel(ports["grpc"]) as channel,
            ):
                yield City(http, ResourceServiceStub(channel), tokens)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait(process, url):
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the demo city did not become ready within {START_SECONDS} s")
