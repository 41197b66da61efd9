"""Promise 14 for what is said about access, keys and the log itself: every mutating call leaves exactly one entry.

The catalogue's own verbs are tried beside `tests/promises/catalogue`. What is not theirs is tried here, so that no verb,
method or mutation of the platform is without a case: see `missing`.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any, get_type_hints

import orjson
import pytest
from google.protobuf.descriptor_pool import Default

from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.grpc.gate import READS
from ucs_core.grpc.server import SERVICES
from ucs_core.platform import Platform, build_platform
from ucs_core.platform.pipeline import Pipeline
from ucs_registry.log import Outcome
from ucs_sdk.errors import Invalid, UcsError

CATALOGUE = (
    "administration",
    "batches",
    "dependencies",
    "imports",
    "members",
    "organizations",
    "resources",
    "reviews",
    "scenarios",
    "shelf",
)
"""The verbs that are tried elsewhere; their services are in `ucs.registry.v1`."""

OF_THE_CATALOGUE = ("Resource!", "[Resource!]!", "MembersChange!", "Scenario!", "[ReviewResult!]!")
"""What their mutations answer."""

BESIDE = {
    "keys.revoke": ("", ""),
    "keys.announce_log_key": ("", ""),
    "log.compact": ("LogService.Compact", "compactLog"),
    # Types and vocabularies are tried in `test_14_types.py`.
    "types.put_type": ("TypeService.PutType", "putType"),
    "types.put_vocabulary": ("TypeService.PutVocabulary", "putVocabulary"),
    # Plugins are tried in `tests/extending/test_doors.py`.
    "plugins.enable": ("PluginService.EnablePlugin", "enablePlugin"),
    "plugins.disable": ("PluginService.DisablePlugin", "disablePlugin"),
    "events.replay": ("PluginService.ReplayEvents", "replayEvents"),
    "operations.invoke": ("CapabilityService.Invoke", "invoke"),
}
"""Verbs that are not about access: the method and the mutation of each, where it has them."""

NOBODY = "principals/nobody"

ABOUT_ACCESS = ("principals.", "roles.", "policies.", "grants.")
"""Verbs on objects that have states; a key and the log itself have none."""


def cases(mark: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The arguments of an accepted call of each verb on access; `mark` keeps the names of new things apart."""
    one = {"name": f"principals/p-{mark}"}
    held = {"principal": f"p-{mark}", "role": "reviewer", "anchor": "pumps"}
    row = {"id": f"local.{mark}", "role": "reviewer", "relation": "own", "action": "audit"}
    grant = {"grantee": f"principals/p-{mark}", "action": "read", "resource": names[1]}
    return {
        "principals.create": {"principal": {"id": f"n-{mark}", "kind": "hub", "title": "New", "organization": "water"}},
        "principals.update": one | {"changes": {"title": "Another"}},
        "principals.disable": one | {"reason": "Left."},
        "principals.enable": one,
        "principals.bind": one | {"issuer": "https://id.example", "subject": mark},
        "principals.unbind": one,
        "principals.revoke_tokens": one,
        "roles.assign": held,
        "roles.unassign": held,
        "policies.apply": {"put": [row]},
        "grants.give": {"grant": grant},
        "grants.revoke": {"id": f"grants/{mark}", "reason": "Over."},
    }


WRONG = {
    "principals.create": ({"principal": {"id": "UPPER", "kind": "hub", "title": "X"}}, "FIELD_PATTERN"),
    "principals.update": ({"changes": {"title": ""}}, None),
    "principals.disable": ({"reason": " "}, "FIELD_TOO_SHORT"),
    "principals.bind": ({"issuer": "two words"}, "FIELD_PATTERN"),
    "roles.assign": ({"role": "nonsense"}, "ROLE_UNKNOWN"),
    "roles.unassign": ({"role": "editor"}, "ROLE_NOT_HELD"),
    "policies.apply": ({"put": [{"id": "x", "role": "Bad Role", "relation": "own"}]}, "POLICY_ROW_INVALID"),
    "grants.give": ({"grant": {"grantee": NOBODY, "action": "read", "resource": "resources/x"}}, "NOT_FOUND"),
    "grants.revoke": ({"reason": " "}, "FIELD_TOO_SHORT"),
}
"""What is wrong with a call that is otherwise sound, and the reason for which it is refused; None where doors differ."""


