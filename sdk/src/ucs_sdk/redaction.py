"""What no output may hold, whoever wrote it: tokens, private keys, and passwords in addresses."""

from __future__ import annotations

import re

TEXT_MOST = 400
"""How much of an exception's own words is told."""

_SECRETS = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "[token]"),
    (re.compile(r"(?i)(\bbearer|\bauthorization\W{1,5}basic)\s+[^\s\"',;)]{8,}"), r"\1 [token]"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)", re.DOTALL), "[key]"),
    # To the last @ of the address: a password may hold one itself.
    (re.compile(r"(://[^\s:/@\"']*):[^\s\"']*@"), r"\1:[password]@"),
    (re.compile(r"(?i)\b(password|passwd|secret|access_token)=(?:'[^']*'|[^\s&\"']+)"), r"\1=[password]"),
)


def without_secrets(text: str) -> str:
    """The text, with what looks like a secret struck out."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def gist(error: BaseException) -> str:
    """An exception's type and the first line of what it says: further lines quote data, in every driver and validator."""
    first = str(error).strip().partition("\n")[0]
    told = without_secrets(first)
    told = told if len(told) <= TEXT_MOST else f"{told[:TEXT_MOST]}…"
    name = type(error).__qualname__
    return f"{name}: {told}" if told else name
