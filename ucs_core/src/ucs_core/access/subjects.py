"""Whose subject somebody is: who the identity providers' subjects are on this platform."""

from __future__ import annotations

from collections.abc import Iterable

from ucs_registry.principals import Principal


def subjects_of(principals: Iterable[Principal]) -> dict[tuple[str, str], str]:
    """The ids of principals by their subjects (issuer, subject). A subject of two principals is nobody's.

    No two principals may have the same subject; where a store has let two in, neither can call with its tokens.
    """
    found: dict[tuple[str, str], str] = {}
    disputed = set()
    for principal in principals:
        if principal.subject is not None:
            subject = principal.subject.issuer, principal.subject.subject
            if found.setdefault(subject, principal.id) != principal.id:
                disputed.add(subject)
    return {subject: id for subject, id in found.items() if subject not in disputed}
