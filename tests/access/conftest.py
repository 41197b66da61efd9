"""Generated worlds, small enough to ask casbin about and odd enough to matter, and what casbin answered."""

import random
from dataclasses import dataclass, field, replace

import pytest

from ucs_core.access import Action, compile_snapshot
from ucs_core.access.compiler import Meaning, Outcome
from ucs_core.access.oracle import build_enforcer
from ucs_core.access.policy import HeldRole, PolicyRow, RoleAssignment
from ucs_registry.organizations import Bilingual, NewOrganization, Organization
from ucs_registry.principals import Principal
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import ALLOWED, Cell
from ucs_sdk import (
    Availability,
    DataLevel,
    OpenType,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ShareType,
    Unauthenticated,
)

SEEDS = range(3700, 3740)
TYPES = ("video", "video_pool", "videos", "v", "stream", "data_set")
PREFIXES = ("v*", "video*", "video_*", "data_*", "s*")
ACTIONS = (Action.DISCOVER, Action.READ, Action.INVOKE)
WORDS = {
    "kind": tuple(ResourceKind),
    "share_type": tuple(ShareType),
    "data_level": tuple(DataLevel),
    "open_type": tuple(OpenType),
    "state": tuple(Availability),
}
STRANGE = ("weird", "*", "-", "", "video\n", "ONLINE", "a,b")
BARE = dict.fromkeys(("kind", "type", "share_type", "data_level", "open_type", "state"), "-")


def attributes_of(**values):
    """Access attributes that nobody has validated."""
    base = {
        "owner": "city",
        "kind": ResourceKind.DATA,
        "type": "video",
        "share_type": ShareType.UNCONDITIONAL,
        "data_level": DataLevel.L1,
        "open_type": OpenType.NONE,
        "state": Availability.ONLINE,
    }
    return AccessAttributes.model_construct(**base | values)


def organization_of(id, parent=None, number=0):
    return Organization(
        id=id,
        parent=parent,
        title=Bilingual(zh=id, en=id),
        level=OrganizationLevel.CITY,
        kind=OrganizationKind.DEPARTMENT,
        number=number,
        path="/",
    )


def principal_of(id, organization=None, disabled=False):
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=organization, disabled=disabled)


@dataclass(frozen=True)
class Request:
    """One question to both sides; `attributes` is None for an organisation, whose owner None is the platform."""

    principal: str
    action: Action
    owner: str | None
    attributes: AccessAttributes | None
    granted: bool


@dataclass
class World:
    seed: int
    organizations: list = field(default_factory=list)
    principals: list = field(default_factory=list)
    rules: list = field(default_factory=list)
    cells: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    _alone: dict = field(default_factory=dict)

    def compiled(self, **options):
        return compile_snapshot(
            version=1,
            organizations=self.organizations,
            principals=self.principals,
            rules=self.rules,
            cells=self.cells,
            **options,
        )

    def ask(self, enforcer, request):
        """Casbin's answer: whether it is allowed, and the id of the row that it stopped at."""
        values = BARE if request.attributes is None else request.attributes.__dict__
        owner = "-" if request.owner is None else request.owner
        allowed, row = enforcer.enforce_ex(
            request.principal, owner, *(values[name] for name in BARE), request.granted, request.action.value
        )
        return allowed, row[0] if row else None

    def matches_alone(self, rule, request):
        """Whether casbin, given this one row as an allow, allows the request."""
        if rule not in self._alone:
            row = PolicyRow.from_rule(next(row for row in self.rules if row.id == rule))
            kept = [row for row in self.rules if row.section == "g"]
            self._alone[rule] = build_enforcer(
                self.organizations, self.principals, [replace(row, effect="allow").to_rule(), *kept]
            )
        return self.ask(self._alone[rule], request)[0]


def decision_on(snapshot, request):
    """The snapshot's decision on a request; None for a caller who has none."""
    try:
        profile = snapshot.profile(request.principal)
    except Unauthenticated:
        return None
    if request.attributes is None:
        return snapshot.decide_organization(profile, request.action, request.owner)
    return snapshot.decide(profile, request.action, request.attributes, granted=request.granted)


def disagreements(world, snapshot):
    """The requests on which the snapshot and casbin differ."""
    found = []
    for request, (allowed, _) in world.answers.items():
        decision = decision_on(snapshot, request)
        if allowed != (decision is not None and decision.allowed):
            found.append(request)
    return found


