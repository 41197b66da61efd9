"""Promise 25: no secret in any answer, log line, trace, metric or error.

Canaries are planted wherever a secret can be, both doors are driven through success and failure, and every byte that
comes out is searched. Who may see what:

- tokens, keys, passwords, the environment, headers and what exceptions say: nobody, in no answer, metric or log entry;
- contents: those who may read them, and auditors in the log's bodies; never the operator's log, never anybody else;
- what exceptions say: the gist of it in the operator's log.
"""

from __future__ import annotations

import base64
import json
import secrets
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from ucs.registry.v1 import organization_service_pb2 as organizations_api
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.platform import Call, Platform, build_platform
from ucs_registry.sql import open_store
from ucs_registry.sql.urls import dialect_of

NEVER = ("token", "key", "password", "environment", "header")
"""What nobody is told, anywhere."""

CONTENTS = ("content", "draft")
STRANGERS = ("roads", "outsider", None)
"""Who may not see the contents."""

READING = ("read", "resource", "select", "visible")
WRITING = ("write", "save", "commit")
KINDS = [
    "RuntimeError",
    "ValueError",
    "TypeError",
    "KeyError",
    "AssertionError",
    "LookupError",
    "TimeoutError",
    "ConnectionError",
    "RecursionError",
    "OSError",
    "UnicodeError",
    "OperationalError",
    "ProgrammingError",
    "IntegrityError",
    "ExceptionGroup",
    "ValidationError",
    "cause",
]
"""The ways to fail that `faulty` knows."""

INSIDE = (
    b"Traceback",
    b"sqlalchemy",
    b"psycopg",
    b"sqlite3",
    b"site-packages",
    b'File "',
    b"SELECT ",
    b"INSERT ",
    b"0x7f",
)
"""What nobody outside learns of how a node is made, beside the canaries."""


@dataclass
class Vault:
    """The canaries, by kind."""

    planted: dict[str, list[str]] = field(default_factory=dict)

    def plant(self, kind: str) -> str:
        """A fresh canary."""
        return self.keep(kind, f"zq{kind}{secrets.token_hex(8)}")

    def keep(self, kind: str, text: str) -> str:
        """A secret that is there already."""
        self.planted.setdefault(kind, []).append(text)
        return text

    def forms(self, kinds: tuple[str, ...]) -> dict[bytes, str]:
        """How the canaries of some kinds may sing: plainly, in base64, and in hexadecimal digits."""
        forms = {}
        for kind in kinds:
            for text in map(str.encode, self.planted.get(kind, ())):
                forms |= dict.fromkeys((text, base64.b64encode(text).rstrip(b"=")[:-1], text.hex().encode()), kind)
        return forms

    def found(self, heard: bytes, kinds: tuple[str, ...]) -> set[str]:
        """The kinds of canaries that sing in some bytes."""
        return {kind for form, kind in self.forms(kinds).items() if form in heard}

    def __len__(self) -> int:
        return sum(map(len, self.planted.values()))


