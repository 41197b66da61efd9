"""Every error that the code makes has its message in both languages, and no message waits for an error that never comes."""

import pytest

import ucs_sdk
from guards.arrows import modules
from guards.reasons import objections, raised
from ucs_sdk.wording import CATALOGUE

ERRORS = {
    name for name, value in vars(ucs_sdk).items() if isinstance(value, type) and issubclass(value, ucs_sdk.UcsError)
}
SOUND = {"LOST": ("{object} is lost.", "{object} 已丢失。")}


def test_code_and_message_catalogue_agree(sources):
    found = sorted(objections(raised(sources, ERRORS), CATALOGUE))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "catalogue", "objection"),
    [
        ("raise NotFound('GONE', object=1)\nraise NotFound('LOST', object=1)", SOUND, "GONE is not in the catalogue"),
        ("raise NotFound('LOST', object=1)", SOUND | {"IDLE": ("x", "x")}, "IDLE is in the catalogue and never raised"),
        ("raise NotFound('LOST')", SOUND, "LOST needs the fields ['object']"),
        ("raise NotFound('LOST', retry_after=1)", SOUND, "LOST needs the fields ['object']"),
        ("raise NotFound('LOST', object=1)", {"LOST": ("{object} is lost.", " ")}, "LOST is missing in one language"),
        ("raise NotFound('LOST', object=1)", {"LOST": ("{object}", "{item}")}, "LOST names other fields in English"),
        ("raise errors.NotFound('LOST' if x else 'GONE', object=1)", SOUND, "GONE is not in the catalogue"),
        (
            "def f(reason):\n    return NotFound(reason)\nNotFound('LOST', object=1)",
            SOUND,
            "cannot be read from the source",
        ),
        ("TABLE = {1: 'GONE_BAD'}\nNotFound(TABLE[1])\nNotFound('LOST', object=1)", SOUND, "GONE_BAD is not in the"),
    ],
)
def test_a_disagreement_is_found(tree, text, catalogue, objection):
    found = list(objections(raised(modules(tree({"verbs.py": text})), ERRORS), catalogue))
    assert len(found) == 1
    assert objection in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "NotFound('LOST', object=1, path='x')",
        "NotFound('LOST', **fields)",
        "TABLE = {1: 'LOST_TOO'}\nNotFound(TABLE[1])\nNotFound('LOST', object=1)",
    ],
)
def test_agreement_is_left_alone(tree, text):
    catalogue = SOUND | ({"LOST_TOO": ("{path}", "{path}")} if "TOO" in text else {})
    assert list(objections(raised(modules(tree({"verbs.py": text})), ERRORS), catalogue)) == []
