"""Promise 7 stands on this: what is compiled says what casbin's own enforcer says, before and after edits, at any length."""

import pytest

from ucs_core.access.compiler import Meaning

WORLDS = 8


class DenyForgottenAfterAnEdit(Meaning):
    """A twin: what was denied is only looked at in the first world."""

    def settle(self, found):
        return super().settle(found._replace(deny=None) if found.deny and found.deny.startswith("new.") else found)


def walk(findings, answered_world, differ, meaning=None):
    """The requests on which the two differ, over all worlds of the effort, each before and after an edit."""
    found = []
    for number in range(WORLDS * findings.effort):
        seed = f"{findings.seed}.{number}"
        world = answered_world.of(seed)
        for edit in range(2):
            if edit:
                answered_world.edited(world, f"{seed}.{edit}")
            options = {"meaning": meaning()} if meaning else {}
            findings.tried += len(world.answers)
            found += [f"{seed}, edit {edit}: {request}" for request in differ(world, world.compiled(**options))]
    return found


# 1,000,000 decisions: a world has some 280, each asked twice.
@pytest.mark.long_form(230)
def test_compiled_policies_say_what_casbin_says(findings, answered_world, differ):
    findings.expect_none(walk(findings, answered_world, differ))


def test_a_compiler_that_forgets_after_an_edit_is_found(findings, answered_world, differ):
    findings.effort = 2
    findings.expect_caught("DenyForgottenAfterAnEdit", walk(findings, answered_world, differ, DenyForgottenAfterAnEdit))
