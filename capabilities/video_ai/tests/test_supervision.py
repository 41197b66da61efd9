"""Streams that are dead, stuck or lying are noticed when their stated time is over, and not before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.supervision import (
    LIES,
    Patience,
    Seen,
    StreamState,
    StreamWatch,
    after_lie,
    after_picture,
    opened_again,
)

BEGAN = datetime(2026, 7, 1, tzinfo=UTC)
PATIENCE = Patience(dead=timedelta(seconds=15), stuck=timedelta(seconds=120))


def after(seconds):
    return BEGAN + timedelta(seconds=seconds)


def seen(seconds, show=b"a", stamp=None, size=(640, 360)):
    moment = seconds if stamp is None else stamp
    return Seen(at=after(seconds), width=size[0], height=size[1], stamp=moment, print=show)


def watched(*pictures):
    watch = StreamWatch(since=BEGAN)
    for each in pictures:
        watch = after_picture(watch, each)
    return watch


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, StreamState.STARTING), (14.999, StreamState.STARTING), (15, StreamState.DEAD)]
)
def test_a_stream_that_never_gives_a_picture_is_dead_at_its_stated_time(seconds, state):
    assert watched().state(after(seconds), PATIENCE) is state


@pytest.mark.parametrize(("seconds", "state"), [(24.999, StreamState.LIVE), (25, StreamState.DEAD)])
def test_a_stream_that_falls_silent_is_dead_at_its_stated_time(seconds, state):
    assert watched(seen(1), seen(10, b"b")).state(after(seconds), PATIENCE) is state


@pytest.mark.parametrize(("last", "state"), [(120.999, StreamState.LIVE), (121, StreamState.STUCK)])
def test_a_stream_that_shows_the_very_same_is_stuck_at_its_stated_time(last, state):
    watch = watched(seen(0, b"a"), seen(1, b"b"), *(seen(each, b"b") for each in range(2, 121)))
    assert watch.state(after(last), PATIENCE) is state


def test_one_other_picture_shows_that_a_stream_is_not_stuck():
    watch = watched(*(seen(each, b"b") for each in range(200)), seen(200, b"c"))
    assert watch.state(after(200), PATIENCE) is StreamState.LIVE


def test_a_stream_whose_pictures_change_their_size_lies():
    watch = watched(seen(0), seen(1, b"b", size=(1920, 1080)))
    assert (watch.state(after(1), PATIENCE), watch.lie) == (StreamState.LYING, "size_changed")


def test_time_stamps_may_go_back_now_and_then_and_no_more():
    backs = [seen(each, bytes([each]), stamp=100 - each) for each in range(5)]
    assert watched(*backs[:4]).state(after(4), PATIENCE) is StreamState.LIVE
    assert watched(*backs).lie == "backwards"


def test_what_lied_is_not_believed_before_it_is_opened_anew():
    watch = after_lie(watched(seen(0)), "not_video")
    watch = after_picture(watch, seen(1, b"b"))
    assert watch.state(after(1), PATIENCE) is StreamState.LYING
    again = after_picture(opened_again(watch, after(2)), seen(3, b"c"))
    assert again.state(after(3), PATIENCE) is StreamState.LIVE


def test_every_lie_has_its_words():
    assert all(zh and en for zh, en in LIES.values())


def looks_at_arrivals_alone(watch, now):
    """A twin that takes a stream for live as long as anything comes."""
    return StreamState.LIVE if now - watch.last.at < PATIENCE.dead else StreamState.DEAD


def test_looking_at_arrivals_alone_would_be_found():
    frozen = watched(*(seen(each, b"b") for each in range(300)))
    assert looks_at_arrivals_alone(frozen, after(300)) is StreamState.LIVE
    assert frozen.state(after(300), PATIENCE) is StreamState.STUCK


@given(st.lists(st.tuples(st.floats(0.01, 40), st.sampled_from([b"a", b"b"])), min_size=1, max_size=30))
def test_a_state_follows_from_the_last_picture_and_the_last_change(story):
    watch, now, changed, last_show = StreamWatch(since=BEGAN), 0.0, 0.0, None
    for wait, show in story:
        now += wait
        changed = changed if show == last_show else now
        watch, last_show = after_picture(watch, seen(now, show)), show
    frozen = after(now) - after(changed) >= PATIENCE.stuck
    assert watch.state(after(now), PATIENCE) is (StreamState.STUCK if frozen else StreamState.LIVE)
    assert watch.state(after(now) + PATIENCE.dead, PATIENCE) is StreamState.DEAD
