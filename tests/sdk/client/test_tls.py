"""TLS: a token goes to whom the named authority vouches for, and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ucs_core.grpc.gate import Gate
from ucs_core.grpc.server import add_services
from ucs_core.settings import Settings
from ucs_sdk import Unavailable


def certificate():
    """A certificate that vouches for this machine and for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ucs test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM), secret


@pytest.fixture
async def vouched(served, tmp_path):
    """The same city behind TLS: its address, and the file of its authority."""
    shown, secret = certificate()
    settings = Settings(grpc="127.0.0.1:0", http="127.0.0.1:0")
    server = grpc.aio.server()
    add_services(Gate(served.platform, settings).before(server), served.platform, settings)
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(secret, shown)]))
    await server.start()
    file = tmp_path / "authority.pem"
    file.write_bytes(shown)
    served.address = f"127.0.0.1:{port}"
    yield file
    await server.stop(0)


async def test_whom_the_authority_vouches_for_is_called(served, vouched):
    async with served.asynchronous(tls=vouched) as client:
        assert await client.operations("ledger")


@pytest.mark.parametrize("tls", [True, False])
async def test_nobody_else_is(served, vouched, tls):
    async with served.asynchronous(tls=tls, seconds=0.3) as client:
        with pytest.raises(Unavailable):
            await client.operations("ledger")
