"""Reads streams and files, each in a thread of its own that keeps the newest picture: one that hangs holds up no other.

A reader is bounded on all sides: in how long it waits to open and for the next packet, in the pixels of a picture, in the
protocols and formats that an address may lead to. What it sees of a stream's behaviour it tells the stream's watch.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import av
import numpy as np

from ucs_capability_video_ai.pictures import PIXELS_MOST
from ucs_capability_video_ai.supervision import Seen, StreamWatch, after_lie, after_picture, opened_again
from ucs_capability_video_ai.vision.frames import Picture

PROTOCOLS = {True: "file", False: "rtsp,rtsps,rtp,srtp,udp,tcp,tls"}
FORMATS = {True: "mov,mp4,matroska,webm,avi,mpegts,h264,hevc,mjpeg", False: "rtsp,sdp,rtp"}
"""What an address may lead to, of files and of streams: a playlist or a session may name others."""


@dataclass(frozen=True, slots=True)
class Read:
    """A picture of a stream, and when it came."""

    image: Picture
    at: datetime


class StreamReader:
    """Reads one stream until it ends or is told to stop. `seconds` is how long it waits for each answer."""

    def __init__(
        self,
        address: str,
        watch: StreamWatch,
        now: Callable[[], datetime],
        *,
        listens: bool = False,
        seconds: float = 10.0,
        pixels: int = PIXELS_MOST,
    ) -> None:
        self._pixels = pixels
        self._address = address
        self._is_file = "://" not in address
        self._is_open = self._ended = False
        self._listens = listens
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._watch = opened_again(watch, now())
        self._newest: tuple[Any, datetime] | None = None
        self._stopped = threading.Event()
        self.came = threading.Event()
        """Is set while there is a picture that nobody has taken, and when no more will come."""
        self._thread = threading.Thread(target=self._run, name="ucs-video-reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; it does so at the next packet, or when its patience is over."""
        self._stopped.set()

    @property
    def is_alive(self) -> bool:
        """Whether its thread still runs."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    @property
    def watch(self) -> StreamWatch:
        """What is known of the stream."""
        with self._lock:
            return self._watch

    def newest(self) -> Read | None:
        """The newest picture; None when none has come since the last one was taken."""
        with self._lock:
            taken, self._newest = self._newest, None
            if not self._ended:
                self.came.clear()
        if taken is None:
            return None
        frame, at = taken
        return Read(frame.to_ndarray(format="bgr24"), at)

    def _run(self) -> None:
        try:
            with self._opened() as container:
                self._is_open = True
                for frame in self._frames(container):
                    self._see(frame)
                    if self._stopped.is_set():
                        return
        except (av.error.InvalidDataError, av.error.DecoderNotFoundError, av.error.DemuxerNotFoundError, IndexError):
            # A server that does not answer in time is told of in the same way as one that answers nonsense; a file is not.
            if self._is_file or self._is_open:
                self._lie("not_video")
        except (av.error.FFmpegError, OSError):
            # It is gone, or never was there: the watch says so when nothing has come for too long.
            return
        finally:
            with self._lock:
                self._ended = True
            self.came.set()

    def _opened(self) -> Any:  # noqa: ANN401 - a container of PyAV, whose types are not everywhere
        options = {"protocol_whitelist": PROTOCOLS[self._is_file], "format_whitelist": FORMATS[self._is_file]}
        if not self._is_file:
            options["rtsp_transport"] = "tcp"
        if self._listens:
            # Without a time to wait, the library asks its sockets for one that they refuse.
            options |= {"rtsp_flags": "listen", "listen_timeout": str(max(1, round(self._seconds)))}
        return av.open(self._address, options=options, timeout=(self._seconds, self._seconds))

    # As above.
    def _frames(self, container: Any) -> Iterator[Any]:  # noqa: ANN401
        stream = container.streams.video[0]
        context = stream.codec_context
        if context.width * context.height > self._pixels:
            self._lie("too_large")
            return
        context.options = {"max_pixels": str(self._pixels)}
        context.thread_count = 1
        last: float | None = None
        for frame in container.decode(stream):
            if self._is_file and frame.time is not None:
                # A file is read as fast as it was filmed, so that a plan sees of it what it would have seen then.
                self._stopped.wait(min(1.0, max(0.0, frame.time - (frame.time if last is None else last))))
                last = frame.time
            yield frame

    # As above.
    def _see(self, frame: Any) -> None:  # noqa: ANN401
        at = self._now()
        seen = Seen(at=at, width=frame.width, height=frame.height, stamp=frame.time, print=print_of(frame))
        with self._lock:
            self._watch = after_picture(self._watch, seen)
            self._newest = frame, at
            self.came.set()

    def _lie(self, lie: str) -> None:
        with self._lock:
            self._watch = after_lie(self._watch, lie)


# As above.
def print_of(frame: Any) -> bytes:  # noqa: ANN401
    """What tells two pictures apart: their light, without what pads the rows."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)
    rows = rows[: rows.size // plane.line_size * plane.line_size].reshape(-1, plane.line_size)
    return zlib.crc32(rows[: frame.height, : frame.width].tobytes()).to_bytes(4)


def write_stream(
    target: str,
    pictures: Iterable[Picture],
    *,
    rate: int = 5,
    pause: Callable[[float], object] | None = None,
) -> int:
    """Film pictures into a file, or push them to an address of RTSP; how many there were. `pause` waits between them.

    For demonstrations and tests: a camera made of generated scenes.
    """
    pushed = "://" in target
    options = {"rtsp_transport": "tcp"} if pushed else {}
    count = 0
    with av.open(target, "w", format="rtsp" if pushed else None, options=options) as container:
        stream: Any = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream(
                    "libx264", rate=rate, options={"tune": "zerolatency", "preset": "ultrafast"}
                )
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = count
            container.mux(stream.encode(frame))
            count += 1
            if pause is not None:
                pause(1.0 / rate)
        if stream is not None:
            container.mux(stream.encode(None))
    return count
