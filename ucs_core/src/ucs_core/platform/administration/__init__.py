"""Administering access: principals, roles, policies, grants and keys, who may change them, and what a change would do."""
