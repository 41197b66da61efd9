"""Promise 23: a token that is forged, stale or meant for somebody else gets nobody in, whoever issues tokens here.

Every vector goes to both doors of a node with the local issuer and an identity provider, whose keys come over real HTTP.
The twins verify signatures and nothing else, and take a key for whatever algorithm a token names.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.issuers import ExternalIssuer, TrustedIssuers
from ucs_core.access.thumbprints import thumbprint
from ucs_core.access.tokens import AUDIENCE, ISSUER, TokenVerifier, VerifiedToken
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.settings import IssuerSettings
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_sdk.errors import UcsError, Unauthenticated
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

REFUSALS = {
    "TOKEN_MISSING",
    "TOKEN_MALFORMED",
    "TOKEN_UNTRUSTED",
    "TOKEN_CLAIM_INVALID",
    "TOKEN_EXPIRED",
    "TOKEN_NOT_YET_VALID",
    "TOKEN_LIFETIME_INVALID",
    "SUBJECT_UNKNOWN",
    "PRINCIPAL_UNKNOWN",
}
PROVIDER_KEY, STRANGE_RSA = (rsa.generate_private_key(65537, 2048) for _ in range(2))
STRANGE_ED = Ed25519PrivateKey.generate()
FLIPS = 60
"""How many tokens with one changed character are tried of each issuer, in the short form."""


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(value: Any) -> str:
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def rs256(key: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@dataclass(kw_only=True)
class Forge:
    """Makes the tokens of one issuer, sound ones and others."""

    header: dict[str, Any]
    claims: dict[str, Any]
    sign: Callable[[bytes], bytes]
    strange: Callable[[bytes], bytes]
    public: bytes
    jwk: dict[str, Any]

    def token(self, header: Any = None, claims: Any = None, sign: Callable[[bytes], bytes] | None = None) -> str:
        """A token put together by hand. Changes of None take something away; bytes replace the whole."""
        parts = [_merged(self.header, header), _merged(self.claims, claims)]
        signed = ".".join(map(segment, parts))
        return f"{signed}.{encoded((sign or self.sign)(signed.encode()))}"

    def vectors(self) -> dict[str, str]:
        """What must not get anybody in."""
        return self._malformed() | self._headers() | self._claims() | self._times()

    def _malformed(self) -> dict[str, str]:
        head, body, signature = self.token().split(".")
        return {
            "a word": "token",
            "two parts": f"{head}.{body}",
            "four parts": f"{head}.{body}.{signature}.{signature}",
            "no signature": f"{head}.{body}.",
            "no claims": f"{head}..{signature}",
            "padding": f"{head}.{body}.{signature}==",
            "too large": self.token(claims={"note": "x" * 5100}),
            "a header that is no JSON": self.token(header=b"{not json"),
            "a header that is a list": self.token(header=b"[]"),
            "a header with alg twice": self.token(header=json.dumps(self.header)[:-1].encode() + b', "alg": "none"}'),
            "claims that are a list": self.token(claims=b"[1]"),
            "claims with sub twice": self.token(claims=json.dumps(self.claims)[:-1].encode() + b', "sub": "admin"}'),
            "the signature of another token": f"{head}.{body}.{self.token(claims={'jti': 'x'}).split('.')[2]}",
            "a signature cut short": f"{head}.{body}.{signature[:-8]}",
            "a claim changed": f"{head}.{segment(self.claims | {'sub': 'admin'})}.{signature}",
            "the header changed": f"{segment(self.header | {'typ': 'JWT'})}.{body}.{signature}",
            "an empty signature": f"{head}.{body}.AA",
        }

    def _headers(self) -> dict[str, str]:
        kid, changes = self.header["kid"], self.token
        return {
            "alg none": changes({"alg": "none"}),
            "alg none, unsigned": f"{segment(self.header | {'alg': 'none'})}.{segment(self.claims)}.AA",
            "alg None": changes({"alg": "None"}),
            "alg HS256 by the public key": changes({"alg": "HS256"}, sign=_hmac(self.public)),
            "alg HS256 by nothing": changes({"alg": "HS256"}, sign=_hmac(b"")),
            "alg HS512": changes({"alg": "HS512"}),
            "alg of another kind of key": changes({"alg": "ES256"}),
            "alg in other letters": changes({"alg": self.header["alg"].swapcase()}),
            "no alg": changes({"alg": None}),
            "alg a list": changes({"alg": [self.header["alg"]]}),
            "another key": changes(sign=self.strange),
            "an unknown kid": changes({"kid": "unknown"}),
            "an unknown kid and key": changes({"kid": "unknown"}, sign=self.strange),
            "no kid": changes({"kid": None}),
            "an empty kid": changes({"kid": ""}),
            "kid a path": changes({"kid": "../../dev/null"}),
            "kid a query": changes({"kid": f"{kid}' OR '1'='1"}),
            "kid a number": changes({"kid": 7}),
            "no typ": changes({"typ": None}),
            "typ JWT": changes({"typ": "JWT"}),
            "an ID token": changes({"typ": "id+jwt"}),
            "a logout token": changes({"typ": "logout+jwt"}),
            "crit": changes({"crit": ["exp"]}),
            "crit of what libraries know": changes({"crit": ["b64"], "b64": True}),
            "detached": changes({"crit": ["b64"], "b64": False}),
            "an embedded key": changes({"jwk": self.jwk}, sign=self.strange),
            "an embedded key without kid": changes({"jwk": self.jwk, "kid": None}, sign=self.strange),
            "a key by address": changes({"jku": "https://keys.example/"}, sign=self.strange),
            "a certificate by address": changes({"x5u": "https://keys.example/"}, sign=self.strange),
            "an embedded certificate": changes({"x5c": ["AAAA"]}),
            "compressed": changes({"zip": "DEF"}),
            "encrypted": changes({"enc": "A256GCM"}),
        }

    def _claims(self) -> dict[str, str]:
        now = self.claims["iat"]
        wrong: dict[str, list[Any]] = {
            "iss": [None, "urn:other", "", [self.claims["iss"]], f"{self.claims['iss']}/", 7],
            "aud": [None, "urn:other", "", ["urn:other"], {}, 7, True],
            "sub": [None, "", 7, ["ada"], "ada\n", "nobody-knows-them"],
            "jti": [None, "", 7, "two words"],
            "iat": [None, str(now), now + 0.5, True, [now]],
            "exp": [None, str(now + 60), now + 60.5, True, float("inf"), {}],
            "nbf": [str(now), [now], float("nan")],
        }
        return {f"{name} {value!r}": self.token(claims={name: value}) for name in wrong for value in wrong[name]}

    def _times(self) -> dict[str, str]:
        now = self.claims["iat"]
        changes: dict[str, dict[str, int]] = {
            "expired": {"iat": now - 100, "nbf": now - 100, "exp": now - 10},
            "long expired": {"iat": 1, "nbf": 1, "exp": 2},
            "not yet": {"nbf": now + 60},
            "issued tomorrow": {"iat": now + 86_400, "nbf": now, "exp": now + 90_000},
            "alive for a year": {"exp": now + 365 * 86_400},
            "alive for ever": {"exp": 10**30},
            "over before it begins": {"exp": now - 1},
            "beyond all clocks": {"iat": 10**30, "nbf": 0, "exp": 10**30 + 60},
            "before all clocks": {"iat": -(10**12), "nbf": -(10**12), "exp": -(10**12) + 60},
        }
        return {name: self.token(claims=claims) for name, claims in changes.items()}


def _merged(base: Mapping[str, Any], changes: Any) -> Any:
    if isinstance(changes, bytes):
        return changes
    return {name: value for name, value in (base | (changes or {})).items() if value is not None}


def _hmac(key: bytes) -> Callable[[bytes], bytes]:
    return lambda data: hmac.new(key, data, hashlib.sha256).digest()


def local_forge(key: Ed25519PrivateKey) -> Forge:
    now = int(time.time())
    return Forge(
        header={"alg": "EdDSA", "typ": "at+jwt", "kid": thumbprint(key.public_key())},
        claims={"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "nbf": now, "exp": now + 600, "jti": "t"},
        sign=key.sign,
        strange=STRANGE_ED.sign,
        public=key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        jwk=OKPAlgorithm.to_jwk(STRANGE_ED.public_key(), as_dict=True),
    )


def provider_forge(issuer: str) -> Forge:
    now = int(time.time())
    return Forge(
        header={"alg": "RS256", "typ": "at+jwt", "kid": "r1"},
        claims={"iss": issuer, "aud": "ucs", "sub": "0-1-2", "iat": now, "exp": now + 600, "jti": "t"},
        sign=rs256(PROVIDER_KEY),
        strange=rs256(STRANGE_RSA),
        public=PROVIDER_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        jwk=RSAAlgorithm.to_jwk(STRANGE_RSA.public_key(), as_dict=True),
    )


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """The address of an identity provider that publishes one key."""
    published = RSAAlgorithm.to_jwk(PROVIDER_KEY.public_key(), as_dict=True) | {"kid": "r1"}
    body = json.dumps({"keys": [published]})

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


class Unclaimed(TokenVerifier):
    """The twin: a signature that holds is all it asks for."""

    def _check(self, claims: dict[str, Any], key_id: str) -> VerifiedToken:
        return VerifiedToken(
            principal=str(claims.get("sub")) if self.profile.own else None,
            issuer=self.profile.issuer,
            subject=str(claims.get("sub")),
            key=key_id,
            issued_at=datetime.now(UTC),
            expires_at=datetime.max.replace(year=9000, tzinfo=UTC),
            token_id="-",
        )


class Credulous(TokenVerifier):
    """The twin: it lets the library read the token, by whatever algorithm its header names."""

    def verify(self, token: str) -> VerifiedToken:
        try:
            return self._check(jwt.decode(token, options={"verify_signature": False}), "-")
        except jwt.PyJWTError as cause:
            raise Unauthenticated("TOKEN_MALFORMED") from cause


@asynccontextmanager
async def gates(
    open_nodes: Any, database: str, provider: str, verifier: type[TokenVerifier] = TokenVerifier
) -> AsyncIterator[tuple[Any, list[Forge]]]:
    """Both doors of a node that believes two issuers, and what forges tokens of each. Only `ada` has a way in."""
    key = Ed25519PrivateKey.generate()
    settings = IssuerSettings(issuer=provider, audience="ucs", jwks_url=f"{provider}/keys")
    external = ExternalIssuer(settings, now=time.time, elapsed=time.monotonic)
    if verifier is not TokenVerifier:
        external._verifier = verifier({}, external._verifier.profile)
    local = verifier({thumbprint(key.public_key()): key.public_key()})

    def build(store: Any, _: Any) -> Any:
        return build_platform(store, TrustedIssuers(local, [external]), origin="here")

    async with open_nodes(database, build=build) as [node]:
        top = NewOrganization(
            id="3702",
            parent=None,
            title=Bilingual(zh="青岛", en="Qingdao"),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DIVISION,
        )
        people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization="3702") for id in ("admin", "ada")]
        await found(node.store, system_clock, "here", [top], people[0])
        bound = people[1].model_dump(mode="json") | {"subject": {"issuer": provider, "subject": "0-1-2"}}
        await node.platform.administration.put_principals(Call(principal="admin"), [bound])
        async with node.doors() as doors:
            doors._token = lambda text: text
            yield doors, [local_forge(key), provider_forge(provider)]
        await external.close()


async def heard(doors: Any, token: str) -> list[str]:
    """What each door says to a token: the reason of its refusal, or who it takes the caller for."""
    answers = []
    try:
        answers.append((await doors.graphql(token, "{ viewer { id } }"))["viewer"]["id"])
    except UcsError as refusal:
        answers.append(refusal.reason)
    try:
        await doors.rpc(token, ResourceServiceStub, "List", api.ListResourcesRequest())
        answers.append("resources")
    except UcsError as refusal:
        answers.append(refusal.reason)
    return answers


async def violations(doors: Any, vectors: Mapping[str, str], findings: Any) -> list[str]:
    found = []
    for name, token in vectors.items():
        findings.tried += 2
        answers = await heard(doors, token)
        found += [f"{name}: {answer}" for answer in answers if answer not in REFUSALS]
        if len(set(answers)) > 1:
            found.append(f"{name}: the doors disagree: {answers}")
    return found


def flipped(forge: Forge, findings: Any, count: int) -> dict[str, str]:
    """Sound tokens with one character changed."""
    random, token = findings.random("flips", forge.header["alg"]), forge.token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    changed = {}
    for at in random.choices(range(len(token)), k=count):
        other = random.choice(alphabet.replace(token[at], ""))
        changed[f"{at} {other}"] = token[:at] + other + token[at + 1 :]
    return changed


async def test_no_forged_stale_or_misaimed_token_passes(database, open_nodes, provider, findings):
    async with gates(open_nodes, database, provider) as (doors, forges):
        for forge in forges:
            assert await heard(doors, forge.token()) == ["principals/ada", "resources"]
            vectors = forge.vectors()
            assert len(vectors) >= 60
            findings.faults += len(vectors)
            findings.expect_none(await violations(doors, vectors, findings))
            flips = flipped(forge, findings, FLIPS * findings.effort)
            findings.expect_none(await violations(doors, flips, findings))
            # What was refused has not spoilt what is sound.
            assert await heard(doors, forge.token()) == ["principals/ada", "resources"]


async def test_no_issuer_passes_for_another(database, open_nodes, provider, findings):
    async with gates(open_nodes, database, provider) as (doors, [local, external]):
        crossed = {
            "the provider names a principal": external.token(claims=local.claims),
            "the provider claims to be local": external.token(claims={"iss": ISSUER, "aud": AUDIENCE, "sub": "admin"}),
            "the local key signs for the provider": local.token(claims=external.claims),
            "the local key under the provider's name": local.token({"kid": "r1"}, external.claims),
            "the provider's key under the local name": external.token({"kid": local.header["kid"]}, local.claims),
            "a subject that is a principal's id": external.token(claims={"sub": "ada"}),
            "a subject in other letters": external.token(claims={"sub": "0-1-2 "}),
        }
        findings.expect_none(await violations(doors, crossed, findings))


@pytest.mark.parametrize("twin", [Unclaimed, Credulous])
async def test_a_verifier_that_decodes_without_claims_is_caught(sqlite_url, open_nodes, provider, findings, twin):
    async with gates(open_nodes, sqlite_url, provider, twin) as (doors, forges):
        for forge in forges:
            caught = await violations(doors, forge.vectors(), findings)
            findings.expect_caught(f"{twin.__name__} {forge.header['alg']}", caught)
