"""What every store promises of whom access is given to, and of what it has forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ucs_registry.ports import RememberedRequest, Store
from ucs_registry.principals import Principal, RuleRow, Subject
from ucs_registry.testing.builders import NOW, a_grant, a_resource, an_entry, an_id, founded
from ucs_sdk.errors import AlreadyExists
from ucs_sdk.vocabulary import Availability, PrincipalKind

_AT_ONE = Subject(issuer="https://one.example", subject="u 1")
_AT_TWO = Subject(issuer="https://two.example", subject="u 1")


def _person(id: str, subject: Subject | None = None) -> Principal:
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, subject=subject)


class IdentityContract:
    """Subjects, revocation epochs and revoked keys."""

    async def test_subject_and_revocation_epoch_come_back_equal(self, store: Store) -> None:
        revoked = NOW + timedelta(microseconds=1)
        people = [_person("a", _AT_ONE), _person("b", _AT_TWO).model_copy(update={"revoked_before": revoked})]
        await _entered(store, *people)
        async with store.read() as reader:
            assert await reader.principals() == people

    async def test_no_two_principals_have_the_same_subject(self, store: Store) -> None:
        await _entered(store, _person("a", _AT_ONE))
        async with store.write() as unit:
            for batch in ([_person("b", _AT_ONE)], [_person("b", _AT_TWO), _person("c", _AT_TWO)]):
                with pytest.raises(AlreadyExists) as refusal:
                    await unit.put_principals(batch)
                assert (refusal.value.reason, refusal.value.fields["taken"]) == ("SUBJECT_TAKEN", "u 1")
            assert await unit.principals() == [_person("a", _AT_ONE)]
            await unit.put_principals([_person("a", _AT_ONE), _person("b", _AT_TWO)])
            await unit.commit()

    async def test_subjects_change_hands_in_one_step(self, store: Store) -> None:
        await _entered(store, _person("a", _AT_ONE), _person("b", _AT_TWO))
        await _entered(store, _person("a", _AT_TWO), _person("b", _AT_ONE))
        await _entered(store, _person("a"), _person("c", _AT_TWO))
        async with store.read() as reader:
            assert [who.subject for who in await reader.principals()] == [None, _AT_ONE, _AT_TWO]

    async def test_revoked_keys_are_kept_and_move_the_access_version(self, store: Store) -> None:
        for keys, moved in ((["k2", "k1", "k2"], 1), (["k1"], 0), ([], 0)):
            async with store.write() as unit:
                before = unit.head.access_version
                await unit.revoke_keys(keys)
                await unit.commit()
            async with store.read() as reader:
                assert reader.head.access_version == before + moved
                assert await reader.revoked_keys() == ["k1", "k2"]

    async def test_requests_are_forgotten_by_their_instant(self, store: Store) -> None:
        async with store.write() as unit:
            for minute in range(3):
                at = NOW + timedelta(minutes=minute)
                request = RememberedRequest(actor="a", request_id=str(minute), fingerprint="f", answer="{}", at=at)
                await unit.remember(request)
            assert await unit.forget_requests(NOW) == 0
            assert await unit.forget_requests(NOW + timedelta(minutes=2)) == 2
            await unit.commit()
        async with store.read() as reader:
            kept = [await reader.remembered("a", str(minute)) for minute in range(3)]
        assert [request.at if request else None for request in kept] == [None, None, NOW + timedelta(minutes=2)]


class LookupContract:
    """Rules, grants and cells are found without reading all of them."""

    async def test_rules_are_found_by_section_and_first_value(self, store: Store) -> None:
        rules = [
            RuleRow(id="a", section="p", values=("editor", "x")),
            RuleRow(id="b", section="g", values=("editor",)),
            RuleRow(id="c", section="p", values=("auditor",)),
            RuleRow(id="d", section="p", values=()),
            RuleRow(id="e", section="p", values=("",)),
            RuleRow(id="f", section="p", values=("\x00",)),
            RuleRow(id="g", section="p", values=("other", "editor")),
        ]
        async with store.write() as unit:
            await unit.put_rules([RuleRow(id="c", section="p", values=("editor",)), *rules])
            await unit.commit()
        async with store.read() as reader:
            for section, names, found in (
                ("p", ["editor"], "a"),
                ("p", ["auditor", "editor", "editor", "nobody"], "ac"),
                ("g", ["editor"], "b"),
                ("p", [""], "e"),
                ("p", ["\x00"], "f"),
                ("p", [], ""),
            ):
                assert [rule.id for rule in await reader.rules_of(section, names)] == list(found)

    async def test_grants_are_found_by_every_stated_part(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2))
        grants = [
            a_grant(1, id="a"),
            a_grant(1, id="b", grantee="organizations/37", valid_until=None),
            a_grant(2, id="c", valid_until=NOW),
            a_grant(2, id="d", valid_from=NOW + timedelta(days=1), valid_until=None),
        ]
        first, reader_ = f"resources/{an_id(1)}", "principals/reader"
        async with store.write() as unit:
            await unit.put_grants(grants[::-1])
            await unit.commit()
        async with store.read() as reader:
            assert await reader.find_grants() == grants
            for asked, found in (
                ({"ids": ["b", "d", "none"]}, "bd"),
                ({"ids": []}, ""),
                ({"resources": [first, "x"]}, "ab"),
                ({"resources": [an_id(1)]}, ""),
                ({"grantees": [reader_]}, "acd"),
                ({"live_at": NOW}, "ab"),
                ({"live_at": NOW + timedelta(days=1)}, "bd"),
                ({"after": "b"}, "cd"),
                ({"first": 2}, "ab"),
                ({"resources": [first], "grantees": [reader_], "live_at": NOW, "first": 9}, "a"),
            ):
                assert [grant.id for grant in await reader.find_grants(**asked)] == list(found), asked

    async def test_removed_grants_are_gone(self, store: Store) -> None:
        async with store.write() as unit:
            await unit.put_grants([a_grant(1), a_grant(2)])
            await unit.remove_grants(["grant-1", "unknown"])
            await unit.commit()
        async with store.read() as reader:
            assert [grant.id for grant in await reader.find_grants()] == ["grant-2"]
            assert reader.head.access_version == 0

    async def test_cells_are_counted_by_what_they_hold_now(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2), a_resource(3, owner="water"))
        async with store.write() as unit:
            await unit.save([a_resource(3, owner="water", availability=Availability.SUSPENDED)])
            await unit.commit()
        async with store.read() as reader:
            assert await reader.cell_counts() == {0: 2, 2: 1}

    async def test_log_is_read_by_owner(self, store: Store) -> None:
        await founded(store)
        owners = [None, "37", "water", "37", "3706", None, *["water"] * 40, "3706"]
        async with store.write() as unit:
            for owner in owners:
                access = None if owner is None else a_resource(owner=owner).access
                unit.append(an_entry(access_before=None if owner == "37" else access, access_after=access))
            await unit.commit()
        async with store.read() as reader:

            async def found(after: int, first: int, *asked: str) -> list[int]:
                return [entry.position for entry in await reader.log(after=after, first=first, owners=asked)]

            assert await found(0, 9, "37") == [2, 4]
            assert await found(2, 9, "37") == [4]
            assert await found(0, 3, "37", "3706") == [2, 4, 5]
            assert await found(0, 2, "3706", "unknown", "\x00") == [5, 47]
            assert await found(5, 1, "3706") == [47]
            assert await found(0, 9) == []
            assert await found(0, 0, "37") == []
            assert await reader.log(after=4, first=1, owners=["3706"]) == await reader.log(after=4, first=1)


async def _entered(store: Store, *people: Principal) -> None:
    async with store.write() as unit:
        await unit.put_principals(people)
        await unit.commit()