class Ears:
    """Calls at both doors, and hears every byte of what is said."""

    def __init__(self, city, node, vault: Vault) -> None:
        self._node = node
        self._tokens = {
            who: vault.keep("token", city.token(who)) for who in ("admin", "editor", "auditor", "roads", "outsider")
        }
        self._more = {name: vault.plant("header") for name in ("cookie", "x-api-key", "proxy-authorization", "x-trace")}
        self._query = vault.plant("header")
        self.heard: list[tuple[str | None, str, bytes]] = []
        self._channel = grpc.insecure_channel(node.grpc)
        self._http = httpx2.Client(base_url=f"http://{node.http}", trust_env=False, timeout=30)

    def close(self) -> None:
        self._channel.close()
        self._http.close()

    def check_health(self) -> None:
        self.call(None, "Check", HealthCheckRequest(), HealthStub)

    def _note(self, who: str | None, what: str, *said: object) -> None:
        self.heard.append(
            (who, what, "\n".join(text if isinstance(text, str) else repr(text) for text in said).encode())
        )

    def fetch(self, path: str, who: str | None = None, method: str = "GET", **given: Any) -> None:
        headers = dict(self._more)
        if who:
            headers["authorization"] = f"Bearer {self._tokens[who]}"
        answer = self._http.request(method, f"{path}?access_token={self._query}", headers=headers, **given)
        self._note(who, f"{method} {path}", str(answer.status_code), repr(answer.headers.raw), answer.text)

    def ask(self, who: str | None, query: str, **variables: Any) -> None:
        self.fetch("/graphql", who, "POST", json={"query": query, "variables": variables})

    def call(self, who: str | None, method: str, request: Any, stub: type = ResourceServiceStub) -> None:
        metadata = [*self._more.items()]
        if who:
            metadata.append(("authorization", f"Bearer {self._tokens[who]}"))
        sent = iter([request]) if method == "Import" else request
        try:
            answer, call = getattr(stub(self._channel), method).with_call(sent, metadata=metadata, timeout=30)
            self._note(who, method, str(answer), *call.initial_metadata(), *call.trailing_metadata())
        except grpc.RpcError as refused:
            trailing = [*(refused.initial_metadata() or ()), *(refused.trailing_metadata() or ())]
            self._note(who, method, refused.code().name, refused.details(), refused.debug_error_string(), *trailing)


SHOWN = (
    "id code etag tags availabilityReason title { zh en } summary { zh en } contact spec "
    "head { number reason content { title { zh } summary { zh } tags contact spec } }"
)


def look_around(ears: Ears, who: str | None, names: list[str]) -> None:
    """Everything that can be asked."""
    for name in names:
        ears.ask(who, f"query($id: ID!) {{ resource(id: $id) {{ {SHOWN} }} }}", id=name)
        ears.ask(who, "query($id: ID!) { why(action: read, resource: $id) { allowed reason } }", id=name)
        ears.call(who, "Get", api.GetResourceRequest(name=name))
    for search in (None, "zqdraft", "zqcontent", "积水"):
        ears.ask(who, f"query($s: String) {{ resources(search: $s) {{ totalCount nodes {{ {SHOWN} }} }} }}", s=search)
        ears.call(
            who, "List", api.ListResourcesRequest(filter={"search": search} if search else None, include_counts=True)
        )
    ears.ask(who, "{ log(first: 200) { nodes { actor object body } } }")
    ears.ask(who, "{ viewer { id } organizations { nodes { id } } __schema { types { name } } }")
    ears.call(who, "List", organizations_api.ListOrganizationsRequest(), OrganizationServiceStub)
    for path in ("/healthz", "/readyz", "/metrics", "/", "/explorer", "/nothing", "/graphql"):
        ears.fetch(path, who)


def meddle(ears: Ears, who: str | None, name: str, forms, tag: str) -> None:
    """Everything that can be done, and is refused to most."""
    create = "mutation($i: CreateResourceInput!) { createResource(input: $i) { id } }"
    ears.ask(who, create, i=forms.variable(f"QD-{tag}-1"))
    ears.ask(who, create, i=forms.variable("QD-SECRET-0"))
    ears.ask(
        who, f'mutation {{ updateResource(id: "{name}", etag: "v1", content: {{ contact: "x" }}) {{ id contact }} }}'
    )
    ears.ask(who, f'mutation {{ approveResource(id: "{name}", etag: "v1") {{ {SHOWN} }} }}')
    ears.ask(who, f'mutation {{ takeOffline(id: "{name}", reason: "x") {{ id }} }}')
    ears.ask(who, "{ nonsense }")
    ears.call(who, "Create", api.CreateResourceRequest(resource=forms.message(f"QD-{tag}-2"), request_id=f"r{tag}"))
    ears.call(who, "Submit", api.SubmitResourceRequest(name=name))
    ears.call(who, "Reject", api.RejectResourceRequest(name=name, reason="x", etag="v1"))
    ears.call(who, "Import", api.ImportResourcesRequest())


