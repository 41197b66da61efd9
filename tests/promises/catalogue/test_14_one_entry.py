"""Promise 14: every mutating call, allowed or refused, leaves exactly one entry in the log.

Every verb of the platform, every method of the gRPC services and every mutation of the schema is called, through every
door that has it, to each of its ends: accepted, denied, hidden, not found, invalid, in conflict, in the wrong state. After
each call the log has grown by what it should have, and the entry tells what happened.

What is about access, keys or the log itself is tried in `tests/doors/access/test_14_administration.py`: the areas of the
platform, the services outside of `ucs.registry` and the mutations that do not answer a Resource. Nothing falls between.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson
import pytest
from google.protobuf.descriptor_pool import Default

from ucs_core.access.policy import PolicyRow
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.grpc.gate import READS
from ucs_core.grpc.server import SERVICES
from ucs_core.platform.administration.entering import AdministrationVerbs
from ucs_core.platform.batches import BatchVerbs
from ucs_core.platform.dependencies import DependencyVerbs
from ucs_core.platform.members import MemberVerbs
from ucs_core.platform.organizations import OrganizationVerbs
from ucs_core.platform.pipeline import Pipeline
from ucs_core.platform.resources import ResourceVerbs
from ucs_core.platform.scenario_verbs import ScenarioVerbs
from ucs_core.platform.shelf import ShelfVerbs
from ucs_registry.log import Entry
from ucs_registry.queries import ResourceQuery
from ucs_registry.resources import Resource
from ucs_sdk.errors import Invalid, UcsError

ELSEWHERE = ("ucs.registry.v1.TypeService",)
"""Types and vocabularies have no resource to be about: they are tried in `tests/doors/access/test_14_types.py`."""

NOBODY_KNOWS = "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ"
ENTRIES = {"resources.import": 3, "resources.batch_create": 2, "organizations.import": 2}
"""How many entries an accepted case leaves, where it is not one: one for each object."""

MANY = ("BatchReview",)
"""Methods of many rows that are calls of their own in the log: they are tried in `tests/platform/reviews` and
`tests/doors/test_reviews.py`."""

LOGGED = {"scenarios.create": "resources.create", "scenarios.update": "resources.update"}
"""What the log calls verbs that are verbs of resources by another way."""

WRONG_STATE = {
    "resources.update": ("in_review", "REVIEW_PENDING"),
    "resources.change_dependencies": ("in_review", "DEPENDENCY_ABSENT"),
    "scenarios.update": ("draft", "NOT_A_SCENARIO"),
    "resources.submit": ("in_review", "TRANSITION_ILLEGAL"),
    "resources.withdraw": ("draft", "TRANSITION_ILLEGAL"),
    "resources.approve": ("draft", "TRANSITION_ILLEGAL"),
    "resources.reject": ("draft", "TRANSITION_ILLEGAL"),
    "resources.undo_review": ("in_review", "TRANSITION_ILLEGAL"),
    "resources.bring_online": ("draft", "NO_CURRENT_REVISION"),
    "resources.take_offline": ("approved", "TRANSITION_ILLEGAL"),
    "resources.suspend": ("approved", "TRANSITION_ILLEGAL"),
    "resources.resume": ("online", "TRANSITION_ILLEGAL"),
    "resources.retire": ("retired", "TRANSITION_ILLEGAL"),
    "resources.deprecate": ("retired", "TRANSITION_ILLEGAL"),
    "resources.undeprecate": ("online", "NOT_DEPRECATED"),
    "resources.delete": ("deleted", "NOT_FOUND"),
    "resources.undelete": ("online", "NOT_DELETED"),
    "resources.purge": ("online", "NOT_DELETED"),
}
NEED_ETAG = (
    "resources.approve",
    "resources.update",
    "resources.reject",
    "resources.change_dependencies",
    "scenarios.update",
)
TAKEN = {
    "resources.create": "CODE_TAKEN",
    "resources.import": "CODE_TAKEN",
    "resources.batch_create": "CODE_TAKEN",
    "scenarios.create": "CODE_TAKEN",
    "organizations.create": "ORGANIZATION_TAKEN",
    "organizations.import": "ORGANIZATION_TAKEN",
}
"""What refuses the verbs that enter something when it is there already."""

WRONG_BODIES: dict[str, list[tuple[dict[str, Any], str]]] = {
    "resources.update": [({"content": {"title": {"zh": "标题", "en": "x" * 201}}}, "FIELD_TOO_LONG")],
    "resources.change_dependencies": [({"remove": ["resources/x"]}, "FIELD_PATTERN")],
    # Of a form that every door lets pass.
    "scenarios.create": [
        (
            {
                "scenario": {
                    "code": "S-wrong",
                    "owner": "qingdao-water",
                    "content": {
                        "title": {"zh": "标题", "en": "x" * 201},
                        "summary": {"zh": "标题", "en": "Title"},
                        "share_type": "unconditional",
                        "data_level": "l1",
                        "spec": {"purpose": "other"},
                    },
                }
            },
            "FIELD_TOO_LONG",
        )
    ],
    "scenarios.update": [({"content": {"title": {"zh": "标题", "en": "x" * 201}}}, "FIELD_TOO_LONG")],
    "resources.reject": [({"reason": "  "}, "REASON_MISSING")],
    "resources.take_offline": [({"reason": "  "}, "REASON_MISSING")],
    "resources.suspend": [({"reason": "  "}, "REASON_MISSING")],
    "resources.deprecate": [
        ({"deprecation": {"effective_on": "2026-06-01", "removal_on": "2026-05-01"}}, "REMOVAL_BEFORE_DEPRECATION")
    ],
    "principals.put": [({"principals": [{"id": "x"}]}, "FIELD_MISSING"), ({"principals": []}, "FIELD_TOO_SHORT")],
    "rules.put": [({"rules": [{"id": "x", "section": "p", "values": ["x"]}]}, "POLICY_ROW_INVALID")],
    "members.put": [
        ({"members": []}, "FIELD_TOO_SHORT"),
        ({"members": [{"code": "a b", "title": {"zh": "成员"}}]}, "FIELD_PATTERN"),
        ({"members": [{"code": "a", "title": {"zh": "成员"}}] * 2}, "MEMBER_REPEATED"),
    ],
    "members.import": [({"members": []}, "FIELD_TOO_SHORT")],
    "members.remove": [({"codes": []}, "FIELD_TOO_SHORT"), ({"codes": ["nobody"]}, "MEMBERS_UNKNOWN")],
    "resources.import": [({"resources": []}, "FIELD_TOO_SHORT")],
    "resources.batch_create": [({"resources": []}, "FIELD_TOO_SHORT")],
    "organizations.import": [({"organizations": []}, "FIELD_TOO_SHORT")],
}


@dataclass(kw_only=True)
class Step:
    """One call to one end: what it is about, who makes it, and the reason for which it must be refused, if it must."""

    verb: str
    end: str
    principal: str
    arguments: dict[str, Any]
    reason: str | None = None
    resource: Resource | None = None
    request_id: str | None = None


class Stage:
    """Sets the scene for steps, plays them, and looks at the log."""

    def __init__(self, node: Any, doors: Any, city: Any) -> None:
        self.node = node
        self.doors = doors
        self.city = city
        self.numbers = count(1)

    async def steps(self, verb: str, way: str) -> Any:
        """Every end of a verb at a door, each with a scene of its own."""
        yield await self._step(verb, "accepted")
        denied = "DENIED" if self.city.cases("x")[verb].state else "DENIED_THERE"
        yield await self._step(verb, "denied", principal="auditor", reason=denied)
        yield await self._step(verb, "no request id", request_id="has a space", reason="REQUEST_ID_INVALID")
        for wrong, reason in WRONG_BODIES.get(verb, ()):
            yield await self._step(verb, f"invalid {reason}", arguments=wrong, reason=reason)
        if verb in TAKEN:
            step = await self._step(verb, "accepted before")
            await self.city.Hand(self.node, None, "platform", step.principal).do(verb, step.arguments)
            step.end, step.reason = "taken", TAKEN[verb]
            yield step
        if verb in WRONG_STATE:
            state, reason = WRONG_STATE[verb]
            yield await self._step(verb, "wrong state", state=state, reason=reason)
            yield await self._step(verb, "not found", arguments={"name": NOBODY_KNOWS}, reason="NOT_FOUND")
            for name in ("resources/?", "resources/\x00", ""):
                yield await self._step(verb, "no name", arguments={"name": name}, reason="NOT_FOUND")
            yield await self._step(verb, "hidden", principal="outsider", state="draft", reason="NOT_FOUND")
            yield await self._step(verb, "conflict", arguments={"etag": "v99"}, reason="ETAG_STALE")
        if verb in NEED_ETAG and way != "graphql":
            # The schema itself insists on an etag: a document without one is no call.
            yield await self._step(verb, "no etag", arguments={"etag": None}, reason="ETAG_MISSING")

    async def _step(
        self, verb: str, end: str, *, principal: str = "", state: str = "", arguments: Any = None, **more: Any
    ) -> Step:
        number = next(self.numbers)
        case = self.city.cases(str(number))[verb]
        resource = await self.city.prepare(self.node.store, state or case.state, number) if case.state else None
        return Step(
            verb=verb,
            end=end,
            principal=principal or case.principal,
            arguments={**case.on(resource), **(arguments or {})},
            resource=resource,
            **more,
        )

    async def play(self, step: Step, way: str) -> list[str]:
        """Make the call, and tell what is wrong with the traces that it left."""
        before, position = await self._state(step)
        hand = self.city.Hand(self.node, self.doors, way, step.principal)
        reason = None
        try:
            await hand.do(step.verb, step.arguments, step.request_id)
        except UcsError as refusal:
            reason = refusal.reason
        after, _ = await self._state(step)
        async with self.node.store.read() as reader:
            left = await reader.log(after=position, first=100)
            now = await reader.resource(step.resource.id) if step.resource else None
            gone = None if step.resource is None or now else step.resource
            rules = {rule.id: rule for rule in await reader.rules()}
        found = [] if reason == step.reason else [f"the answer was {reason}, not {step.reason}"]
        found += _traces(step, reason, left, hand.call_id, changed=before != after)
        for entry in left:
            found += (
                _wrong_entry(step, entry, now, gone, rules) if reason is None else _wrong_refusal(step, entry, reason)
            )
        return [f"{step.verb} {step.end} at the {way} door: {problem}" for problem in found]

    async def _state(self, step: Step) -> tuple[Any, int]:
        async with self.node.store.read() as reader:
            resource = await _state_of(reader, step.resource)
            total = await reader.count(ResourceQuery(), None)
            members = await reader.member_counts([step.resource.id]) if step.resource else {}
            return (reader.head.access_version, total, resource, members), reader.head.position


async def _state_of(reader: Any, resource: Resource | None) -> Any:
    """Where a resource is and how: in the catalogue, in the bin, or nowhere."""
    return resource and (await reader.resource(resource.id), await reader.deleted([resource.id]))


def _traces(step: Step, reason: str | None, left: Sequence[Entry], call_id: str, *, changed: bool) -> Iterator[str]:
    wanted = ENTRIES.get(step.verb, 1) if reason is None else 1
    if len(left) != wanted:
        yield f"it left {len(left)} entries, not {wanted}"
    if changed is not (reason is None):
        yield f"it {'changed' if changed else 'did not change'} something"
    for entry in left:
        told = (entry.actor, entry.verb, entry.call_id, entry.outcome.value)
        verb = LOGGED.get(step.verb, step.verb)
        wished = (f"principals/{step.principal}", verb, call_id, "refused" if reason else "accepted")
        if told != wished:
            yield f"the entry says {told}, not {wished}"
        if entry.computed_leaf() != entry.leaf or entry.body is None or entry.salt is None:
            yield "the entry's leaf is not that of its header"
        elif hashlib.sha256(bytes.fromhex(entry.salt) + entry.body.encode()).hexdigest() != entry.body_digest:
            yield "the entry's digest is not that of its body"


def _wrong_entry(
    step: Step, entry: Entry, now: Resource | None, gone: Resource | None, rules: dict[str, Any]
) -> Iterator[str]:
    row = PolicyRow.from_rule(rules[entry.rule]) if entry.rule in rules else None
    if row is None or row.action not in (entry.action, "*") or row.effect != "allow":
        yield f"rule {entry.rule} does not allow to {entry.action}"
    if (entry.after is None) is not bool(gone) or entry.reason is not None:
        yield f"an accepted entry has the state {entry.after} and the reason {entry.reason}"
    if step.resource is None:
        return
    was = None if step.verb == "resources.undelete" else step.resource
    told = (entry.object, entry.before, entry.after, entry.access_before, entry.access_after)
    states = [(item and item.digest, item and item.access) for item in (was, now)]
    if told != (step.resource.name, states[0][0], states[1][0], states[0][1], states[1][1]):
        yield f"the entry's states are not those that the resource went through: {told}"


def _wrong_refusal(step: Step, entry: Entry, reason: str) -> Iterator[str]:
    if entry.reason != reason:
        yield f"the entry names {entry.reason} where the caller heard {reason}"
    if (entry.before, entry.after) != (None, None):
        yield "a refusal has a state"
    about_it = step.resource is not None and entry.object == step.resource.name
    access = step.resource.access if about_it else None
    if (entry.access_before, entry.access_after) != (access, access):
        yield "its owner's auditors would not find the refusal"
    if step.resource is not None and step.end not in ("not found", "no name") and entry.object != step.resource.name:
        yield f"the refusal is about {entry.object}"
    if "request_digest" not in orjson.loads(entry.body or "{}"):
        yield "the refusal does not say what was asked"


async def played(node: Any, city: Any, findings: Any, verbs: Sequence[str], ways: Sequence[str]) -> list[str]:
    """What is wrong with the traces of all steps of these verbs at these doors."""
    await city.settle(node)
    found = []
    async with node.doors() as doors:
        stage = Stage(node, doors, city)
        for verb in verbs:
            for way in city.ROUTES[verb].doors:
                if way in ways:
                    async for step in stage.steps(verb, way):
                        findings.tried += 1
                        found += await stage.play(step, way)
    return found


def missing(routes: dict[str, Any]) -> set[str]:
    """The verbs, methods and mutations for which there is no case."""
    verbs = {
        (area, name)
        for area, verbs in (
            ("resources", ResourceVerbs),
            ("batches", BatchVerbs),
            ("dependencies", DependencyVerbs),
            ("scenarios", ScenarioVerbs),
            ("members", MemberVerbs),
            ("organizations", OrganizationVerbs),
            ("shelf", ShelfVerbs),
            ("administration", AdministrationVerbs),
        )
        for name, member in vars(verbs).items()
        if inspect.iscoroutinefunction(member) and not name.startswith("_")
    }
    methods = {
        (service.rpartition(".")[2], method.name)
        for service in SERVICES
        if service.startswith("ucs.registry.") and service not in ELSEWHERE
        for method in Default().FindServiceByName(service).methods
        if method.name not in READS and method.name not in MANY
    }
    fields = core_schema(build_schema()).mutation_type.fields
    mutations = {
        name for name, field in fields.items() if str(field.type) in ("Resource!", "[Resource!]!", "MembersChange!")
    }
    known = routes.values()
    absent = verbs - {(route.area, route.method) for route in known}
    absent |= methods - {(route.stub.__name__.removesuffix("Stub"), route.rpc) for route in known if route.rpc}
    return set(map(".".join, absent)) | (mutations - {route.field for route in known})


def test_every_mutating_verb_method_and_mutation_has_a_case(city):
    assert missing(city.ROUTES) == set()
    assert set(city.cases("x")) == set(city.ROUTES)


@pytest.mark.parametrize("forgotten", ["resources.retire", "resources.submit", "organizations.import"])
def test_a_verb_without_a_case_is_found(city, forgotten):
    assert missing({verb: route for verb, route in city.ROUTES.items() if verb != forgotten})


async def test_every_mutating_call_leaves_its_entry(database, open_nodes, city, findings):
    async with open_nodes(database) as [node]:
        findings.expect_none(await played(node, city, findings, list(city.ROUTES), ("platform", "grpc", "graphql")))


class ForgetsWhatIsInvalid(Pipeline):
    """The twin: what cannot be right is refused before anybody thinks of the log."""

    async def _log_refusal(self, call: Any, mutation: Any, refusal: UcsError) -> None:
        if not isinstance(refusal, Invalid):
            await super()._log_refusal(call, mutation, refusal)


async def test_a_pipeline_that_forgets_invalid_calls_is_found(database, open_nodes, city, findings):
    def build(store: Any, verifier: Any) -> Any:
        return city.compose(store, verifier, pipeline=ForgetsWhatIsInvalid)

    async with open_nodes(database, 1, build) as [node]:
        verbs = ["resources.create", "resources.update", "organizations.import"]
        findings.expect_caught(
            "forgets what is invalid", await played(node, city, findings, verbs, ("platform", "grpc"))
        )
