"""The catalogue of UCS: organisations, resources, revisions, dependencies, grants and the log.

It knows who owns what and in which state it is. Who may see it arrives from outside as a `Visibility`.
"""