class Stage:
    """Sets the scene for calls, makes them, and looks at the log."""

    def __init__(self, city: Any, names: Sequence[str]) -> None:
        self.city = city
        self.names = names
        self.numbers = count(1)

    async def scene(self, verb: str) -> dict[str, Any]:
        """The arguments of a call that will be accepted, with a principal of its own to be about."""
        mark, platform, call = str(next(self.numbers)), self.city.platform, self.city.call("founder")
        arguments = cases(mark, self.names)[verb]
        who = f"principals/p-{mark}"
        new = {"id": f"p-{mark}", "kind": "person", "title": "P", "organization": "pumps"}
        await platform.principals.create(call, new)
        match verb:
            case "principals.enable":
                await platform.principals.disable(call, who, "Left.")
            case "principals.unbind":
                await platform.principals.bind(call, who, "https://id.example", mark)
            case "roles.unassign":
                await platform.roles.assign(call, f"p-{mark}", "reviewer", "pumps")
            case "grants.revoke":
                given = await platform.grants.give(call, {"grantee": who, "action": "read", "resource": self.names[1]})
                arguments = arguments | {"id": given.name}
        return arguments

    async def trials(self, verb: str) -> Any:
        """Every end of a verb: a name for it, who calls, the arguments, and the reason for which it is refused."""
        yield "accepted", "founder", await self.scene(verb), None
        denied = "DENIED" if verb == "grants.give" else None
        yield "denied", "clerk", await self.scene(verb), denied or ("NOT_FOUND", "DENIED_THERE")
        yield "no request id", "founder", await self.scene(verb) | {"request_id": "has a space"}, "REQUEST_ID_INVALID"
        if verb in WRONG:
            wrong, reason = WRONG[verb]
            yield (
                "invalid",
                "founder",
                await self.scene(verb) | wrong,
                reason or ("FIELD_TOO_SHORT", "FIELD_TYPE", "FIELD_MISSING"),
            )
        if "name" in (await self.scene(verb)):
            yield "not found", "founder", await self.scene(verb) | {"name": NOBODY}, "NOT_FOUND"

    async def play(self, way: str, verb: str, end: str, who: str, arguments: dict[str, Any], reason: Any) -> list[str]:
        """Make the call, and tell what is wrong with the traces that it left."""
        attempt = partial(self.city.do, way, who, verb, **arguments)
        found = await self.traced(verb, who, attempt, reason, way, "")
        return [f"{verb} {end} at the {way} door: {problem}" for problem in found]

    async def traced(self, verb: str, who: str, attempt: Any, reason: Any, way: str, call_id: str) -> list[str]:
        """Make a call, and tell what is wrong with its traces; `call_id` is known where it was made on the platform."""
        before, position = await self._standing()
        told = None
        try:
            await attempt()
        except UcsError as refusal:
            told = refusal.reason
        after, _ = await self._standing()
        async with self.city.store.read() as reader:
            left = await reader.log(after=position, first=10)
        wanted = (reason,) if reason is None or isinstance(reason, str) else reason
        found = [] if told in wanted else [f"the answer was {told}, not {reason}"]
        if len(left) != 1:
            found.append(f"it left {len(left)} entries")
        if told is not None and after != before:
            found.append("it was refused and changed something")
        id = call_id if way == "platform" else self.city.call_id
        for entry in left:
            found += self._wrong(entry, (f"principals/{who}", verb, id), told)
        return found

    def _wrong(self, entry: Any, wished: tuple[str, str, str], told: str | None) -> list[str]:
        said = (entry.actor, entry.verb, entry.call_id)
        found = [] if said == wished else [f"the entry says {said}, not {wished}"]
        outcome = Outcome.ACCEPTED if told is None else Outcome.REFUSED
        if (entry.outcome, entry.reason) != (outcome, told):
            found.append(f"the entry says {entry.outcome} for {entry.reason}, not {outcome} for {told}")
        stated = entry.before or entry.after or not entry.verb.startswith(ABOUT_ACCESS)
        if told is None and (entry.rule is None or not stated):
            found.append(f"the entry has rule {entry.rule} and states {entry.before}, {entry.after}")
        if told is not None and "request_digest" not in orjson.loads(entry.body or "{}"):
            found.append("the refusal does not say what was asked")
        return found

    async def _standing(self) -> tuple[Any, int]:
        async with self.city.store.read() as reader:
            grants = await reader.find_grants()
            return (reader.head.access_version, len(grants)), reader.head.position


async def played(city: Any, names: Sequence[str], findings: Any, verbs: Sequence[str]) -> list[str]:
    """What is wrong with the traces of all ends of these verbs at both doors."""
    stage, found = Stage(city, names), []
    for verb in verbs:
        for way in ("grpc", "graphql"):
            async for trial in stage.trials(verb):
                findings.tried += 1
                found += await stage.play(way, verb, *trial)
    return found


LOG_KEY = SimpleNamespace(id="0a1b2c3d", verification_key="here+0a1b2c3d+AAAA")


