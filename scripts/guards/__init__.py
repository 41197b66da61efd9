"""The rules of the house that no ready-made tool can check, as small functions from a tree of files to what is wrong in it."""
