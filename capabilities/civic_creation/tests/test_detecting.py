"""Detections make one candidate at a time for each item of a point, and a decision stands for a while."""

from datetime import timedelta

import pytest

from ucs_capability_civic_creation.detecting import Candidate, after_decision, after_detection, item_for, precision

QUIET = timedelta(days=1)


@pytest.fixture
def seen(made):
    def detected(day, camera="C1", digest="a"):
        return Candidate(
            point="M1",
            item="clean",
            region="370202",
            edition="qd-2026",
            cameras=(camera,),
            evidence=(digest,),
            first_at=made.day(day),
            last_at=made.day(day),
        )

    return detected


@pytest.mark.parametrize("label", ["暴露垃圾", " 暴露垃圾 "])
def test_a_label_is_evidence_of_the_item_that_names_it_at_that_type_of_point(made, label):
    assert item_for(made.tree(), "market", label).code == "clean"
    assert item_for(made.tree(), "road", label) is None
    assert item_for(made.tree(), "market", "井盖异常") is None


def test_what_waits_takes_every_detection(made, seen):
    held = after_detection(seen(2, "C1", "a"), seen(1, "C2", "b"), quiet=QUIET)
    assert (held.number, held.detections, held.cameras, held.evidence) == (1, 2, ("C1", "C2"), ("a", "b"))
    assert (held.first_at, held.last_at) == (made.day(1), made.day(2))
    for number in range(30):
        held = after_detection(held, seen(3, f"C{number}", f"d{number}"), quiet=QUIET)
    assert (len(held.cameras), len(held.evidence), held.detections) == (8, 8, 32)


@pytest.mark.parametrize(("day", "opens"), [(4, False), (5.999, False), (6, True)])
def test_what_was_decided_upon_is_not_opened_again_for_a_while(made, seen, day, opens):
    held = after_decision(seen(4), confirmed=False, at=made.day(5))
    found = after_detection(held, seen(day), quiet=QUIET)
    assert (found is not None) is opens
    if found:
        assert (found.number, found.state, found.dismissed) == (2, "waiting", 1)


def test_what_people_say_is_counted(made, seen):
    held = after_decision(seen(0), confirmed=True, at=made.day(0))
    held = after_decision(after_detection(held, seen(3), quiet=QUIET), confirmed=False, at=made.day(3))
    assert (held.confirmed, held.dismissed) == (1, 1)
    assert (precision(3, 1), precision(0, 0)) == (0.75, None)
