"""An identity provider on a real HTTP server of loopback: it rotates, lies, hangs and breaks as a test wants it to."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from ucs_core.access.issuers import ExternalIssuer
from ucs_core.settings import IssuerSettings
from ucs_sdk import Unauthenticated, Unavailable

NOW = 1_800_000_000
AUDIENCE = "ucs"
KEYS = {
    "r1": rsa.generate_private_key(65537, 2048),
    "r2": rsa.generate_private_key(65537, 2048),
    "e1": ec.generate_private_key(ec.SECP256R1()),
    "d1": Ed25519PrivateKey.generate(),
}
JWKS = {
    "r1": RSAAlgorithm.to_jwk(KEYS["r1"].public_key(), as_dict=True),
    "r2": RSAAlgorithm.to_jwk(KEYS["r2"].public_key(), as_dict=True),
    "e1": ECAlgorithm.to_jwk(KEYS["e1"].public_key(), as_dict=True),
    "d1": OKPAlgorithm.to_jwk(KEYS["d1"].public_key(), as_dict=True),
}


class Provider:
    """What it publishes, how it answers, and its tokens."""

    now, audience, keys, jwks = NOW, AUDIENCE, KEYS, JWKS

    def __init__(self, tls=None):
        self.tls = tls
        self.published = ["r1", "e1", "d1"]
        self.asked = []
        self.was_asked = asyncio.Event()
        self.answer = None
        self.hang = None
        self.configuration = {}

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_):
        await self.stop()

    async def stop(self):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        self.was_asked.set()
        if self.hang is not None:
            await self.hang.wait()
        writer.write(self.answer or self._answered(path))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _answered(self, path):
        if path.endswith("/openid-configuration"):
            return http({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"} | self.configuration)
        return http({"keys": [JWKS[kid] | {"kid": kid} for kid in self.published]})

    def settings(self, **more):
        stated = {"issuer": self.url, "audience": AUDIENCE, "jwks_url": f"{self.url}/jwks"} | more
        return IssuerSettings(**stated)

    def token(self, kid="r1", key=None, alg="RS256", headers=None, **claims):
        stated = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "0-1-2",
            "iat": NOW,
            "exp": NOW + 600,
            "jti": "t1",
        } | claims
        stated = {name: value for name, value in stated.items() if value is not None}
        return jwt.encode(
            stated, key or KEYS[kid], algorithm=alg, headers={"typ": "at+jwt", "kid": kid} | (headers or {})
        )


def http(body, status="200 OK", headers=""):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n{headers}Connection: close\r\n\r\n".encode() + text


class Time:
    def __init__(self):
        self.passed = 0.0

    def elapsed(self):
        return self.passed

    def now(self):
        return NOW + self.passed


@pytest.fixture
def time():
    return Time()


@pytest.fixture
async def provider():
    async with Provider() as provider:
        yield provider


@pytest.fixture
async def secured(tmp_path):
    """A provider that answers over TLS, and the file with its certificate."""
    key, name = KEYS["e1"], x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider")])
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "provider.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    async with Provider(tls) as provider:
        yield provider, file


@pytest.fixture
async def issuer(provider, time):
    issuer = ExternalIssuer(provider.settings(), now=time.now, elapsed=time.elapsed)
    yield issuer
    await issuer.close()


@pytest.fixture
def refusal():
    """The reason why an issuer refuses a token."""

    async def refused(issuer, token):
        with pytest.raises((Unauthenticated, Unavailable)) as caught:
            await issuer.vouch(token)
        return caught.value.reason

    return refused


@pytest.fixture
def answer():
    """Makes the bytes of an answer over HTTP."""
    return http
