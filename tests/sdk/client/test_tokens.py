"""Tokens: where they come from, how they are renewed, and where they are never sent."""

from __future__ import annotations

import asyncio

import pytest

from ucs_sdk import DeadlineExceeded, FailedPrecondition, Invalid, Unauthenticated
from ucs_sdk.client import AsyncClient, Client


class Purse:
    """Gives tokens one after the other, and counts."""

    def __init__(self, *tokens):
        self.tokens = list(tokens)
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.tokens[min(self.asked, len(self.tokens)) - 1]


async def test_an_expired_token_is_renewed_and_the_call_answered(served):
    purse = Purse(served.token(ago=3_600), served.token())
    async with served.asynchronous(token=purse) as client:
        assert await client.operations("ledger")
        assert await client.invoke("ledger.version")
    assert purse.asked == 2


async def test_a_token_that_is_awaited_is_renewed_as_well(served):
    purse = Purse(served.token(ago=3_600), served.token())

    async def token():
        return purse()

    async with served.asynchronous(token=token) as client:
        assert [each async for each in client.stream("ledger.each", {"text": "a"})]
    assert purse.asked == 2


async def test_a_token_is_read_from_its_file_again(served, tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{served.token()}\n")
    async with served.asynchronous(token=file) as client:
        assert await client.operations("ledger")
        served.rotate()
        file.write_text(f"{served.token()}\n")
        assert await client.operations("ledger")


async def test_many_calls_that_are_refused_ask_for_one_token(served):
    purse = Purse(served.token(ago=3_600), served.token())
    async with served.asynchronous(token=purse) as client:
        await asyncio.gather(*(client.operations() for _ in range(10)))
    assert purse.asked == 2


@pytest.mark.parametrize("kind", ["text", "always the same", "always another"])
async def test_a_token_that_stays_worthless_is_told(served, kind):
    old = [served.token(ago=3_600 + number) for number in range(3)]
    source = {"text": old[0], "always the same": Purse(old[0]), "always another": Purse(*old)}[kind]
    async with served.asynchronous(token=source) as client:
        with pytest.raises(Unauthenticated) as caught:
            await client.operations()
    assert caught.value.reason == "TOKEN_EXPIRED"
    if isinstance(source, Purse):
        assert source.asked == 2


async def test_a_token_file_that_cannot_be_read_is_named(served, tmp_path):
    async with served.asynchronous(token=tmp_path / "none", locale="zh") as client:
        for asked in (client.operations(), anext(client.watch())):
            with pytest.raises(Unauthenticated) as caught:
                await asked
            assert caught.value.reason == "FILE_UNREADABLE"
            assert "无法读取" in str(caught.value)


async def test_a_token_that_does_not_come_ends_with_the_deadline(served):
    async def token():
        await asyncio.Event().wait()

    async with served.asynchronous(token=token) as client:
        with pytest.raises(DeadlineExceeded) as caught:
            await client.operations(seconds=0.1)
    assert caught.value.reason == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize(
    "address", ["ucs.example.com:50051", "10.0.0.7:50051", "127.0.0.1.example.com:50051", "[2001:db8::1]:1"]
)
def test_no_token_goes_elsewhere_in_the_clear_unless_that_is_said(address):
    for kind in (Client, AsyncClient):
        with pytest.raises(FailedPrecondition) as caught:
            kind(address, token="x", locale="zh")
        assert caught.value.reason == "TOKEN_IN_THE_CLEAR"
        assert "明文" in str(caught.value)
    for allowed in ({"in_the_clear": True}, {"tls": True}, {"token": None}):
        with Client(address, **{"token": "x", **allowed}):
            pass


@pytest.mark.parametrize("address", ["localhost:1", "127.0.0.1:1", "127.8.9.10:1", "[::1]:1"])
def test_this_machine_may_be_told_in_the_clear(address):
    with Client(address, token="x"):
        pass


@pytest.mark.parametrize(
    "address", ["", "localhost", "localhost:99999", "http://localhost:1", "127.0.0.1:1,10.0.0.7:1", "dns:///x:1"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Invalid) as caught:
        Client(address, token="x")
    assert caught.value.fields["path"] == "address"
