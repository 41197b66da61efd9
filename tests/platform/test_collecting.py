"""A node looks seldom for what refers to itself, and leaves the interpreter as it found it."""

import gc

from ucs_core.collecting import SELDOM, seldom_collected


def test_what_refers_to_itself_is_looked_for_seldom_while_a_node_lives():
    before = gc.get_threshold(), gc.get_freeze_count()
    with seldom_collected():
        assert gc.get_threshold() == SELDOM
        assert gc.get_freeze_count() > before[1]
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
