"""What UCS says to people, in the language that they asked for. The words themselves are in `ucs_sdk.wording`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from string import Formatter

from ucs_sdk.wording import CATALOGUE, DID_YOU_MEAN, IMPORT_ENDED


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


def render(reason: str, locale: Locale, fields: Mapping[str, object]) -> str:
    """Fill the message of `reason`; a field that is missing shows as its name, so that an error never hides an error."""
    message = CATALOGUE.get(reason)
    if message is None:
        return reason
    template = message.zh if locale is Locale.ZH else message.en
    text = _Lenient().vformat(template, (), {key: _plain(value) for key, value in fields.items()})
    near = _plain(fields.get("near"))
    if near:
        text += DID_YOU_MEAN.zh.format(near=near) if locale is Locale.ZH else DID_YOU_MEAN.en.format(near=near)
    if "committed" in fields:
        ending = IMPORT_ENDED.zh if locale is Locale.ZH else IMPORT_ENDED.en
        text += _Lenient().vformat(ending, (), fields)
    return text


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


class _Lenient(Formatter):
    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        return kwargs.get(str(key), f"{{{key}}}")
