"""Targets from tables."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.alter_column("set_by_id", existing_type=sa.INTEGER(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM target WHERE set_by_id IS NULL")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.alter_column("set_by_id", existing_type=sa.INTEGER(), nullable=False)
