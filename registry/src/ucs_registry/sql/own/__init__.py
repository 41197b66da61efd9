"""Tables of plugins' own, which their authors declare and ask by SQLAlchemy Core.

`claiming` makes the declared tables the platform's: names, types, limits. `making` brings them into the database. `guarding`
looks a statement through before it runs. `running` runs it.
"""
