"""How much a message may unfold to: two bytes on the wire can become a hundred in memory."""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import Descriptor

from ucs_sdk.errors import Invalid

REQUEST_ELEMENTS_MOST, CHUNK_ELEMENTS_MOST = 50_000, 150_000
"""How many elements of lists and maps a request and a chunk of an import may hold. A thousand resources of the demo city
come to 30,000."""

_LENGTH_DELIMITED = 2


def check_density(descriptor: Descriptor, raw: bytes, most: int) -> None:
    """Raise Invalid unless the bytes of a message surely unfold to few elements.

    What is counted are the bytes with which an element can begin, wherever they stand: text counts a little, too.
    """
    elements = sum(map(raw.count, _beginnings(descriptor)))
    if elements > most:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="elements", value=elements, most=most)


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
