"""Tallies that were put right."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tally_repair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("of_month", sa.Boolean(), nullable=False),
        sa.Column("entry_bucket", sa.Integer(), nullable=False),
        sa.Column("value_was", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("count_was", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_repair")),
    )
    with op.batch_alter_table("tally_repair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tally_repair_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tally_repair", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tally_repair_at"))

    op.drop_table("tally_repair")