def build_world(seed):
    chance = random.Random(seed)
    world = World(seed)
    ids = ["city", *chance.sample(["a", "a-b", "ab", "a-b-c", "b", "ba", "370202", "3702", "d1", "d2"], 8)]
    for number, id in enumerate(ids):
        parent = chance.choice(ids[:number]) if number else None
        world.organizations.append(organization_of(id, parent, number))
    chance.shuffle(world.organizations)
    homes = [*ids, None, "gone"]
    world.principals = [principal_of(f"p{number}", chance.choice(homes), disabled=number == 5) for number in range(6)]
    world.rules = _rules(chance) + _assignments(chance, ids)
    world.cells = [Cell(number=number, attributes=_attributes(chance, ids)) for number in range(60)]
    world.requests = [_request(chance, ids, world.cells) for _ in range(150)]
    return world


def _rules(chance):
    def cell(name):
        if chance.random() < 0.78:
            return "*"
        return chance.choice(TYPES + PREFIXES) if name == "type" else chance.choice(WORDS[name])

    rows = []
    for number in range(16):
        effect = "deny" if chance.random() < 0.2 else "allow"
        rows.append(
            PolicyRow(
                id=f"rule-{chance.randrange(1000):03}-{number}",
                role=chance.choice(["editor", "reader", "guest", "member", "public"]),
                relation=chance.choice(["own", "subtree", "ancestors", "any"]),
                **{name: str(cell(name)) for name in BARE},
                grant="required" if effect == "allow" and chance.random() < 0.3 else "none_needed",
                action=chance.choice([*ACTIONS, "*"]),
                effect=effect,
            ).to_rule()
        )
    return rows


def _assignments(chance, ids):
    return [
        RoleAssignment(
            id=f"role-{number}",
            principal=f"p{chance.randrange(6)}",
            role=chance.choice(["editor", "reader", "guest"]),
            anchor=chance.choice([*ids, None]),
        ).to_rule()
        for number in range(12)
    ]


def _attributes(chance, ids):
    values = {name: chance.choice(words) for name, words in WORDS.items()}
    return attributes_of(owner=chance.choice(ids), type=chance.choice(TYPES), **values)


def _request(chance, ids, cells):
    principal, action = f"p{chance.randrange(7)}", chance.choice(ACTIONS)
    granted = chance.random() < 0.4
    sort = chance.random()
    if sort < 0.1:
        return Request(principal, action, chance.choice([*ids, None, "gone"]), None, False)
    attributes = chance.choice(cells).attributes if sort < 0.5 else _attributes(chance, ids)
    if sort > 0.85:
        name = chance.choice(["owner", *BARE])
        attributes = attributes.model_copy(update={name: chance.choice(STRANGE)})
    return Request(principal, action, attributes.owner, attributes, granted)


def answered(world):
    """The world with casbin's answers to each of its requests, both as asked and with the grant the other way round."""
    world.answers.clear()
    enforcer = build_enforcer(world.organizations, world.principals, world.rules)
    for request in world.requests:
        both = [request] if request.attributes is None else [request, replace(request, granted=not request.granted)]
        for asked in both:
            world.answers[asked] = world.ask(enforcer, asked)
    return world


@pytest.fixture(scope="session")
def worlds():
    """Worlds with casbin's answers."""
    return [answered(build_world(seed)) for seed in SEEDS]


@pytest.fixture(scope="session")
def answered_world():
    """Makes the world of a seed and has it answered; `edited` has it answered again after its rows have changed."""

    class Making:
        @staticmethod
        def of(seed):
            return answered(build_world(seed))

        @staticmethod
        def edited(world, seed):
            chance = random.Random(seed)
            kept = [rule for rule in world.rules if chance.random() < 0.8]
            new = [row.model_copy(update={"id": f"new.{row.id}"}) for row in _rules(chance)[:4]]
            world.rules = kept + new
            return answered(world)

    return Making


@pytest.fixture(scope="session")
def differ():
    """Gives the requests on which a snapshot and casbin differ."""
    return disagreements


@pytest.fixture(scope="session")
def decide():
    """Gives a snapshot's decision on a request of a world."""
    return decision_on


