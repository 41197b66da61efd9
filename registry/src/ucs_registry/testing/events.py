"""What every store holds of events, subscriptions, parked deliveries and leases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ucs_registry.events import Event, NewEvent, ParkedEvent, Subscription
from ucs_registry.ports import Store
from ucs_registry.testing.builders import NOW
from ucs_registry.testing.organizations import HOSTILE


def an_event(id: str = "1", type: str = "city.flood.seen.v1", **changes: Any) -> NewEvent:  # noqa: ANN401 -- any field
    """Something that happened at `NOW`, of no subject unless stated."""
    fields: dict[str, Any] = {
        "source": "plugins/flood",
        "subject": None,
        "time": NOW,
        "organization": "water",
        "data": {"水": [1, None]},
    }
    return NewEvent(id=id, type=type, **fields | changes)


def a_parking(position: int, subject: str = "a", **changes: Any) -> ParkedEvent:  # noqa: ANN401 -- any field
    """A delivery to the subscription `s` that failed once and is due at `NOW`."""
    fields: dict[str, Any] = {"subscription": "s", "attempts": 1, "due": NOW, "error": "PLUGIN_FAILED"}
    return ParkedEvent(position=position, subject=subject, **fields | changes)


async def emitted(store: Store, *events: NewEvent) -> list[int]:
    """Add events in a unit of their own; their positions."""
    async with store.write() as unit:
        positions = await unit.emit(events)
        await unit.commit()
    return positions


async def subscribed(store: Store, name: str = "s", position: int = 0) -> None:
    """Enter a subscription to events of one type."""
    async with store.write() as unit:
        await unit.put_subscription(Subscription(name=name, types=("city.flood.seen.v1",), position=position))
        await unit.commit()


class EventsContract:
    """The outbox and those who hear of it."""

    async def test_events_come_back_equal_in_the_order_of_commit(self, store: Store) -> None:
        new = [an_event(str(at), subject=f"{at % 2}", type=f"t{at % 3}") for at in range(6)]
        assert await emitted(store, *new[:4]) == [1, 2, 3, 4]
        assert await emitted(store, *new[4:]) == [5, 6]
        async with store.read() as reader:
            assert await reader.last_event() == 6
            found = await reader.events(after=0, first=9)
            assert found == [
                Event(**{name: getattr(each, name) for name in NewEvent.__slots__}, position=at)
                for at, each in enumerate(new, start=1)
            ]
            assert [event.position for event in await reader.events(types=["t0", "t2"], after=1, first=2)] == [3, 4]
            assert await reader.events(types=HOSTILE, after=0, first=9) == []
            assert (await reader.events_at([6, 1, 77])).keys() == {1, 6}
            assert await reader.newest_events(4) == {"t1": 5, "t2": 6}

    async def test_an_event_that_is_told_twice_is_there_once(self, store: Store) -> None:
        assert await emitted(store, an_event("a"), an_event("b"), an_event("a")) == [1, 2, 1]
        assert await emitted(store, an_event("b", data={}), an_event("a", source="other"), an_event("c")) == [2, 3, 4]
        async with store.read() as reader:
            assert [event.data for event in await reader.events(after=0, first=2)] == [{"水": [1, None]}] * 2

    async def test_what_was_not_committed_did_not_happen(self, store: Store) -> None:
        await emitted(store, an_event("a"))
        async with store.write() as unit:
            assert await unit.emit([an_event("b")]) == [2]
            assert await unit.last_event() == 2
        async with store.read() as reader:
            assert await reader.last_event() == 1
        assert await emitted(store, an_event("c")) == [2]

    async def test_an_event_is_awaited_until_it_is_handled_or_passed(self, store: Store) -> None:
        await emitted(store, *(an_event(str(at)) for at in range(5)))
        await subscribed(store)
        async with store.write() as unit:
            await unit.mark_handled("s", [3])
            await unit.mark_handled("s", [3])
            assert await unit.handled("s") == {3}
            await unit.advance("s", 2)
            await unit.advance("s", 1)
            await unit.commit()
        async with store.read() as reader:
            assert await reader.awaited("s", range(1, 6)) == {4, 5}
            assert await reader.awaited("s", []) == set()
            assert (await reader.subscriptions())["s"].position == 2
            assert not await reader.awaited("other", [4])
        async with store.write() as unit:
            await unit.advance("s", 4)
            assert await unit.handled("s") == set()
            await unit.commit()

    async def test_parked_deliveries_wait_in_the_order_of_their_subject(self, store: Store) -> None:
        await emitted(store, *(an_event(str(at)) for at in range(6)))
        await subscribed(store)
        later = NOW + timedelta(minutes=1)
        async with store.write() as unit:
            await unit.park(
                [
                    a_parking(1, due=later),
                    a_parking(2, attempts=0, due=None, error=None),
                    a_parking(3, "b"),
                    a_parking(4, "b", due=None),
                    a_parking(5, "c", dead=True, due=None),
                    a_parking(6, "c", due=None, attempts=0),
                ]
            )
            await unit.advance("s", 6)
            await unit.commit()
        async with store.read() as reader:
            assert [item.position for item in await reader.due_deliveries("s", NOW, first=9)] == [3, 6]
            assert [item.position for item in await reader.due_deliveries("s", later, first=2)] == [1, 3]
            assert await reader.parked_subjects("s") == {"a", "b", "c"}
            assert [item.position for item in await reader.parked("s", dead=True, first=9)] == [5]
            assert [item.position for item in await reader.parked(after=("s", 2), dead=False, first=2)] == [3, 4]
            assert await reader.awaited("s", range(1, 7)) == {1, 2, 3, 4, 6}
            assert await reader.due_subscriptions(NOW) == {"s"}
        async with store.write() as unit:
            await unit.mark_handled("s", [1])
            await unit.park([a_parking(3, "b", attempts=2, due=later)])
            assert [item.position for item in await unit.due_deliveries("s", NOW, first=9)] == [2, 6]
            assert (await unit.parked("s", first=1))[0] == a_parking(2, attempts=0, due=None, error=None)
            await unit.commit()

    async def test_a_subscription_goes_with_all_that_is_kept_of_it(self, store: Store) -> None:
        await emitted(store, an_event())
        await subscribed(store)
        await subscribed(store, "t")
        async with store.write() as unit:
            await unit.park([a_parking(1), a_parking(1, subscription="t")])
            await unit.mark_handled("s", [2])
            await unit.remove_subscription("s")
            assert await unit.handled("s") == set()
            assert [item.subscription for item in await unit.parked(first=9)] == ["t"]
            assert list(await unit.subscriptions()) == ["t"]
            await unit.commit()

    async def test_events_are_forgotten_once_everybody_is_done_with_them(self, store: Store) -> None:
        old = NOW - timedelta(days=1)
        await emitted(store, *(an_event(str(at), time=NOW if at == 3 else old) for at in range(6)))
        await subscribed(store, position=5)
        async with store.write() as unit:
            await unit.park([a_parking(2)])
            assert await unit.forget_events(NOW) == 3
            await unit.commit()
        async with store.write() as unit:
            assert [event.position for event in await unit.events(after=0, first=9)] == [2, 4, 6]
            await unit.advance("s", 6)
            assert await unit.forget_events(NOW + timedelta(days=1)) == 1
            await unit.commit()
        assert await emitted(store, an_event("new")) == [7]

    async def test_who_waits_for_another_type_keeps_no_events(self, store: Store) -> None:
        old = NOW - timedelta(days=1)
        await emitted(store, *(an_event(str(at), time=old, type="a" if at == 2 else "b") for at in range(6)))
        async with store.write() as unit:
            await unit.put_subscription(Subscription(name="done", types=("b",), position=6))
            await unit.put_subscription(Subscription(name="idle", types=("c",), position=0))
            await unit.put_subscription(Subscription(name="late", types=("a",), position=0))
            assert await unit.forget_events(NOW) == 2
            assert [event.position for event in await unit.events(after=0, first=9)] == [3, 4, 5, 6]
            await unit.advance("late", 3)
            assert await unit.forget_events(NOW) == 3
            await unit.commit()


class LeasesContract:
    """Leases: one holder at a time."""

    async def test_a_lease_has_one_holder_until_it_ends(self, store: Store) -> None:
        async with store.write() as unit:
            assert await unit.hold(["a", "b"], "one", 60) == {"a", "b"}
            await unit.commit()
        async with store.write() as unit:
            assert await unit.hold(["a", "c"], "two", 60) == {"c"}
            assert await unit.hold(["b"], "one", 60, anew=True) == set()
            assert await unit.hold(["a"], "one", 0) == {"a"}
            await unit.commit()
        async with store.write() as unit:
            assert not await unit.holds("a", "one")
            assert await unit.holds("b", "one")
            assert await unit.hold(["a"], "two", 60) == {"a"}
            await unit.release(["b", "a"], "one")
            await unit.commit()
        async with store.read() as reader:
            assert [await reader.holds(name, "two") for name in "abc"] == [True, False, True]
            assert [await reader.holds(name, "one") for name in "abc"] == [False, False, False]

    async def test_a_lease_that_was_not_committed_is_held_by_nobody(self, store: Store) -> None:
        async with store.write() as unit:
            assert await unit.hold(["a"], "one", 60) == {"a"}
        async with store.write() as unit:
            assert await unit.hold(["a"], "two", 60) == {"a"}
