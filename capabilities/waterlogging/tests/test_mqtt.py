"""MQTT by a real broker: what it brings is kept and then acknowledged, and what was not kept it brings again."""

import asyncio
import json
import os
import shutil
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
from aiomqtt import Client, MqttError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ucs_capability_waterlogging.broker import PACKET_MOST, Listener, listen, observation_of
from ucs_sdk import Conflict, UcsError, Unavailable
from ucs_sdk.testing import FakeContext, Rehearsal

POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1"}, {"device": "L2"}],
}
SECONDS = 20.0
"""How long a test waits before it fails rather than hangs."""

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin") or shutil.which("mosquitto")
broker_needed = pytest.mark.skipif(MOSQUITTO is None, reason="there is no mosquitto here; `make test` says why")


class Broker:
    """A real broker on a port of its own."""

    def __init__(self, folder, *lines):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._file = folder / f"{self.port}.conf"
        # Started by root, it would become somebody who may not read the files of a test.
        root = ["user root"] if os.geteuid() == 0 else []
        self._file.write_text("\n".join((f"listener {self.port} 127.0.0.1", *root, *lines)) + "\n")

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            MOSQUITTO, "-c", self._file, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        while b"running" not in (line := await self._process.stderr.readline()):
            assert line, "the broker does not start"
        self._read = asyncio.create_task(self._process.stderr.read())
        return self

    async def __aexit__(self, *_):
        await self.stop()

    async def stop(self):
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
            await self._read

    def client(self, **more):
        return Client("127.0.0.1", self.port, **more)


@pytest.fixture
async def broker(tmp_path):
    async with Broker(tmp_path, "allow_anonymous true") as running:
        yield running


def on_stage(broker, **settings):
    stage = Rehearsal(__file__)
    stage.call("waterlogging.register", POINT)
    stage.context.settings |= {"mqtt_host": "127.0.0.1", "mqtt_port": broker.port} | settings
    return stage


@asynccontextmanager
async def listening(stage, listener=Listener):
    """A task that listens; the block begins when it has subscribed."""
    ready, stage.kept = asyncio.Event(), asyncio.Event()

    class Ready(listener):
        async def subscribe(self, *args, **more):
            granted = await super().subscribe(*args, **more)
            ready.set()
            return granted

        async def _keep(self, messages):
            await super()._keep(messages)
            stage.kept.set()

    task = asyncio.create_task(listen(stage.context, Ready))
    waits = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, waits}, return_when=asyncio.FIRST_COMPLETED)
        yield task
    finally:
        task.cancel()
        waits.cancel()
        await asyncio.gather(task, waits, return_exceptions=True)


def reading(stage, depth):
    return json.dumps({"result": depth, "phenomenonTime": stage.context.clock.now().isoformat()})


async def publish(broker, topic, payload, **more):
    async with broker.client(**more) as device:
        await device.publish(topic, payload, qos=1)


async def until(stage, device, depth):
    """Wait until a device's depth is kept."""
    while kept(stage)[device] != depth:
        stage.kept.clear()
        await stage.kept.wait()


def kept(stage):
    return {each["device"]: each["depth_cm"] for each in stage.records("places")["QD-RJ"]["sensors"]}


def said(topic, payload):
    return SimpleNamespace(topic=SimpleNamespace(value=topic), payload=payload)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("ucs/qd/QD-RJ/L1:depth", b"{"),
        ("ucs/qd/QD-RJ/L1:depth", b"[1]"),
        ("ucs/qd/QD-RJ/L1:depth", b'{"result": 5}'),
        ("ucs/qd/QD-RJ/L1:depth", b"[" * 5_000),
        ("ucs/qd/QD-RJ/L1:wind", b'{"result": 5, "phenomenonTime": "2026-07-01T00:00:00Z"}'),
        ("", b'{"result": 5, "phenomenonTime": "2026-07-01T00:00:00Z"}'),
        ("a/../L1:depth", b'{"result": 5, "phenomenonTime": "2026-07-01T00:00:00Z"}'),
    ],
)
def test_what_is_published_there_may_be_anything(topic, payload):
    assert observation_of(said(topic, payload)) is None


def test_a_topic_says_what_a_value_is_of():
    found = observation_of(said("a/QD-RJ/L1:rain", b'{"result": 5, "phenomenonTime": "2026-07-01T00:00:00Z"}'))
    assert (found.point, found.device, found.observed) == ("QD-RJ", "L1", "rain")


@broker_needed
async def test_a_reading_is_kept_and_one_that_comes_twice_changes_nothing(broker):
    stage = on_stage(broker)
    async with asyncio.timeout(SECONDS), listening(stage):
        await publish(broker, "ucs/qd/QD-RJ/L1:depth", reading(stage, 12))
        await until(stage, "L1", 12.0)
        told = len(stage.emitted)
        await publish(broker, "ucs/qd/QD-RJ/L1:depth", reading(stage, 12))
        await publish(broker, "ucs/qd/QD-RJ/L2:depth", reading(stage, 3))
        await until(stage, "L2", 3.0)
        assert (kept(stage)["L1"], len(stage.emitted)) == (12.0, told)


