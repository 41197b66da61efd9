"""Who may do what is kept by the platform's administrators alone."""

import pytest

from ucs_core.access.policy import RoleAssignment
from ucs_core.access.tokens import LocalIssuer
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_sdk.errors import Denied, FailedPrecondition, Invalid
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

ROOT = NewOrganization(
    id="37",
    parent=None,
    title=Bilingual(zh="山东省", en="Shandong"),
    level=OrganizationLevel.PROVINCE,
    kind=OrganizationKind.DIVISION,
)
FOUNDER = Principal(id="founder", kind=PrincipalKind.PERSON, title="Founder", organization="37")


def _role(principal, role):
    rule = RoleAssignment(id=f"{principal}.{role}".replace("_", "-"), principal=principal, role=role, anchor="37")
    return rule.to_rule().model_dump(mode="json")


@pytest.fixture
async def store():
    store = InMemoryStore()
    yield store
    await store.close()


@pytest.fixture
async def platform(store, tmp_path):
    await found(store, system_clock, "here", [ROOT], FOUNDER)
    issuer = LocalIssuer.load_or_create(tmp_path / "key.pem")
    platform = build_platform(store, issuer.verifier(), origin="here")
    call = Call(principal="founder")
    mayor = {"id": "mayor", "kind": "person", "title": "Mayor", "organization": "37"}
    await platform.administration.put_principals(call, [mayor])
    await platform.administration.put_rules(call, [_role("mayor", "organization_administrator")])
    return platform


async def _state(platform):
    async with platform.session("founder") as session:
        return [entry.outcome for entry in await session.log(after=0, first=200)]


async def test_who_administers_the_top_of_the_tree_does_not_make_itself_more(platform):
    mayor = Call(principal="mayor")
    with pytest.raises(Denied):
        await platform.administration.put_rules(mayor, [_role("mayor", "platform_administrator")])
    with pytest.raises(Denied):
        await platform.administration.put_principals(
            mayor, [FOUNDER.model_copy(update={"disabled": True}).model_dump()]
        )
    await platform.administration.put_rules(Call(principal="founder"), [_role("mayor", "auditor")])


@pytest.mark.parametrize(
    "values",
    [
        ("editor", "own", "*", "*", "*", "*", "*", "*", "none_needed", "fly", "allow"),
        ("editor", "own", "*", "data.*", "*", "*", "*", "*", "none_needed", "read", "allow"),
        ("editor", "own", "*", "*", "*", "*", "*", "*", "required", "read", "deny"),
        ("editor", "own"),
    ],
)
async def test_a_bad_policy_row_is_refused_and_nothing_changes(platform, values):
    before = await _state(platform)
    row = {"id": "bad", "section": "p", "values": values}
    with pytest.raises(Invalid, match="POLICY_ROW_INVALID") as caught:
        await platform.administration.put_rules(Call(principal="founder"), [_role("mayor", "auditor"), row])
    assert caught.value.fields["row"] == "bad"
    assert await _state(platform) == [*before, "refused"]


async def test_a_platform_is_founded_once(platform, store):
    with pytest.raises(FailedPrecondition, match="FOUNDED_ALREADY"):
        await found(store, system_clock, "here", [ROOT], FOUNDER)
