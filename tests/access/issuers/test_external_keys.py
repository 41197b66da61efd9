"""When a provider is asked for its keys, and what counts while it gives none."""

import asyncio

import pytest
import structlog

from ucs_core.access.issuers import RETRY_SECONDS, ExternalIssuer
from ucs_sdk import Unavailable


async def test_nobody_is_asked_before_a_token_comes(issuer, provider):
    assert provider.asked == []
    for _ in range(3):
        await issuer.vouch(provider.token())
    assert provider.asked == ["/jwks"]


async def test_many_callers_wait_for_one_answer(issuer, provider):
    provider.hang = asyncio.Event()
    waiting = [asyncio.create_task(issuer.vouch(provider.token())) for _ in range(20)]
    await provider.was_asked.wait()
    provider.hang.set()
    assert {found.subject for found in await asyncio.gather(*waiting)} == {"0-1-2"}
    assert provider.asked == ["/jwks"]


async def test_a_caller_who_gives_up_leaves_the_answer_to_the_others(issuer, provider):
    provider.hang = asyncio.Event()
    hasty, patient = (asyncio.create_task(issuer.vouch(provider.token())) for _ in range(2))
    await provider.was_asked.wait()
    hasty.cancel()
    await asyncio.wait({hasty})
    provider.hang.set()
    assert (await patient).subject == "0-1-2"


async def test_a_new_key_is_asked_for_when_a_token_names_it(issuer, provider, time):
    await issuer.vouch(provider.token())
    provider.published = ["r2", "r1"]
    time.passed = RETRY_SECONDS
    assert (await issuer.vouch(provider.token("r2"))).subject == "0-1-2"
    assert len(provider.asked) == 2


async def test_unknown_keys_do_not_make_us_ask_more_than_once_in_a_while(issuer, provider, time, refusal):
    await issuer.vouch(provider.token())
    time.passed = RETRY_SECONDS
    for number in range(50):
        assert await refusal(issuer, provider.token(f"forged-{number}", provider.keys["r1"])) == "TOKEN_UNTRUSTED"
    assert len(provider.asked) == 2


async def test_a_key_that_was_taken_away_counts_no_more_after_the_refresh(issuer, provider, time, refusal):
    await issuer.vouch(provider.token())
    provider.published = ["r2"]
    time.passed = 299
    await issuer.vouch(provider.token())
    time.passed = 300
    assert await refusal(issuer, provider.token()) == "TOKEN_UNTRUSTED"


async def test_other_material_under_a_known_name_ends_what_was_remembered(issuer, provider, time, refusal, answer):
    await issuer.vouch(provider.token())
    provider.answer = answer({"keys": [provider.jwks["r2"] | {"kid": "r1"}]})
    time.passed = 300
    assert await refusal(issuer, provider.token()) == "TOKEN_UNTRUSTED"


async def test_the_last_keys_count_in_an_outage_and_not_for_ever(issuer, provider, time):
    await issuer.vouch(provider.token(exp=provider.now + 86_000))
    await provider.stop()
    for passed in (300, 1000, 3599):
        time.passed = passed
        assert (await issuer.vouch(provider.token(exp=provider.now + 86_000))).subject == "0-1-2"
    time.passed = 3600
    with pytest.raises(Unavailable, match="ISSUER_UNREACHABLE") as caught:
        await issuer.vouch(provider.token(exp=provider.now + 86_000))
    assert caught.value.retry_after >= 1


async def test_in_a_known_outage_nobody_waits(issuer, provider, time, answer):
    await issuer.vouch(provider.token())
    provider.answer = answer({}, "503 Service Unavailable")
    time.passed = 300
    await issuer.vouch(provider.token())
    provider.hang = asyncio.Event()
    time.passed = 320
    async with asyncio.timeout(1):
        assert (await issuer.vouch(provider.token())).subject == "0-1-2"
    provider.hang.set()


async def test_an_unknown_key_in_an_outage_is_no_verdict(issuer, provider, time, refusal):
    await issuer.vouch(provider.token())
    await provider.stop()
    time.passed = RETRY_SECONDS
    assert await refusal(issuer, provider.token("r2")) == "ISSUER_UNREACHABLE"


async def test_the_provider_is_back_and_so_are_its_callers(provider, time, refusal, answer):
    provider.answer = answer({}, "500 Broken")
    issuer = ExternalIssuer(provider.settings(), now=time.now, elapsed=time.elapsed)
    with structlog.testing.capture_logs() as told:
        assert await refusal(issuer, provider.token()) == "ISSUER_UNREACHABLE"
        provider.answer = None
        assert await refusal(issuer, provider.token()) == "ISSUER_UNREACHABLE"
        time.passed = RETRY_SECONDS
        assert (await issuer.vouch(provider.token())).subject == "0-1-2"
    assert [line["event"] for line in told] == ["issuer_unreachable", "issuer_reached_again"]


async def test_a_question_under_way_ends_with_the_node(provider, time):
    provider.hang = asyncio.Event()
    issuer = ExternalIssuer(provider.settings(), now=time.now, elapsed=time.elapsed)
    waiting = asyncio.create_task(issuer.vouch(provider.token()))
    await provider.was_asked.wait()
    await issuer.close()
    with pytest.raises(Unavailable):
        await waiting
    provider.hang.set()


async def test_an_issuer_that_asks_for_every_unknown_key_would_be_found(provider, time, refusal):
    """The twin of the bound on questions."""

    class Eager(ExternalIssuer):
        def _begin_in_turn(self):
            self._tried_at = self._elapsed() - RETRY_SECONDS
            super()._begin_in_turn()

    issuer = Eager(provider.settings(), now=time.now, elapsed=time.elapsed)
    for number in range(5):
        await refusal(issuer, provider.token(f"forged-{number}", provider.keys["r1"]))
    assert len(provider.asked) > 2


async def test_an_issuer_that_never_looks_again_would_be_found(provider, time):
    """The twin of the refresh."""

    class Trusting(ExternalIssuer):
        async def _keep_fresh(self):
            if self._keys is None:
                await super()._keep_fresh()

    issuer = Trusting(provider.settings(), now=time.now, elapsed=time.elapsed)
    await issuer.vouch(provider.token())
    provider.published = ["r2"]
    time.passed = 300
    assert (await issuer.vouch(provider.token())).subject == "0-1-2"
