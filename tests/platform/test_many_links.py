"""Links that an author cannot see count among those that a resource may have, or it could not be read any more."""

from __future__ import annotations

import pytest

from ucs_core.platform.resources import LINKS_MOST
from ucs_registry.resources import Dependency
from ucs_registry.testing import a_resource, a_revision, an_id
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import DependencyRelation, ReviewState, ShareType

SPEC = {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]}
HIDDEN, OWN, FIRST = 1000, 1001, 2000


def _link(number):
    return Dependency(target=f"resources/{an_id(number)}", relation=DependencyRelation.READS)


def _resource(number, owner, **content):
    return a_resource(number, owner=owner, head=a_revision(1, ReviewState.APPROVED, spec=SPEC, **content))


@pytest.mark.parametrize("verb", ["update", "change"])
async def test_unseen_links_count_among_the_most_that_there_may_be(small, verb):
    hidden = _resource(HIDDEN, "water", share_type=ShareType.NONE, denial_basis="法律")
    own = _resource(OWN, "roads", dependencies=(_link(HIDDEN),))
    seen = [_resource(FIRST + at, "roads") for at in range(LINKS_MOST)]
    await small.keep(resources=[hidden, own, *seen])
    links = [_link(FIRST + at).model_dump(mode="json") for at in range(LINKS_MOST)]
    call, platform = small.call("painter"), small.platform

    async def stated(links):
        if verb == "update":
            return await platform.resources.update(call, own.name, {"dependencies": links}, own.etag)
        return await platform.dependencies.change(call, own.name, links, [], own.etag)

    refusal = await small.refused(stated(links))
    assert (type(refusal), refusal.reason) == (Invalid, "FIELD_TOO_LONG")
    made = await stated(links[1:])
    assert len(made.head.content.dependencies) == LINKS_MOST - 1
    async with small.store.read() as reader:
        assert len((await reader.resource(own.id)).head.content.dependencies) == LINKS_MOST
