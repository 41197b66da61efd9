"""Every error that the code makes has its message in both languages, and no message waits for an error that never comes."""

import pytest

import ucs_sdk
from guards.arrows import modules
from guards.reasons import PHRASE, measures, objections, raised, untranslated
from ucs_core.access.actions import Action
from ucs_registry.lifecycle import Verb
from ucs_sdk.phrasing import IDENTIFIERS, PHRASES
from ucs_sdk.wording import CATALOGUE

ERRORS = {
    name for name, value in vars(ucs_sdk).items() if isinstance(value, type) and issubclass(value, ucs_sdk.UcsError)
}
SOUND = {"LOST": ("{object} is lost.", "{object} 已丢失。")}


def test_code_and_message_catalogue_agree(sources):
    found = sorted(objections(raised(sources, ERRORS), CATALOGUE))
    assert not found, "\n".join(found)


def test_code_and_phrases_agree(sources):
    found = sorted(objections(raised(sources, {"Phrase"}, PHRASE), PHRASES))
    assert not found, "\n".join(found)


def test_no_problem_is_told_in_one_language_only(sources):
    found = sorted(untranslated(sources, ERRORS))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Invalid('X', problem='it is bad')", 1),
        ("Invalid('X', problem=f'{x} is bad')", 1),
        ("Invalid('X', problem=Phrase('x-y'))", 0),
        ("Invalid('X', problem=say('it is bad', '不好'))", 0),
        ("Other('X', problem='it is bad')", 0),
    ],
)
def test_a_problem_in_one_language_is_found(tree, text, count):
    assert len(list(untranslated(modules(tree({"verbs.py": text})), ERRORS))) == count


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("Phrase('gone-away')\nPhrase('lost-for-good', object=1)", "gone-away is not in the catalogue"),
        ("Phrase('lost-for-good')", "lost-for-good needs the fields ['object']"),
        ("TABLE = {1: 'gone-away'}\nPhrase(TABLE[1])\nPhrase('lost-for-good', object=1)", "gone-away is not in the"),
        ("pass", "lost-for-good is in the catalogue and never raised"),
    ],
)
def test_a_disagreement_about_a_phrase_is_found(tree, text, objection):
    phrases = {"lost-for-good": ("{object} is lost", "{object} 已丢失")}
    found = list(objections(raised(modules(tree({"verbs.py": text})), {"Phrase"}, PHRASE), phrases))
    assert len(found) == 1
    assert objection in found[0]


def test_every_identifier_in_a_sentence_has_a_name_in_both_languages(sources):
    assert IDENTIFIERS["action"].keys() == {action.value for action in Action}
    assert IDENTIFIERS["verb"].keys() == {verb.value for verb in Verb}
    assert IDENTIFIERS["measure"].keys() == measures(sources)
    words = [message for names in IDENTIFIERS.values() for message in names.values()]
    assert all(message.en.strip() and not message.zh.isascii() for message in words)


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
