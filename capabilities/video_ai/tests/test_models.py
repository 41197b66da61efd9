"""A city's own models: a small one of ONNX, written byte by byte, that answers with the mean of each colour."""

import hashlib

import pytest

REASON = "the libraries of capabilities/video_ai/requirements.txt are not installed"
pytest.importorskip("onnxruntime", reason=REASON)
pytest.importorskip("cv2", reason=REASON)
np = pytest.importorskip("numpy", reason=REASON)

from ucs_capability_video_ai.looking import Looker, build_store  # noqa: E402 - only where the libraries are there
from ucs_capability_video_ai.vision.frames import Frame  # noqa: E402 - as above
from ucs_capability_video_ai.vision.measuring import BEGINNING  # noqa: E402 - as above
from ucs_capability_video_ai.vision.models import from_folder  # noqa: E402 - as above
from ucs_sdk import FailedPrecondition, Invalid  # noqa: E402 - as above


def varint(value):
    """A number as protobuf has it: seven bits in a byte, the low ones first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def part(number, value):
    """A field of protobuf: a number, or bytes with their length before them."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name, *shape):
    """A ValueInfoProto: a name, and a tensor of floats (element type 1) of this shape."""
    dimensions = b"".join(part(1, part(1, each)) for each in shape)
    return part(1, name) + part(2, part(1, part(1, 1) + part(2, dimensions)))


def attribute(name, kind, *values):
    """An AttributeProto of whole numbers: one (type 2, field 3) or several (type 7, field 8)."""
    return part(1, name) + b"".join(part(8 if kind == 7 else 3, each) for each in values) + part(20, kind)


def model(op, attributes, shape, out):
    """A ModelProto with one node between a picture and an answer, of opset 13."""
    node = part(1, "picture") + part(2, "answer") + part(4, op) + b"".join(part(5, each) for each in attributes)
    graph = part(1, node) + part(2, "g") + part(11, tensor("picture", *shape)) + part(12, tensor("answer", *out))
    return part(1, 8) + part(7, graph) + part(8, part(2, 13))


MEANS = model("ReduceMean", [attribute("axes", 7, 2, 3), attribute("keepdims", 2, 0)], (1, 3, 8, 8), (1, 3))
FLAT = model("Flatten", [attribute("axis", 2, 1)], (1, 3, 8, 8), (1, 192))
STATED = """
title_zh = "颜色"
title_en = "Colours"
sha256 = "{digest}"
width = {width}
height = 8
output = "{output}"
labels = {labels}
"""


@pytest.fixture
def folder(tmp_path):
    def write(content=MEANS, output="scores", labels='["red", "", "blue"]', digest="", width=8):
        (tmp_path / "colours.onnx").write_bytes(content)
        digest = digest or hashlib.sha256(content).hexdigest()
        text = STATED.format(digest=digest, output=output, labels=labels, width=width)
        (tmp_path / "colours.toml").write_text(text, "utf-8")
        return tmp_path

    return write


def built(folder):
    ((stated, build),) = from_folder(str(folder))
    return stated, build


def frame(blue, green, red):
    return Frame(np.full((36, 64, 3), (blue, green, red), np.uint8), BEGINNING)


def test_a_model_is_asked_for_scores_red_first(folder):
    stated, build = built(folder())
    assert (stated.name, stated.labels, stated.warms_up) == ("model_colours", ("red", "blue"), 0)
    (found,) = build().analyse(frame(10, 250, 204), {})
    assert (found.label, round(found.confidence, 3)) == ("red", 0.8)


async def test_a_model_of_the_folder_stands_in_the_store(folder):
    looker = Looker(build_store({"models_folder": str(folder())}))
    assert "model_colours" in [each.name for each in looker.store.listed()]
    (seen,) = await looker.look("c", frame(250, 0, 0).image, BEGINNING, ["model_colours"])
    assert [each.label for each in seen.detections] == ["blue"]
    assert seen.snapshot.startswith(b"\xff\xd8")


def test_boxes_are_cut_to_the_picture_and_the_surest_come_first(folder):
    _, build = built(folder(output="boxes", labels='["a", "b"]'))
    rows = np.array(
        [[4, 4, -3, 99, 0.6, 1], [0, 0, 4, 4, 0.9, 0], [0, 0, 1, 1, 0.4, 0], [0, 0, 1, 1, 0.9, 7]], np.float32
    )
    found = build()._boxes(rows)
    assert [(each.label, each.box) for each in found] == [("a", (0, 0, 0.5, 0.5)), ("b", (0, 0.5, 0.5, 1))]


def test_an_answer_of_another_shape_is_refused(folder):
    _, build = built(folder(labels='["red"]'))
    with pytest.raises(FailedPrecondition, match="MODEL_ANSWER"):
        build().analyse(frame(0, 0, 0), {})
    _, build = built(folder(content=FLAT, output="boxes"))
    assert build().analyse(frame(0, 0, 0), {}) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "0" * 64},
        {"content": b"no model"},
        {"labels": "[]"},
        {"labels": '["Not A Label"]'},
        {"output": "words"},
        {"width": 99_999},
        {"labels": "["},
    ],
    ids=str,
)
def test_a_model_that_is_not_what_it_says_is_refused(folder, wrong):
    with pytest.raises(Invalid, match="MODEL_WRONG"):
        built(folder(**wrong))[1]()
