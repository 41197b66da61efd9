"""A demo city in a process of its own with clients of both doors, and made-up states of access of any size."""

import json
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from urllib.error import URLError
from urllib.request import urlopen

import grpc
import httpx2
import pytest

from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access import PolicyRow, RoleAssignment, ready_rules
from ucs_registry.organizations import Bilingual, Organization
from ucs_registry.principals import Principal
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import Cell
from ucs_sdk import (
    Availability,
    DataLevel,
    OpenType,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ShareType,
)

START_SECONDS = 60
LINKED = ("editor", "reviewer", "operator", "auditor", "organization_administrator")


class Access:
    """States of access: a tree of eight children each, people at home all over it, and as many rows as are asked for."""

    @staticmethod
    def tree(owners):
        return [_organization(number) for number in range(owners)]

    @staticmethod
    def people(count, owners):
        return [
            Principal(id=f"p{number}", kind=PrincipalKind.PERSON, title="P", organization=f"o{number % owners}")
            for number in range(count)
        ]

    @staticmethod
    def attributes(number, owner=None):
        return AccessAttributes(
            owner=f"o{number % 2000}" if owner is None else owner,
            kind=tuple(ResourceKind)[number % 4],
            type=f"type_{number % 7}",
            share_type=tuple(ShareType)[number % 3],
            data_level=tuple(DataLevel)[number // 3 % 4],
            open_type=OpenType.NONE,
            state=tuple(Availability)[number // 5 % 4],
        )

    @classmethod
    def lines(cls, count):
        """So many policies beside the ready ones; `p0` holds ten of the twenty roles that they speak of."""
        rules = [
            PolicyRow(
                id=f"row-{number}",
                role=f"role_{number % 20}",
                relation=("own", "subtree", "any")[number % 3],
                type=f"type_{number}",
                action="read",
                effect="deny" if number % 10 == 0 else "allow",
            ).to_rule()
            for number in range(count)
        ]
        held = [
            RoleAssignment(id=f"role-{number}", principal="p0", role=f"role_{number}", anchor=f"o{number}").to_rule()
            for number in range(10)
        ]
        return {
            "organizations": cls.tree(2323),
            "principals": cls.people(1, 2323),
            "rules": [*ready_rules(), *rules, *held],
        }

    @classmethod
    def links(cls, count, owners, people=3000):
        """So many role assignments over a tree, under the ready policies."""
        rules = [
            RoleAssignment(
                id=f"link-{number}",
                principal=f"p{number % people}",
                role=LINKED[number % len(LINKED)],
                anchor=f"o{number * 7 % owners}",
            ).to_rule()
            for number in range(count)
        ]
        return {
            "organizations": cls.tree(owners),
            "principals": cls.people(people, owners),
            "rules": [*ready_rules(), *rules],
        }

    @classmethod
    def holdings(cls, resources, owners):
        """Cells for so many resources, and how many each holds: an owner's are of a few sorts, most of them alike."""
        chance, counts = Random(3702), {}
        for _ in range(resources):
            owner = int(owners * chance.random() ** 2)
            key = owner, (owner * 7 + int(12 * chance.random() ** 2)) % 60
            counts[key] = counts.get(key, 0) + 1
        cells = [
            Cell(number=number, attributes=cls.attributes(sort, owner=f"o{owner}"))
            for number, (owner, sort) in enumerate(counts)
        ]
        return cells, dict(enumerate(counts.values()))


def _organization(number):
    return Organization(
        id=f"o{number}",
        parent=f"o{(number - 1) // 8}" if number else None,
        title=Bilingual(zh="机构", en="Organisation"),
        level=OrganizationLevel.CITY,
        kind=OrganizationKind.DEPARTMENT,
        number=number,
        path="/",
    )


@pytest.fixture(scope="session")
def access():
    """Makes states of access."""
    return Access


@pytest.fixture
def row(benchmark):
    """Tells a row of the table that `make bench` prints; see `figures.benchmarks`.

    Without `ours` it is the benchmark's own median. With `theirs`, which was measured in turns with it, `target` is the least
    ratio; without, the worst that ours may be.
    """

    def tell(name, ours=None, theirs=None, *, unit="ms", better="lower", target=None):
        told = {"name": name, "ours": ours, "theirs": theirs, "unit": unit, "better": better, "target": target}
        benchmark.extra_info.setdefault("rows", []).append(told)

    return tell


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
    command = [str(Path(sys.executable).parent / "ucs"), "demo", "--size", "small", "--data", str(data)]
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
