"""Documents that callers ask for by their hash: those that an operator gave, and those that callers have sent before.

The exchange is that of automatic persisted queries, as clients speak it: the hash alone at first; where it is unknown, once
more with the text.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

from ucs_core.graphql.limits import DocumentErrors, check
from ucs_sdk.errors import Invalid, NotFound, UcsError

KEPT_CHARACTERS = 1_048_576
"""How much text of callers' documents is kept in all; the one that was asked for longest ago goes first."""

FILES_MOST = 2_000
"""How many documents an operator may give."""

_HASH = re.compile(r"[0-9a-f]{64}\Z")


class PersistedDocuments:
    """Texts by their SHA-256 in hexadecimal digits."""

    def __init__(self, standing: Mapping[str, str] | None = None) -> None:
        """`standing` are the texts that are always there."""
        self._standing = dict(standing or {})
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def text(self, digest: str) -> str:
        """The text of a hash. Raises NotFound with PERSISTED_QUERY_NOT_FOUND, which asks for the text, and Invalid for what
        is no hash.
        """
        known = self.recalled(digest)
        if known is None:
            check_hash(digest)
            raise NotFound("PERSISTED_QUERY_NOT_FOUND", hash=digest)
        return known

    def recalled(self, digest: str) -> str | None:
        """The text of a hash, when it is known."""
        known = self._standing.get(digest)
        if known is None and (known := self._kept.get(digest)) is not None:
            self._kept.move_to_end(digest)
        return known

    def check(self, digest: str, text: str) -> None:
        """Raise Invalid with PERSISTED_QUERY_MISMATCH unless the hash is the text's."""
        if self.recalled(digest) == text:
            return
        check_hash(digest)
        found = digest_of(text)
        if found != digest:
            raise Invalid("PERSISTED_QUERY_MISMATCH", sent=digest, found=found)

    def keep(self, digest: str, text: str) -> None:
        """Keep a text that was checked and prepared, for those who send its hash alone."""
        if digest in self._standing or digest in self._kept:
            return
        self._kept[digest] = text
        self._characters += len(text)
        while self._characters > KEPT_CHARACTERS:
            _, oldest = self._kept.popitem(last=False)
            self._characters -= len(oldest)


def digest_of(text: str) -> str:
    """The hash of a document as clients make it: over its text as it is sent, in UTF-8. JSON holds nothing else."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _none(_file: Path, _text: str) -> bool:
    return False


def read_folder(
    folder: Path, try_out: Callable[[str], object], awaits: Callable[[Path, str], bool] = _none
) -> dict[str, str]:
    """The documents of a folder's files `*.graphql`, by their hashes: as they stand there, and without the space around them.

    Raises Invalid with DOCUMENTS_UNREADABLE, with DOCUMENT_TOO_COSTLY when there are too many, and for the first file that
    cannot be read or whose text is refused by whoever tries it out: its operator is told of it when a node starts, and not
    its callers later. What `awaits` takes may fit later, when plugins run.
    """
    try:
        files = [file for file in sorted(folder.iterdir()) if file.suffix == ".graphql"]
    except OSError as cause:
        raise Invalid("DOCUMENTS_UNREADABLE", folder=str(folder)) from cause
    check("documents", len(files), FILES_MOST)
    texts = [_tried(file, try_out, awaits) for file in files]
    return {digest_of(form): form for text in texts for form in (text, text.strip())}


def _tried(file: Path, try_out: Callable[[str], object], awaits: Callable[[Path, str], bool]) -> str:
    """The text of a file that holds a document."""
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as cause:
        raise Invalid("DOCUMENT_FILE_UNREADABLE", file=str(file)) from cause
    try:
        try_out(text)
    except DocumentErrors as cause:
        if not awaits(file, text):
            raise Invalid("DOCUMENT_FILE_INVALID", file=str(file), problem=problem_of(cause)) from cause
    except UcsError as cause:
        raise Invalid("DOCUMENT_FILE_INVALID", file=str(file), problem=problem_of(cause)) from cause
    else:
        # What fits now may name plugins as well, which may go.
        awaits(file, text)
    return text


def problem_of(cause: UcsError | DocumentErrors) -> str:
    """What is wrong with a document, in a line."""
    if isinstance(cause, UcsError):
        return str(cause)
    [error, *_] = cause.errors
    place = f"{error.locations[0].line}:{error.locations[0].column} " if error.locations else ""
    return f"{place}{error.message}"


def check_hash(digest: str) -> None:
    """Raise Invalid with PERSISTED_QUERY_HASH for what is no hash, whatever documents there are."""
    if not _HASH.match(digest):
        raise Invalid("PERSISTED_QUERY_HASH", sent=digest[:80])
