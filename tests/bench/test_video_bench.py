"""What looking at pictures costs on one core: each algorithm on a picture that is decoded already, and decoding apart.

Generated pictures of 320 × 180 to 1920 × 1080; a camera's own decoding depends on its codec and its pictures.
"""

import io
from pathlib import Path

import pytest

REASON = "the libraries of capabilities/video_ai/requirements.txt are not installed"
av = pytest.importorskip("av", reason=REASON)
cv2 = pytest.importorskip("cv2", reason=REASON)

SIZES = {"360p": (640, 360), "1080p": (1920, 1080)}
PICTURES = 30


@pytest.fixture(scope="module")
def video():
    """The package of video analysis, which is not installed in every checkout."""
    from ucs_sdk.plugins import find_in_folder, load_plugin

    load_plugin(find_in_folder(Path(__file__).parents[2] / "capabilities" / "video_ai"), fresh=False)
    from ucs_capability_video_ai.vision import scenes

    return scenes


@pytest.fixture
def pictures(video):
    def draw(size):
        drawn = video.draw(video.Scene(seed=3, sought=None, disturbance=video.Disturbance.CARS, pictures=PICTURES))
        return [cv2.resize(each.image, SIZES[size]) for each in drawn]

    return draw


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["standing_water", "litter", "crowding", "tampering"])
def test_pictures_analysed(benchmark, pictures, name, size):
    from ucs_capability_video_ai.algorithms import AlgorithmStore
    from ucs_capability_video_ai.vision.frames import Frame
    from ucs_capability_video_ai.vision.measuring import BEGINNING

    algorithm, memory = AlgorithmStore().build(name), {}
    frames = [Frame(each, BEGINNING) for each in pictures(size)]
    for frame in frames[:8]:
        algorithm.analyse(frame, memory)

    benchmark(lambda: [algorithm.analyse(frame, memory) for frame in frames])
    benchmark.extra_info["pictures_each_second"] = PICTURES / benchmark.stats.stats.median


@pytest.mark.parametrize("size", SIZES)
def test_pictures_decoded_from_h264(benchmark, pictures, size):
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = SIZES[size]
        for each in pictures(size):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(each, format="bgr24")))
        container.mux(stream.encode(None))
    content = held.getvalue()

    def decode():
        with av.open(io.BytesIO(content)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            return sum(frame.to_ndarray(format="bgr24").shape[2] // 3 for frame in container.decode(stream))

    assert decode() == PICTURES
    benchmark(decode)
    benchmark.extra_info["pictures_each_second"] = PICTURES / benchmark.stats.stats.median