async def publish_secrets(city, vault: Vault, forms) -> list[str]:
    """Resources that strangers may not read, and drafts of some that they may; their names."""
    store = await open_store(city.url)
    platform, names = build_platform(store, city.issuer.verifier(), origin="test"), []
    for number in range(4):
        restricted = {"share_type": "none", "denial_basis": "GB/T 1", "data_level": "l4"}
        content = restricted | {"contact": vault.plant("content"), "spec": spec_with(vault.plant("content"))}
        names.append((await online(platform, forms.plain(f"QD-SECRET-{number}", **content))).name)
    for number in range(3):
        shown = await online(platform, forms.plain(f"QD-OPEN-{number}"))
        names.append(shown.name)
        await platform.resources.update(Call(principal="editor"), shown.name, draft(vault), shown.etag)
    await store.close()
    return names


def spec_with(text: str) -> dict[str, Any]:
    return {"items": [{"name": "depth", "title": text, "data_type": "decimal"}]}


def draft(vault: Vault) -> dict[str, Any]:
    return {
        "title": {"zh": vault.plant("draft"), "en": vault.plant("draft")},
        "summary": {"zh": vault.plant("draft"), "en": "x"},
        "tags": [vault.plant("draft")],
        "contact": vault.plant("draft"),
        "spec": spec_with(vault.plant("draft")),
    }


async def online(platform: Platform, resource: dict[str, Any]) -> Any:
    """Enter a resource and lead it online."""
    verbs = platform.resources
    made = await verbs.create(Call(principal="editor"), resource)
    made = await verbs.submit(Call(principal="editor"), made.name)
    made = await verbs.approve(Call(principal="reviewer"), made.name, made.etag)
    return await verbs.bring_online(Call(principal="operator"), made.name)


@dataclass
class Faults:
    """Orders the faults of the node's store."""

    file: Path
    vault: Vault
    injected: int = 0

    def order(self, where: str, kind: str = "") -> None:
        text = self.vault.plant("fault") if where else ""
        self.file.write_text(json.dumps({"where": where, "kind": kind, "text": text}), "utf-8")
        self.injected += bool(where)


def fail_inside(ears: Ears, faults: Faults, name: str, forms, kinds: list[str]) -> None:
    """Calls into a store that fails in every way at every place."""
    for number, kind in enumerate(kinds):
        for where in READING:
            faults.order(where, kind)
            ears.ask(
                "editor", "query($id: ID!) { resource(id: $id) { id } resources { totalCount nodes { id } } }", id=name
            )
            ears.call("editor", "Get", api.GetResourceRequest(name=name))
            ears.call("editor", "List", api.ListResourcesRequest())
        for where in WRITING:
            faults.order(where, kind)
            create = "mutation($i: CreateResourceInput!) { createResource(input: $i) { id } }"
            ears.ask("editor", create, i=forms.variable(f"QD-F{number}-{where}"))
            ears.call("editor", "Create", api.CreateResourceRequest(resource=forms.message(f"QD-G{number}-{where}")))
        faults.order("ping", kind)
        ears.fetch("/readyz")
        ears.check_health()
    faults.order("")


def violations_of(ears: Ears, vault: Vault, folder: Path) -> list[str]:
    """What was said to somebody who should not have heard it."""
    found = []
    for strangers in (True, False):
        heard = [(who, what, said) for who, what, said in ears.heard if (who in STRANGERS) is strangers]
        forbidden = vault.forms((*NEVER, "fault", *(CONTENTS if strangers else ())))
        forbidden |= dict.fromkeys((*INSIDE, str(folder).encode()), "trace of what is inside")
        everything = b"\n".join(said for _, _, said in heard)
        for form in (form for form in forbidden if form in everything):
            found += [f"{what} told {who} a {forbidden[form]}" for who, what, said in heard if form in said]
    return found


async def logged(city, vault: Vault) -> list[str]:
    """What the platform's log holds and should not."""
    texts = [json.dumps(entry.header()) + (entry.body or "") for entry in await city.entries()]
    return [f"the log holds a {kind}" for kind in vault.found("".join(texts).encode(), (*NEVER, "fault"))]


def said_by_the_process(node, vault: Vault) -> list[str]:
    return [f"the process has written a {kind}" for kind in vault.found(node.output.encode(), (*NEVER, *CONTENTS))]


