"""Reading streams and files: a real stream of RTSP, and those that are dead or no film at all, each in a thread of its own."""

import asyncio
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

REASON = "the libraries of capabilities/video_ai/requirements.txt are not installed"
pytest.importorskip("av", reason=REASON)
pytest.importorskip("cv2", reason=REASON)

from ucs_capability_video_ai.algorithms import AlgorithmStore  # noqa: E402 - as below
from ucs_capability_video_ai.detections import Label  # noqa: E402 - only where the libraries are there
from ucs_capability_video_ai.looking import Looker  # noqa: E402 - as above
from ucs_capability_video_ai.supervision import StreamWatch  # noqa: E402 - as above
from ucs_capability_video_ai.vision.reading import StreamReader, write_stream  # noqa: E402 - as above
from ucs_capability_video_ai.vision.scenes import Scene, draw  # noqa: E402 - as above
from ucs_capability_video_ai.worker import Worker  # noqa: E402 - as above

SOURCES = Path(__file__).resolve().parents[1] / "src"
WAIT = 20.0
ONE = "37021301001310000177"

CAMERA = """
import sys
sys.path.insert(0, sys.argv[1])
from ucs_capability_video_ai.vision.reading import write_stream
from ucs_capability_video_ai.vision.scenes import Scene, draw
while True:
    try:
        print(write_stream(sys.argv[2], (each.image for each in draw(Scene(seed=5, sought=None, pictures=25))), rate=10))
        break
    except ConnectionRefusedError:
        pass
"""


def now():
    return datetime.now(UTC)


def reader(address, **more):
    return StreamReader(str(address), StreamWatch(since=now()), now, **more)


@pytest.fixture
def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    pictures = (each.image for each in draw(Scene(seed=5, sought=Label.LITTER, pictures=12)))
    assert write_stream(str(path), pictures, rate=50) == 12
    return path


def test_a_camera_that_pushes_by_rtsp_is_read(free_port):
    address = f"rtsp://127.0.0.1:{free_port}/bridge"
    reading = reader(address, listens=True, seconds=WAIT)
    reading.start()
    # A process of its own: the library keeps Python's lock while it greets the other side.
    camera = subprocess.Popen([sys.executable, "-c", CAMERA, str(SOURCES), address], stdout=subprocess.PIPE, text=True)
    assert reading.came.wait(WAIT)
    try:
        assert camera.communicate(timeout=WAIT)[0].strip() == "25"
    finally:
        camera.kill()
    reading.join(WAIT)
    assert not reading.is_alive
    assert reading.newest().image.shape == (180, 320, 3)
    assert reading.newest() is None
    assert (reading.watch.last.width, reading.watch.lie) == (320, "")


FLOODS = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from ucs_capability_video_ai.detections import Label
from ucs_capability_video_ai.vision.reading import write_stream
from ucs_capability_video_ai.vision.scenes import Scene, draw
rains = threading.Event()
threading.Thread(target=lambda: sys.stdin.readline() and rains.set(), daemon=True).start()
def pictures():
    while not rains.is_set():
        yield from (each.image for each in draw(Scene(seed=5, sought=None, pictures=20)))
    flood = Scene(seed=5, sought=Label.STANDING_WATER, pictures=100_000, begins=0)
    yield from (each.image for each in draw(flood))
while True:
    try:
        write_stream(sys.argv[2], pictures(), rate=10)
    except ConnectionRefusedError:
        pass
    except OSError:
        break
"""


async def test_an_underpass_that_fills_with_water_before_a_camera_becomes_an_incident(on_stage, free_port):
    stage = on_stage(stream_networks="127.0.0.0/8")
    address = f"rtsp://127.0.0.1:{free_port}/bridge"
    plan = {"name": "rain", "algorithms": ["standing_water"], "seconds": 1}
    place = {"longitude": 120.4, "latitude": 36.2, "crs": "wgs84"}
    stated = {"code": ONE, "name": "桥下", "source": address, "listens": True, "plans": [plan], "synthetic": True}
    stage.call("video_ai.register_camera", stated | place)
    worker = Worker(stage.context, Looker(AlgorithmStore()))
    await worker.round()
    await worker.round()
    stream = worker.streams[ONE]
    asked = [sys.executable, "-c", FLOODS, str(SOURCES), address]
    camera = await asyncio.to_thread(subprocess.Popen, asked, stdin=subprocess.PIPE)
    try:
        for index in range(400):
            if index == 12:
                # The algorithm has seen the road dry by now, however slow this machine is.
                assert stage.incidents() == []
                camera.stdin.write(b"rain\n")
                camera.stdin.flush()
            assert await asyncio.to_thread(stream.reader.came.wait, WAIT)
            stage.context.clock.advance(1)
            await worker.round()
            stage.hear()
            if stage.incidents():
                break
    finally:
        camera.kill()
        camera.communicate(timeout=WAIT)
        await worker.close()
    (incident,) = stage.incidents()
    assert (incident["label"], incident["cameras"]) == ("standing_water", [ONE])
    assert all(stage.context.state.blobs[each][1].startswith(b"\xff\xd8") for each in incident["evidence"])
    assert [each.case_type for each in stage.told("city.case_center.report.v1")] == ["road_waterlogging"]


def test_a_file_is_read_to_its_end(film):
    reading = reader(film)
    reading.start()
    reading.join(WAIT)
    assert (reading.watch.last.width, reading.watch.last.height, reading.watch.backwards) == (320, 180, 0)
    assert reading.newest().image.shape == (180, 320, 3)


@pytest.mark.parametrize("kind", ["text", "cut", "playlist"])
def test_what_is_no_film_is_a_lie(tmp_path, film, kind):
    path = tmp_path / f"wrong.{'m3u8' if kind == 'playlist' else 'mp4'}"
    content = {
        "text": b"no film " * 500,
        "cut": film.read_bytes()[:2000],
        "playlist": b"#EXTM3U\n#EXTINF:1,\n/etc/hosts\n",
    }
    path.write_bytes(content[kind])
    reading = reader(path)
    reading.start()
    reading.join(WAIT)
    assert (reading.watch.lie, reading.newest()) == ("not_video", None)


def test_pictures_of_too_many_pixels_are_not_decoded(film):
    reading = reader(film, pixels=320 * 180 - 1)
    reading.start()
    reading.join(WAIT)
    assert (reading.watch.lie, reading.newest()) == ("too_large", None)


def test_a_server_that_says_nothing_ends_in_its_time_and_holds_up_no_other(film):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hanging = reader(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x", seconds=1.0)
        hanging.start()
        other = reader(film)
        other.start()
        assert other.came.wait(WAIT)
        assert hanging.is_alive or hanging.watch.last is None
        hanging.join(WAIT)
        other.join(WAIT)
    assert not hanging.is_alive
    assert (hanging.watch.last, hanging.watch.lie) == (None, "")
    assert other.watch.last is not None


def test_a_camera_that_is_not_there_gives_no_picture(free_port):
    reading = reader(f"rtsp://127.0.0.1:{free_port}/x", seconds=5.0)
    reading.start()
    reading.join(WAIT)
    assert (reading.watch.last, reading.newest(), reading.is_alive) == (None, None, False)


def test_a_reader_that_is_told_to_stop_ends_before_its_film(tmp_path):
    path = tmp_path / "long.mp4"
    write_stream(str(path), (each.image for each in draw(Scene(seed=5, sought=None, pictures=40))), rate=1)
    reading = reader(path)
    reading.start()
    assert reading.came.wait(WAIT)
    reading.stop()
    reading.join(WAIT)
    assert not reading.is_alive
    assert reading.watch.last.stamp < 39
