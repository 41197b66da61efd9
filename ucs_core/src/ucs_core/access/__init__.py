"""Access: who may do what. Policies in casbin's language, compiled to an index; tokens that say who calls."""

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.explain import Explanation, explain
from ucs_core.access.policy import PolicyRow, RoleAssignment, check_rules
from ucs_core.access.ready import ready_rules
from ucs_core.access.snapshot import Decision, Profile, Snapshot, compile_snapshot
from ucs_core.access.tokens import LocalIssuer, TokenVerifier, VerifiedToken

__all__ = [
    "Action",
    "Authority",
    "Decision",
    "Explanation",
    "LocalIssuer",
    "PolicyRow",
    "Profile",
    "RoleAssignment",
    "Snapshot",
    "TokenVerifier",
    "VerifiedToken",
    "check_rules",
    "compile_snapshot",
    "explain",
    "ready_rules",
]
