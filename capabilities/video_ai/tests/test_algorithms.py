"""The four algorithms on generated scenes with ground truth; `figures` of more scenes stand in the README."""

import pytest

REASON = "the libraries of capabilities/video_ai/requirements.txt are not installed"
cv2 = pytest.importorskip("cv2", reason=REASON)
np = pytest.importorskip("numpy", reason=REASON)
pytest.importorskip("av", reason=REASON)
pytest.importorskip("onnxruntime", reason=REASON)

from ucs_capability_video_ai.algorithms import AlgorithmStore  # noqa: E402 - only where the libraries are there
from ucs_capability_video_ai.detections import Box, Detection, Label, overlap  # noqa: E402 - as above
from ucs_capability_video_ai.vision.background import Region, background_of  # noqa: E402 - as above
from ucs_capability_video_ai.vision.frames import Frame, decode, print_of, small_grey, snapshot  # noqa: E402 - as above
from ucs_capability_video_ai.vision.litter import is_thing  # noqa: E402 - as above
from ucs_capability_video_ai.vision.measuring import BEGINNING, measured, scenes_of  # noqa: E402 - as above
from ucs_capability_video_ai.vision.scenes import Disturbance, Scene, draw  # noqa: E402 - as above
from ucs_sdk import Invalid  # noqa: E402 - as above

SEEDS = range(7_000, 7_006)
LEAST = {Label.STANDING_WATER: 6, Label.LITTER: 4, Label.CROWDING: 6, Label.TAMPERING: 6}
"""How many of six scenes are found, at least, by algorithm."""


@pytest.mark.parametrize("label", list(Label), ids=str)
def test_an_algorithm_finds_what_is_there_and_is_quiet_where_nothing_is(label):
    result = measured(AlgorithmStore().build(label.value), scenes_of(label, SEEDS))
    assert (result.scenes, result.empty) == (6, 6)
    assert result.found >= LEAST[label]
    assert result.alarms <= 1


class Eager:
    """A twin that finds something in every picture."""

    def analyse(self, frame, memory):
        return [Detection(label="litter", confidence=1.0)]


class Blind:
    """A twin that finds nothing."""

    def analyse(self, frame, memory):
        return []


def test_finding_everything_and_finding_nothing_would_be_found():
    scenes = scenes_of(Label.LITTER, range(2))
    eager, blind = measured(Eager(), scenes), measured(Blind(), scenes)
    assert (eager.found, eager.alarms, eager.precision) == (0, 4, 0.0)
    assert (blind.found, blind.recall, blind.precision) == (0, 0.0, None)


def test_the_same_scene_is_drawn_the_same_each_time():
    scene = Scene(seed=3, sought=Label.CROWDING, disturbance=Disturbance.RAIN, pictures=20)
    one, other = ([print_of(each.image) for each in draw(scene)] for _ in range(2))
    assert one == other
    assert len(set(one)) == 20


def test_water_is_told_where_it_stands():
    water, memory, found = AlgorithmStore().build("standing_water"), {}, []
    for drawn in draw(Scene(seed=11, sought=Label.STANDING_WATER)):
        told = water.analyse(Frame(drawn.image, BEGINNING), memory)
        found += [overlap(Box(*told[0].box), Box(*drawn.box))] if told else []
    assert len(found) > 15
    assert sorted(found)[len(found) // 2] > 0.6


def test_a_camera_of_another_size_is_learned_anew():
    memory = {}
    for _ in range(10):
        background_of(memory, np.full((180, 320), 90, np.float32))
    assert memory["background"].is_learned
    memory["run"] = 2
    assert background_of(memory, np.full((240, 320), 90, np.float32)) is None
    assert memory.keys() == {"background"}


def test_what_only_passed_by_at_first_is_not_usual():
    memory = {}
    for index in range(6):
        grey = np.full((180, 320), 90, np.float32)
        grey[100:140, 40 * index : 40 * index + 60] = 250
        background_of(memory, grey)
    assert float(memory["background"].usual.max()) == 90


@pytest.mark.parametrize(
    ("region", "thing"),
    [
        (Region(0, 0, 12, 10, 100), True),
        (Region(0, 0, 40, 10, 300), False),
        (Region(0, 0, 5, 5, 20), False),
        (Region(0, 0, 40, 40, 1600), False),
        (Region(0, 0, 20, 20, 100), False),
    ],
)
def test_a_thing_is_small_and_of_one_piece(region, thing):
    assert is_thing(region, 320 * 180) is thing


def test_a_picture_is_decoded_and_kept_with_a_frame_around_what_was_found():
    image = next(draw(Scene(seed=1, sought=None))).image
    kept = decode(snapshot(image, [Detection(label="litter", confidence=0.9, box=(0.25, 0.25, 0.75, 0.75))]))
    assert kept.shape == image.shape
    assert kept[45, 160, 2] > 180 > kept[45, 160, 0] + 60
    large = decode(snapshot(cv2.resize(image, (2560, 1440)), []))
    assert large.shape == (720, 1280, 3)


def test_a_picture_whose_head_lies_or_whose_body_is_missing_is_refused():
    content = snapshot(next(draw(Scene(seed=1, sought=None))).image, [])
    at = content.index(b"\xff\xc0")
    lying = content[: at + 5] + (90).to_bytes(2) + content[at + 7 :]
    assert decode(content).shape[0] == 180
    for wrong in (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x09" * 2 + b"\0" * 20, content[: at + 30]):
        with pytest.raises(Invalid):
            decode(wrong)
    assert decode(lying).shape[0] == 90


def test_a_picture_is_made_small_and_keeps_its_shape():
    assert small_grey(np.zeros((1080, 1920, 3), np.uint8)).shape == (180, 320)
