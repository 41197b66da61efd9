"""How much a message may unfold to: two bytes on the wire can become a hundred in memory."""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import Descriptor

from ucs_sdk.errors import Invalid

REQUEST_ELEMENTS_MOST, CHUNK_ELEMENTS_MOST = 50_000, 150_000
"""How many elements of lists and maps a request and a chunk of an import may hold. A thousand resources of the demo city
come to 30,000."""

FIELDS_LOOKED_AT = 16
"""How many fields of a message are looked at for bytes: a chunk of lines has fewer."""

_VARINT, _LENGTH_DELIMITED = 0, 2


def check_density(descriptor: Descriptor, raw: bytes, most: int) -> None:
    """Raise Invalid unless the bytes of a message surely unfold to few elements.

    What is counted are the bytes with which an element can begin, wherever they stand: text counts a little, too. What
    stands in a field of bytes is not, for it stays as it is: whoever unfolds it counts on its own.
    """
    if len(raw) <= most:
        # Each begins with a byte of its own.
        return
    counted = _without_bytes(descriptor, raw)
    elements = sum(map(counted.count, _beginnings(descriptor)))
    if elements > most:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="elements", value=elements, most=most)


def _without_bytes(descriptor: Descriptor, raw: bytes) -> bytes:
    """A message of few fields without those that hold bytes; other messages as they are."""
    numbers = {field.number for field in descriptor.fields if field.type == field.TYPE_BYTES}
    kept: list[bytes] = []
    at = 0
    for _ in range(FIELDS_LOOKED_AT if numbers else 0):
        if at >= len(raw):
            return b"".join(kept)
        tag, behind = _varint(raw, at)
        if tag & 7 == _VARINT:
            _, end = _varint(raw, behind)
        elif tag & 7 == _LENGTH_DELIMITED:
            length, behind = _varint(raw, behind)
            end = behind + length
        else:
            break
        kept.append(raw[at : behind if tag >> 3 in numbers else end])
        at = end
    return raw


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number, and the place behind it. One that is cut off or too long leads behind the end."""
    value = 0
    for shift, byte in enumerate(raw[at : at + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    return value, len(raw) + 1


@cache
def _beginnings(descriptor: Descriptor) -> tuple[int, ...]:
    """The first bytes of the tags of all repeated fields in a message and below it."""
    found: set[int] = set()
    known: set[str] = set()
    waiting = [descriptor]
    while waiting:
        message = waiting.pop()
        known.add(message.full_name)
        for field in message.fields:
            if field.is_repeated:
                tag = field.number << 3 | _LENGTH_DELIMITED
                # A short tag may also be spelt as a long one.
                found |= {tag & 0x7F | 0x80} | ({tag} if tag < 0x80 else set())
            if field.message_type is not None and field.message_type.full_name not in known:
                waiting.append(field.message_type)
    return tuple(found)
