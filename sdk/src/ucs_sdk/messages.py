"""What UCS says to people, in the language that they asked for.

The words themselves are in `ucs_sdk.wording`, and those that fill them in `ucs_sdk.phrasing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from string import Formatter
from typing import Self

from ucs_sdk.phrasing import IDENTIFIERS, PHRASES
from ucs_sdk.wording import CATALOGUE, DID_YOU_MEAN, IMPORT_ENDED, Message


class Locale(StrEnum):
    """The languages in which UCS speaks to people."""

    ZH = "zh"
    EN = "en"


DEFAULT_LOCALE = Locale.EN


def negotiate(accept_language: str | None, default: Locale = DEFAULT_LOCALE) -> Locale:
    """Choose a language from an Accept-Language value (RFC 9110 §12.5.4); unknown languages are passed over."""
    best, best_weight = default, 0.0
    for part in (accept_language or "")[:256].split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _quality(parameters)
        primary = tag.strip().lower().replace("_", "-").split("-")[0]
        if primary in tuple(Locale) and weight > best_weight:
            best, best_weight = Locale(primary), weight
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class Phrase(str):
    """A part of a message that has words of its own in every language, for a field of an error.

    As a text, on the wire and in logs, it is its English. Keys and words stand in `ucs_sdk.phrasing`.
    """

    key: str
    fields: Mapping[str, object]

    def __new__(cls, key: str, /, **fields: object) -> Self:
        phrase = super().__new__(cls, _filled(PHRASES.get(key), Locale.EN, fields) or key)
        phrase.key = key
        phrase.fields = fields
        return phrase

    def worded(self, locale: Locale) -> str:
        """The phrase in one language."""
        return _filled(PHRASES.get(self.key), locale, self.fields) or self.key


def render(reason: str, locale: Locale, fields: Mapping[str, object]) -> str:
    """Fill the message of `reason`; a field that is missing shows as its name, so that an error never hides an error.

    A field that holds a `Phrase`, or an identifier that people call otherwise, is worded in the same language.
    """
    text = _filled(CATALOGUE.get(reason), locale, fields)
    if text is None:
        return reason
    if fields.get("near"):
        text += _filled(DID_YOU_MEAN, locale, fields) or ""
    if "committed" in fields:
        text += _filled(IMPORT_ENDED, locale, fields) or ""
    return text


def words(message: Message, fields: Mapping[str, object]) -> Mapping[Locale, str]:
    """A message that is not of the catalogue, filled, in every language."""
    return {locale: _filled(message, locale, fields) or "" for locale in Locale}


def _filled(message: Message | None, locale: Locale, fields: Mapping[str, object]) -> str | None:
    if message is None:
        return None
    return _Wording(locale).vformat(message.zh if locale is Locale.ZH else message.en, (), fields)


class _Wording(Formatter):
    """Words the fields of a template in one language; `{name!s}` is the value as it is typed, `{name!r}` the same quoted."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> tuple[str, object]:
        return str(key), kwargs.get(str(key), f"{{{key}}}")

    def convert_field(self, value: tuple[str, object], conversion: str | None) -> str:
        name, held = value
        match conversion:
            case "s":
                return self._told(held)
            case "r":
                return repr(self._told(held))
            case _:
                return self._told(held, IDENTIFIERS.get(name))

    def _told(self, held: object, titles: Mapping[str, Message] | None = None) -> str:
        if isinstance(held, Phrase):
            return held.worded(self._locale)
        if isinstance(held, (list, tuple, set, frozenset)):
            return ("、" if self._locale is Locale.ZH else ", ").join(self._told(item, titles) for item in held)
        text = "" if held is None else str(held)
        title = (titles or {}).get(text)
        if title is None:
            return text
        return title.zh if self._locale is Locale.ZH else title.en
