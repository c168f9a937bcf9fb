"""Taking back large distributions."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("distribution_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("undoable_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_distribution_run_undoable_id_undoable"), "undoable", ["undoable_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("distribution_run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_distribution_run_undoable_id_undoable"), type_="foreignkey")
        batch_op.drop_column("undoable_id")
