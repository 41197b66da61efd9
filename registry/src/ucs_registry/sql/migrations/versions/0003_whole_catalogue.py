"""The whole catalogue: what is deleted, types, member sets, areas, counters and review queues."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new, and fill it from the rows that are there."""


def downgrade() -> None:
    """Remove what was added, and all that it holds."""
