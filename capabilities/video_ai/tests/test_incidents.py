"""Many pictures of one thing are one incident."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.incidents import (
    EVIDENCE_MOST,
    Finding,
    IncidentState,
    Rules,
    Sight,
    after_finding,
    after_time,
    after_verdict,
    vetoed,
)
from ucs_capability_video_ai.precision import Verdict

BEGAN = datetime(2026, 7, 1, tzinfo=UTC)
RULES = Rules()


def finding(minutes, camera="A", confidence=0.9, digest=""):
    return Finding(
        camera=camera,
        label="litter",
        algorithm="litter",
        confidence=confidence,
        box=(0, 0, 1, 1),
        at=BEGAN + timedelta(minutes=minutes),
        longitude=120.4,
        latitude=36.2,
        region="370213",
        evidence=(digest,) if digest else (),
    )


class Story:
    """What one camera, or two close to each other, make of findings."""

    def __init__(self):
        self.sights = {}
        self.incidents = {}
        self.began = 0

    def see(self, minutes, camera="A", near=None, **more):
        sight = self.sights.get(camera, Sight())
        own = self.incidents.get(sight.incident)
        step = after_finding(sight, own, near, finding(minutes, camera, **more), RULES)
        self.sights[camera] = step.sight
        if step.incident is not None:
            self.incidents[step.incident.id] = step.incident
        self.began += step.began
        return step


def test_one_picture_is_no_incident_and_two_are():
    story = Story()
    assert story.see(0).incident is None
    step = story.see(9.99)
    assert (step.began, step.incident.pictures, step.incident.id) == (True, 2, "A.litter.1")
    assert step.incident.began_at == BEGAN


def test_two_pictures_too_far_apart_are_none():
    story = Story()
    story.see(0)
    assert story.see(10).incident is None
    assert story.see(19.99).began


def test_the_same_picture_twice_counts_once():
    story = Story()
    story.see(0)
    assert story.see(0).incident is None


def test_pictures_that_follow_belong_to_it_until_it_is_quiet():
    story = Story()
    for minute in (0, 1, 2, 31.9):
        story.see(minute)
    assert (story.began, story.incidents["A.litter.1"].pictures) == (1, 4)
    for minute in (61.9, 62):
        story.see(minute)
    assert (story.began, sorted(story.incidents)) == (2, ["A.litter.1", "A.litter.2"])


def test_what_arrives_late_or_twice_changes_nothing():
    story = Story()
    for minute in (0, 1, 5):
        story.see(minute)
    before = story.incidents["A.litter.1"]
    for minute in (5, 3):
        assert story.see(minute).incident is None
    assert story.incidents["A.litter.1"] == before


def test_another_camera_close_by_joins_with_its_first_picture():
    story = Story()
    for minute in (0, 1):
        story.see(minute)
    step = story.see(2, camera="B", near=story.incidents["A.litter.1"])
    assert (step.joined, step.began, step.incident.cameras) == (True, False, ("A", "B"))
    assert story.see(3, camera="B", near=step.incident).incident.pictures == 4


def test_an_algorithm_that_is_not_sure_enough_is_not_heard():
    story = Story()
    assert [story.see(minute, confidence=0.49).sight for minute in (0, 1)] == [Sight(), Sight()]
    assert story.see(2, confidence=0.5).sight.hits


def test_what_was_said_to_be_nothing_is_over_and_the_camera_is_quiet_for_a_while():
    story = Story()
    for minute in (0, 1):
        story.see(minute)
    wrong = after_verdict(story.incidents["A.litter.1"], Verdict.WRONG, "person")
    assert wrong.state is IncidentState.OVER
    story.incidents[wrong.id] = wrong
    story.sights["A"] = vetoed(story.sights["A"], wrong, BEGAN + timedelta(minutes=2), RULES)
    for minute in (3, 4, 24 * 60 + 1):
        assert story.see(minute).incident is None
    story.see(24 * 60 + 2)
    assert story.see(24 * 60 + 3).began


def test_a_persons_word_outweighs_what_became_of_the_case():
    story = Story()
    for minute in (0, 1):
        story.see(minute)
    right = after_verdict(story.incidents["A.litter.1"], Verdict.RIGHT, "person")
    assert after_verdict(right, Verdict.WRONG, "case") == right
    assert after_verdict(right, Verdict.WRONG, "person").verdict is Verdict.WRONG


@pytest.mark.parametrize(("minutes", "state"), [(30.99, IncidentState.OPEN), (31, IncidentState.OVER)])
def test_what_nobody_sees_any_more_is_over(minutes, state):
    story = Story()
    for minute in (0, 1):
        story.see(minute)
    assert after_time(story.incidents["A.litter.1"], BEGAN + timedelta(minutes=minutes), RULES).state is state


def test_the_first_snapshot_is_kept_and_the_last_ones():
    story = Story()
    for minute in range(20):
        story.see(minute, digest=f"d{minute}")
    assert story.incidents["A.litter.1"].evidence == ("d0", *[f"d{each}" for each in range(21 - EVIDENCE_MOST, 20)])


@given(st.lists(st.one_of(st.floats(0.01, 9.9), st.floats(10.1, 29.8)), min_size=2, max_size=60))
def test_however_often_a_thing_is_seen_without_a_pause_it_begins_once_at_the_most(waits):
    story, minute = Story(), 0.0
    for wait in waits:
        minute += wait
        story.see(minute)
    assert story.began <= 1
    assert story.began == any(wait < 10 for wait in waits[1:])


def begins_with_each_finding(minutes):
    """A twin without memory: each pair of pictures within ten minutes is an incident of its own."""
    return sum(b - a < 10 for a, b in pairwise(minutes))


def test_an_incident_for_each_pair_of_pictures_would_be_found():
    story = Story()
    for minute in range(10):
        story.see(minute)
    assert begins_with_each_finding(range(10)) == 9
    assert story.began == 1