@broker_needed
async def test_what_is_not_understood_or_too_long_is_left_and_the_rest_goes_on(broker):
    stage = on_stage(broker)
    async with asyncio.timeout(SECONDS), listening(stage):
        await publish(broker, "ucs/qd/QD-RJ/L1", "?")
        await publish(broker, "ucs/qd/QD-RJ/L1:depth", " " * PACKET_MOST + reading(stage, 5))
        await publish(broker, "ucs/qd/QD-RJ/L2:depth", reading(stage, 9))
        await until(stage, "L2", 9.0)
    assert kept(stage)["L1"] is None
    assert ("warning", "mqtt_not_understood") in [line[:2] for line in stage.context.state.logged]


class Hasty(Listener):
    """The twin: it acknowledges before it keeps."""

    async def _keep(self, messages):
        self._acknowledge(messages)
        await super()._keep(messages)


async def comes_again(broker, listener):
    """Whether a reading that could not be kept is brought again to whoever listens next."""
    stage = on_stage(broker, mqtt_client=listener.__name__)
    right, tried = stage.context.unit, []

    def contended():
        tried.append(1)
        raise Conflict("RECORDS_CONTENDED", object="test", attempts=1)

    stage.context.unit = contended
    async with listening(stage, listener) as task:
        await publish(broker, "ucs/qd/QD-RJ/L1:depth", reading(stage, 12))
        await asyncio.wait({task})
        assert isinstance(task.exception(), UcsError)
    assert len(tried) == 3
    stage.context.unit = right
    async with listening(stage, listener):
        # What is brought again comes before what comes now.
        await publish(broker, "ucs/qd/QD-RJ/L2:depth", reading(stage, 3))
        await until(stage, "L2", 3.0)
    return kept(stage)["L1"] == 12.0


@broker_needed
async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(broker):
    async with asyncio.timeout(SECONDS):
        assert await comes_again(broker, Listener)
        assert not await comes_again(broker, Hasty)


@broker_needed
async def test_a_user_without_the_right_password_is_refused_and_told_why(tmp_path):
    passwords = tmp_path / "passwords"
    made = await asyncio.create_subprocess_exec("mosquitto_passwd", "-c", "-b", passwords, "ucs", "right")
    assert await made.wait() == 0
    async with (
        asyncio.timeout(SECONDS),
        Broker(tmp_path, "allow_anonymous false", f"password_file {passwords}") as broker,
    ):
        stage = on_stage(broker, mqtt_user="ucs")
        for secrets in ({}, {"mqtt_password": "wrong"}):
            stage.context = FakeContext(settings=stage.context.settings, secrets=secrets)
            with pytest.raises(Unavailable, match=r"refuses the connection: .*Not authorized"):
                await listen(stage.context)
        known = {"username": "ucs", "password": "right"}
        stage = on_stage(broker, mqtt_user="ucs")
        stage.context.secret = {"mqtt_password": "right"}.__getitem__
        async with listening(stage):
            await publish(broker, "ucs/qd/QD-RJ/L1:depth", reading(stage, 12), **known)
            await until(stage, "L1", 12.0)


def certificate():
    """A certificate that vouches for this machine and for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    named = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(named, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@broker_needed
# A socket whose handshake has failed paho leaves to the collector.
@pytest.mark.filterwarnings("ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning")
async def test_tls_reaches_whom_the_named_authority_vouches_for_and_nobody_else(tmp_path):
    shown, secret = certificate()
    files = {"certfile": tmp_path / "broker.pem", "keyfile": tmp_path / "broker.key"}
    for file, content in zip(files.values(), (shown, secret), strict=True):
        file.write_bytes(content)
    lines = [f"{name} {file}" for name, file in files.items()]
    async with asyncio.timeout(SECONDS), Broker(tmp_path, "allow_anonymous true", *lines) as broker:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await listen(on_stage(broker, mqtt_tls=True).context)
        stage = on_stage(broker, mqtt_tls=True, mqtt_ca=str(files["certfile"]))
        trusted = ssl.create_default_context(cafile=files["certfile"])
        async with listening(stage):
            await publish(broker, "ucs/qd/QD-RJ/L1:depth", reading(stage, 12), tls_context=trusted)
            await until(stage, "L1", 12.0)


@broker_needed
async def test_a_broker_that_goes_away_ends_the_task_which_the_platform_begins_anew(broker):
    stage = on_stage(broker)
    async with asyncio.timeout(SECONDS):
        async with listening(stage) as task:
            await broker.stop()
            with pytest.raises(Unavailable, match="cannot be reached, or has gone"):
                await task
        with pytest.raises(Unavailable, match="cannot be reached, or has gone"):
            await listen(stage.context)
        with pytest.raises(MqttError):
            await publish(broker, "x", "x")


async def test_without_a_broker_there_is_nothing_to_do():
    task = asyncio.create_task(listen(Rehearsal(__file__).context))
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