@pytest.fixture(scope="session")
def make():
    """Makes organisations, principals and attributes with as few words as the case needs."""

    class Make:
        organization = staticmethod(organization_of)
        principal = staticmethod(principal_of)
        attributes = staticmethod(attributes_of)

        @staticmethod
        def tree(**parents):
            return [organization_of(id, parent, number) for number, (id, parent) in enumerate(parents.items())]

        @staticmethod
        def new_tree(**parents):
            return [NewOrganization(**item.model_dump(exclude={"number", "path"})) for item in Make.tree(**parents)]

        @staticmethod
        def cells(*attributes):
            return [Cell(number=number, attributes=item) for number, item in enumerate(attributes)]

        @staticmethod
        def assign(principal, role, anchor=None):
            id = f"role.{principal}.{role}.{anchor or ''}".strip(".")
            return RoleAssignment(id=id, principal=principal, role=role, anchor=anchor).to_rule()

    return Make


# --- compilers that are broken in one place, for tests that take a `mutant` ------------------------------------
class DenyIgnored(Meaning):
    def settle(self, found):
        return super().settle(found._replace(deny=None))


class DenyYieldsToAllow(Meaning):
    def settle(self, found):
        return super().settle(found._replace(deny=None) if found.allow else found)


class DenyYieldsToGrant(Meaning):
    def settle(self, found):
        return super().settle(found._replace(deny=None) if found.allow_with_grant and not found.allow else found)


class GrantNotAskedFor(Meaning):
    def sort(self, effect, grant):
        return 1 if super().sort(effect, grant) == 2 else super().sort(effect, grant)


class GrantNeverCounts(Meaning):
    def settle(self, found):
        return super().settle(found._replace(allow_with_grant=None))


class EverythingAllowed(Meaning):
    def settle(self, found):
        return super().settle(found) if any(found) else Outcome(ALLOWED, None)


class SubtreeWithoutItsTop(Meaning):
    def spans(self, relation, anchor, tree):
        spans = super().spans(relation, anchor, tree)
        return [(start + 1, stop) for start, stop in spans if stop > start + 1] if relation == "subtree" else spans


class SubtreeOneTooFar(Meaning):
    def spans(self, relation, anchor, tree):
        spans = super().spans(relation, anchor, tree)
        return [(start, stop + 1) for start, stop in spans] if relation == "subtree" else spans


class AncestorsUpsideDown(Meaning):
    def spans(self, relation, anchor, tree):
        return super().spans("subtree" if relation == "ancestors" else relation, anchor, tree)


class OwnWithAllBelow(Meaning):
    def spans(self, relation, anchor, tree):
        return super().spans("subtree" if relation == "own" else relation, anchor, tree)


class AnyNeedsAnAnchor(Meaning):
    def spans(self, relation, anchor, tree):
        return [] if anchor is None else super().spans(relation, anchor, tree)


class UnknownOwnerAllowed(Meaning):
    def spans(self, relation, anchor, tree):
        return [(0, tree.nowhere + 1)] if relation == "any" else super().spans(relation, anchor, tree)


class PlatformForgotten(Meaning):
    def spans(self, relation, anchor, tree):
        return [(0, tree.platform)] if relation == "any" else super().spans(relation, anchor, tree)


class ExactTakenForPrefix(Meaning):
    def comparison(self, column, value):
        return len(value) if column == "type" and "*" not in value else super().comparison(column, value)


class PrefixTakenForExact(Meaning):
    def comparison(self, column, value):
        return -1 if column == "type" and value.endswith("*") and value != "*" else super().comparison(column, value)


class StateNotLookedAt(Meaning):
    def comparison(self, column, value):
        return 0 if column == "state" else super().comparison(column, value)


class MemberOfNowhere(Meaning):
    def held(self, principal, assigned, tree):
        return (*super().held(principal, assigned, tree), HeldRole("member", None))


MUTANTS = {each.__name__: each for each in Meaning.__subclasses__() if each.__module__ == __name__}


@pytest.fixture(scope="session")
def mutants():
    """Those compilers, by name."""
    return MUTANTS


def pytest_generate_tests(metafunc):
    """A module may name those that it cannot tell from a sound one: `UNNOTICED`."""
    if "mutant" in metafunc.fixturenames:
        unnoticed = getattr(metafunc.module, "UNNOTICED", ())
        wanted = {name: mutant for name, mutant in MUTANTS.items() if name not in unnoticed}
        metafunc.parametrize("mutant", wanted.values(), ids=wanted.keys())