def beside(city: Any, who: str) -> Iterator[tuple[str, str, Any, Any]]:
    """How somebody makes each call that is not about access: the verb as the log has it, the door, sound and wrong."""
    platform, doors = city.platform, city.doors
    yield (
        "keys.revoke",
        "platform",
        lambda call: platform.keys.revoke(call, ["A" * 43]),
        lambda call: platform.keys.revoke(call, ["nonsense"]),
    )
    yield "log.rotate_key", "platform", lambda call: platform.keys.announce_log_key(call, LOG_KEY), None
    compact = partial(doors.rpc, who, "ucs.log.v1.LogService.Compact")
    field = partial(doors.field, "mutation", who, "compactLog")
    keep = platform.log.compact
    wrong = 10**6
    yield "log.compact", "platform", lambda call: keep(call, 1), lambda call: keep(call, wrong)
    yield "log.compact", "grpc", lambda call: compact({"upto": 1}), lambda call: compact({"upto": wrong})
    yield "log.compact", "graphql", lambda call: field({"upto": 1}), lambda call: field({"upto": wrong})


async def played_beside(city: Any, names: Sequence[str], findings: Any) -> list[str]:
    """What is wrong with the traces of the calls that are not about access."""
    stage, found = Stage(city, names), []
    for who, refused in (("founder", None), ("keeper", "DENIED_THERE")):
        for verb, way, sound, wrong in beside(city, who):
            for attempt, reason in ((sound, refused), (wrong, refused or ("FIELD_INVALID", "POSITION_UNKNOWN"))):
                if attempt is not None:
                    findings.tried += 1
                    call = city.call(who)
                    problems = await stage.traced(verb, who, partial(attempt, call), reason, way, call.call_id)
                    found += [f"{verb} by {who} at the {way} door: {problem}" for problem in problems]
    return found


def missing(routes: dict[str, tuple[str, str]]) -> set[str]:
    """The verbs, methods and mutations for which there is no case, here or among those of the catalogue."""
    areas = {
        field.name: get_type_hints(Platform)[field.name]
        for field in dataclasses.fields(Platform)
        if field.name not in CATALOGUE
        and getattr(get_type_hints(Platform)[field.name], "__name__", "").endswith("Verbs")
    }
    verbs = {
        f"{area}.{name}"
        for area, kind in areas.items()
        for name, member in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    methods = {
        f"{service.rpartition('.')[2]}.{method.name}"
        for service in SERVICES
        if not service.startswith("ucs.registry.")
        for method in Default().FindServiceByName(service).methods
        if method.name not in READS
    }
    fields = core_schema(build_schema()).mutation_type.fields
    mutations = {name for name, field in fields.items() if str(field.type) not in OF_THE_CATALOGUE}
    known = set(routes) | {part for route in routes.values() for part in route}
    return (verbs | methods | mutations) - known


def every_route(routes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    verbs = {verb: (f"AccessService.{method}", field) for verb, (method, field) in routes["verbs"].items()}
    return verbs | BESIDE


def test_every_mutating_verb_method_and_mutation_has_a_case(routes, names):
    assert missing(every_route(routes)) == set()
    assert set(cases("x", names)) == set(routes["verbs"])


@pytest.mark.parametrize("forgotten", ["roles.assign", "policies.apply", "principals.revoke_tokens", "log.compact"])
def test_a_verb_without_a_case_is_found(routes, forgotten):
    known = {verb: route for verb, route in every_route(routes).items() if verb != forgotten}
    assert forgotten in missing(known)


@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
async def test_every_mutating_call_about_access_leaves_its_entry(
    request, open_city, open_store_of, names, routes, findings, url, round_number
):
    async with open_store_of(request.getfixturevalue(url)) as store, open_city(store) as city:
        found = await played(city, names, findings, list(routes["verbs"]))
        findings.expect_none([*found, *await played_beside(city, names, findings)])


class ForgetsWhatIsInvalid(Pipeline):
    """The twin: what cannot be right is refused before anybody thinks of the log."""

    async def _log_refusal(self, call: Any, mutation: Any, refusal: UcsError) -> None:
        if not isinstance(refusal, Invalid):
            await super()._log_refusal(call, mutation, refusal)


async def test_a_pipeline_that_forgets_invalid_calls_is_found(open_city, open_store_of, names, sqlite_url, findings):
    def build(store: Any, verifier: Any, *, origin: str) -> Platform:
        platform = build_platform(store, verifier, origin=origin)
        platform.pipeline.__class__ = ForgetsWhatIsInvalid
        return platform

    async with open_store_of(sqlite_url) as store, open_city(store, build=build) as city:
        verbs = ["principals.create", "roles.assign", "policies.apply"]
        findings.expect_caught("forgets what is invalid", await played(city, names, findings, verbs))
