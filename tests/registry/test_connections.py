"""What becomes of connections to PostgreSQL when their store is closed."""

from __future__ import annotations

from ucs_registry.sql import open_store


async def test_sessions_that_outlive_their_store_leave_no_connection(postgres_url: str) -> None:
    store = await open_store(postgres_url)
    drivers = []
    async with store.read() as reader, store.write() as unit:
        for connection in (reader._connection, unit._connection):
            drivers.append((await connection.get_raw_connection()).driver_connection)
        await store.close()
        assert [driver.closed for driver in drivers] == [False, False]
    assert [driver.closed for driver in drivers] == [True, True]
