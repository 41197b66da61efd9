"""`ucs sim storm`: two storms over the demo city, played against a running platform through its public doors."""

from ucs_core.cli.storm.verb import commands, storm_verb

__all__ = ["commands", "storm_verb"]
