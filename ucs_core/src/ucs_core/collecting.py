"""How often the interpreter looks for what refers to itself: seldom, in a process that lives long."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (50_000, 20, 50)
"""After how many new objects it looks at the youngest, and after how many such looks at the older and at all others.

By its own measure it looks every 700: while a thousand rows are entered, hundreds of times, at things that are all in use.
What is 50,000 objects at most is some 5 MB.
"""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look seldom, and never at what is there by now, such as modules and what they made."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