def plant_keys(city, vault: Vault) -> None:
    """What is in the file of the issuer's key, and the raw key."""
    pem = (city.folder / "key.pem").read_bytes()
    vault.keep("key", pem.decode().splitlines()[1])
    raw = load_pem_private_key(pem, None).private_bytes_raw()
    vault.keep("key", base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
    vault.keep("key", raw.hex())


@asynccontextmanager
async def failing(city, forms, grown: str = "faulty"):
    """A node whose store may be told to fail, its canaries, and the names of the resources with contents to hide."""
    vault = Vault()
    names = await publish_secrets(city, vault, forms)
    plant_keys(city, vault)
    faults = Faults(city.folder / "faults.json", vault)
    faults.order("")
    variables = ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "SMTP_PASSWORD", "API_TOKEN", "SSH_AUTH_SOCK")
    environment = {name: vault.plant("environment") for name in variables}
    url = city.url.replace("postgres:@", f"postgres:{vault.plant('password')}@")
    node = city.node(
        grown=grown, FAULTS_AT=str(faults.file), UCS_DATABASE_URL=url, UCS_LAME_DUCK_SECONDS="0", **environment
    )
    node.start()
    await node.answers()
    ears = Ears(city, node, vault)
    try:
        yield node, ears, vault, faults, names
    finally:
        ears.close()
    if not node.ended.done():
        node.send(signal.SIGKILL)
        await node.exit_code()


@pytest.fixture
async def faulty(city, forms):
    async with failing(city, forms) as planted:
        yield planted


async def test_no_secret_is_told(city, faulty, forms, findings):
    node, ears, vault, faults, names = faulty
    for who in ("admin", "editor", "auditor", *STRANGERS):
        look_around(ears, who, names)
        meddle(ears, who, names[0], forms, who or "nobody")
    fail_inside(ears, faults, names[0], forms, KINDS)
    look_around(ears, "roads", names)
    node.send(signal.SIGTERM)
    assert await node.exit_code() == 0
    findings.tried, findings.faults = len(ears.heard), faults.injected
    assert len(vault) >= 50
    # The operator is told the gist, so the faults were met.
    assert sum(text in node.output for text in vault.planted["fault"]) > faults.injected // 2
    # Those who may read the contents have heard them: the ears are not deaf.
    assert vault.found(b"".join(said for _, _, said in ears.heard), CONTENTS) == set(CONTENTS)
    findings.expect_none(
        [*violations_of(ears, vault, city.folder), *said_by_the_process(node, vault), *await logged(city, vault)]
    )


async def test_a_database_that_fails_is_not_quoted(city, faulty, forms, findings):
    node, ears, vault, _, names = faulty
    engine = dialect_of(city.url).migration_engine()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE revisions RENAME TO revisions_elsewhere")
        connection.exec_driver_sql("ALTER TABLE grants RENAME TO grants_elsewhere")
    engine.dispose()
    for who in ("editor", "roads"):
        look_around(ears, who, names)
    contents = {"contact": vault.plant("content"), "spec": spec_with(vault.plant("content"))}
    ears.call("editor", "Create", api.CreateResourceRequest(resource=forms.message("QD-LOST-1", **contents)))
    create = "mutation($i: CreateResourceInput!) { createResource(input: $i) { id } }"
    ears.ask("editor", create, i=forms.variable("QD-LOST-2", **contents))
    findings.tried = len(ears.heard)
    findings.faults = sum(b"STORE_FAILED" in said for _, _, said in ears.heard)
    assert findings.faults
    findings.expect_none([*violations_of(ears, vault, city.folder), *said_by_the_process(node, vault)])


async def test_the_libraries_own_words_are_found_telling_secrets(city, forms, findings):
    async with failing(city, forms, "outspoken") as (node, ears, vault, faults, names):
        fail_inside(ears, faults, names[0], forms, KINDS[:3])
        node.send(signal.SIGKILL)
        await node.exit_code()
        told = violations_of(ears, vault, city.folder)
        findings.expect_caught("strawberry's own errors", [line for line in told if "graphql" in line])
        findings.expect_caught("grpc's own errors", [line for line in told if "Get" in line])
        findings.expect_caught("structlog's own tracebacks", said_by_the_process(node, vault))
