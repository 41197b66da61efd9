"""Whether a stream can be believed: dead when nothing comes, stuck when nothing moves, lying when it is not what it says.

A watch is told what a reader sees, by the platform's clock, and says how the stream stands at any moment. Pure functions.
A stated time is the longest that a fault goes unnoticed, beside the time between two looks at the watch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ucs_sdk.vocabulary import Term

BACKWARDS_MOST = 3
"""How often the time stamps of one connection may go back before they are not believed."""


class StreamState(Term):
    """How a stream stands (视频流状态)."""

    STARTING = "starting", "连接中", "Starting"
    LIVE = "live", "正常", "Live"
    DEAD = "dead", "无画面", "Dead: no pictures come"
    STUCK = "stuck", "画面冻结", "Stuck: the same picture comes again and again"
    LYING = "lying", "流不可信", "Lying: it is not what it says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """After how long a fault is one. Assumptions of this project, which an administrator may set."""

    dead: timedelta = timedelta(seconds=15)
    stuck: timedelta = timedelta(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A picture as the reader had it: its size, its time stamp in seconds of the stream, and a print of what it shows.

    Two pictures have the same print only when they show the very same; the noise of a real sensor changes it.
    """

    at: datetime
    width: int
    height: int
    stamp: float | None
    print: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWatch:
    """What is known of a stream."""

    since: datetime
    first: Seen | None = None
    last: Seen | None = None
    changed_at: datetime | None = None
    backwards: int = 0
    lie: str = ""
    """Why the stream is not believed; a key of `LIES`."""

    def state(self, now: datetime, patience: Patience) -> StreamState:
        """How the stream stands."""
        if self.lie:
            return StreamState.LYING
        heard = self.since if self.last is None else self.last.at
        if now - heard >= patience.dead:
            return StreamState.DEAD
        if self.last is None or self.changed_at is None:
            return StreamState.STARTING
        if now - self.changed_at >= patience.stuck:
            return StreamState.STUCK
        return StreamState.LIVE


LIES = {
    "not_video": ("不是视频", "It is no video."),
    "too_large": ("画面过大", "Its pictures are too large."),
    "size_changed": ("画面尺寸中途改变", "The size of its pictures changed on the way."),
    "backwards": ("时间戳倒退", "Its time stamps go back."),
}
"""Why a stream is not believed, in both languages."""


def after_picture(watch: StreamWatch, seen: Seen) -> StreamWatch:
    """What is known once a picture has come. A stream that lied is not believed again before it is opened anew."""
    last = watch.last
    if last is None or watch.first is None:
        return replace(watch, first=seen, last=seen, changed_at=seen.at)
    back = last.stamp is not None and seen.stamp is not None and seen.stamp < last.stamp
    backwards = watch.backwards + back
    lie = watch.lie
    if (seen.width, seen.height) != (watch.first.width, watch.first.height):
        lie = lie or "size_changed"
    if backwards > BACKWARDS_MOST:
        lie = lie or "backwards"
    moved = seen.print != last.print
    changed_at = seen.at if moved else watch.changed_at
    return replace(watch, last=seen, changed_at=changed_at, backwards=backwards, lie=lie)


def after_lie(watch: StreamWatch, lie: str) -> StreamWatch:
    """What is known once the reader has found that the stream is not what it says."""
    return replace(watch, lie=watch.lie or lie)


def opened_again(watch: StreamWatch, now: datetime) -> StreamWatch:
    """What is known of a stream that is opened anew: since when it has been silent is remembered, and what it showed."""
    return replace(watch, since=watch.since if watch.last is None else now, first=None, backwards=0, lie="")
