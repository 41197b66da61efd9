"""Rows of an import, as far as they can be looked at without the platform: by a node, by the process beside it, and by a client.

Little is imported here, and nothing of the platform: a process that prepares rows is to begin at once.
"""
