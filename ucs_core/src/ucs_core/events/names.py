"""How subscriptions, leases and the subjects of events are called in the store."""

from __future__ import annotations

from ucs_registry.events import Event


def subscription_name(plugin: str, handler: str) -> str:
    """A plugin's handler as the store knows it."""
    return f"{plugin}.{handler}"


def delivery_lease(subscription: str) -> str:
    """Who has it delivers to the subscription."""
    return f"deliver:{subscription}"


def schedule_lease(plugin: str, schedule: str) -> str:
    """Who has it has this turn of a schedule."""
    return f"every:{plugin}.{schedule}"


def run_lease(plugin: str) -> str:
    """Who has it runs what runs as long as the plugin does."""
    return f"run:{plugin}"


def subject_of(event: Event) -> str:
    """What keeps events in order: those of one subject; an event without one stands alone."""
    return f"#{event.position}" if event.subject is None else f"={event.subject}"
