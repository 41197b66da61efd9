"""Work on the next revision of what is served is told to those who work on it alone, by whichever verb it is done."""

from __future__ import annotations

from ucs_core.platform import Call
from ucs_core.platform.watching import batch

EDITOR, REVIEWER = Call(principal="editor"), Call(principal="reviewer")


async def _told(city, who, start):
    async with city.listening(who, after=start) as ear:
        await ear.until(lambda ear: ear.progress)
    return ear.told


async def _in_review(city, name):
    await city.update(name, title={"zh": "机密", "en": "Secret plan"})
    return await city.platform.resources.submit(EDITOR, name)


async def test_change_of_dependencies_is_no_news_for_others(city, monkeypatch):
    made, other = await city.publish(), await city.publish("QD-2")
    async with city.platform.session("editor") as session:
        etag = (await session.resource(made.name)).etag
    start = await city.position()
    link = {"target": other.name, "relation": "reads"}
    await city.platform.dependencies.change(EDITOR, made.name, [link], [], etag)
    assert await _told(city, "editor", start) == [("modified", made.name)]
    assert await _told(city, "roads", start) == []
    # The twin: where only some of the verbs are known to prepare, the next revision is news for everybody.
    monkeypatch.setattr(batch, "PREPARING", frozenset({"resources.update"}))
    assert await _told(city, "roads", start) == [("modified", made.name)]


async def test_undone_rejection_is_no_news_for_others(city):
    made = await city.publish()
    waiting = await _in_review(city, made.name)
    await city.platform.resources.reject(REVIEWER, made.name, "Not yet.", waiting.etag)
    start = await city.position()
    await city.platform.resources.undo_review(REVIEWER, made.name)
    assert await _told(city, "editor", start) == [("modified", made.name)]
    assert await _told(city, "roads", start) == []


async def test_undone_approval_is_news_for_everybody(city):
    made = await city.publish()
    waiting = await _in_review(city, made.name)
    await city.platform.resources.approve(REVIEWER, made.name, waiting.etag)
    start = await city.position()
    await city.platform.resources.undo_review(REVIEWER, made.name)
    assert await _told(city, "roads", start) == [("modified", made.name)]
