"""Messages that wait their turn."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=10), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("parked_at", models.base.Moment(), nullable=False),
        sa.Column("taken_at", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_message")),
        sa.UniqueConstraint("key", name=op.f("uq_parked_message_key")),
    )
    with op.batch_alter_table("parked_message", schema=None) as batch_op:
        batch_op.create_index("ix_parked_message_sender", ["account", "sender", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("parked_message", schema=None) as batch_op:
        batch_op.drop_index("ix_parked_message_sender")

    op.drop_table("parked_message")
