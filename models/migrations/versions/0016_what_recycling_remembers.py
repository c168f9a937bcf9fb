"""What recycling remembers."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recycling_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("noted_at", models.base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recycling_rules")),
    )
    op.create_table(
        "idle_debtor",
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("since", models.base.Moment(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_idle_debtor_debtor_id_debtor")),
        sa.PrimaryKeyConstraint("debtor_id", name=op.f("pk_idle_debtor")),
    )


def downgrade() -> None:
    op.drop_table("idle_debtor")
    op.drop_table("recycling_rules")
