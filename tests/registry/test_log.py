"""The log's entries: headers, leaves and bodies."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import timedelta, timezone

import pytest

from ucs_registry.canonical import canonical_json
from ucs_registry.log import FORMAT, Entry, EntryDraft, Outcome, new_salt
from ucs_registry.testing import NOW, a_resource, an_entry
from ucs_sdk.errors import Invalid

FIXED = {
    "at": NOW + timedelta(microseconds=123456),
    "origin": "hub-qingdao",
    "call_id": "01JNK3Z9Q4C5T3V2S1R0P9N8M7",
    "request_id": "r-1",
    "actor": "principals/alice",
    "on_behalf_of": "principals/app",
    "verb": "update",
    "action": "edit",
    "object": "resources/00000000000000000000000001",
    "outcome": Outcome.ACCEPTED,
    "reason": None,
    "rule": "editor-of-owner",
    "before": "00" * 32,
    "after": "11" * 32,
    "access_before": a_resource(1).access,
    "access_after": a_resource(1, owner="water").access,
    "body": '{"title":"积水点"}',
    "salt": "000102030405060708090a0b0c0d0e0f",
}

HEADER = (
    '{"access_after":{"data_level":"l1","kind":"data","open_type":"none","owner":"water","share_type":"unconditional",'
    '"state":"online","type":"dataset"},"access_before":{"data_level":"l1","kind":"data","open_type":"none",'
    '"owner":"37","share_type":"unconditional","state":"online","type":"dataset"},"action":"edit",'
    '"actor":"principals/alice","after":"1111111111111111111111111111111111111111111111111111111111111111",'
    '"at":"2026-03-01T08:00:00.123456Z","before":"0000000000000000000000000000000000000000000000000000000000000000",'
    '"body_digest":"BODY_DIGEST",'
    '"call_id":"01JNK3Z9Q4C5T3V2S1R0P9N8M7","format":1,"object":"resources/00000000000000000000000001",'
    '"on_behalf_of":"principals/app","origin":"hub-qingdao","outcome":"accepted","position":7,"reason":null,'
    '"request_id":"r-1","rule":"editor-of-owner","verb":"update"}'
)

BODY_DIGEST = "033254291f48585c1aedf385b64ad6fd7c941598ed71c02752a709c10eebcb34"
LEAF = "dbf19689cb80796e7a461b29b8d3a55f1b30b6f7588a5ee1745a4d9788963d15"


def test_known_entry_has_the_known_leaf() -> None:
    # The figures are pinned: whoever changes the layout of a header changes FORMAT with it, and keeps the old one readable.
    entry = EntryDraft(**FIXED).place(7)
    assert FORMAT == 1
    assert entry.body_digest == BODY_DIGEST
    assert canonical_json(entry.header()).decode() == HEADER.replace("BODY_DIGEST", BODY_DIGEST)
    assert entry.leaf == LEAF
    # Worked out without the code above: RFC 6962's leaf over the header's text.
    assert hashlib.sha256(b"\0" + HEADER.replace("BODY_DIGEST", BODY_DIGEST).encode()).hexdigest() == LEAF
    salted = bytes.fromhex(FIXED["salt"]) + FIXED["body"].encode()
    assert hashlib.sha256(salted).hexdigest() == BODY_DIGEST


def test_every_field_of_the_header_moves_the_leaf() -> None:
    entry = EntryDraft(**FIXED).place(7)
    changes = {
        "format": 2,
        "position": 8,
        "at": NOW,
        "outcome": Outcome.REFUSED,
        "access_before": None,
        "access_after": None,
    }
    header = [field.name for field in fields(Entry) if field.name not in ("body", "salt", "leaf")]
    assert set(entry.header()) == set(header)
    for name in header:
        changed = replace(entry, **{name: changes.get(name, "changed")})
        assert changed.computed_leaf() != entry.leaf, name


def test_dropped_body_leaves_the_leaf() -> None:
    entry = EntryDraft(**FIXED).place(7)
    assert replace(entry, body=None, salt=None).computed_leaf() == entry.leaf


def test_another_body_or_salt_moves_the_digest() -> None:
    digests = {
        EntryDraft(**FIXED | changes).place(7).body_digest
        for changes in ({}, {"body": '{"title":"积水"}'}, {"salt": "ff" * 16})
    }
    assert len(digests) == 3


def test_time_is_the_instant_and_not_its_notation() -> None:
    china = FIXED["at"].astimezone(timezone(timedelta(hours=8)))
    assert EntryDraft(**FIXED | {"at": china}).place(7).leaf == LEAF


def test_salts_are_sixteen_bytes_and_differ() -> None:
    salts = {new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)


@pytest.mark.parametrize("name", ["object", "actor", "reason", "request_id", "body"])
@pytest.mark.parametrize("text", ["a\x00", "\ud800"])
def test_text_that_no_database_keeps_is_refused(name: str, text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        an_entry(**{name: text})
    assert refusal.value.fields["path"] == name
