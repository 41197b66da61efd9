"""Since when a request is there: whoever has looked later at where the store stands has looked for it as well.

What was committed before a request was made shows itself to every look that begins after the request has come in, whoever
looks. So requests that are there at once need one look between them, and each is answered as if it had looked for itself.
"""

from __future__ import annotations

import threading


class _Now(threading.local):
    since: float | None = None
    """The instant at which what runs now had come in, as `time.perf_counter` has it; None where it looks for itself."""


now = _Now()
"""What runs now: one for each thread, as its loop is. It is set while a request runs up to its first wait."""
