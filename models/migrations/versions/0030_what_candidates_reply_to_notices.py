"""What candidates reply to notices."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("hits", sa.JSON(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["candidate_notice.id"],
            name=op.f("fk_notice_reply_notice_id_candidate_notice"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_reply")),
        sa.UniqueConstraint("message", name=op.f("uq_notice_reply_message")),
    )
    with op.batch_alter_table("notice_reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_reply_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_reply_notice_id"), ["notice_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("notice_reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_reply_notice_id"))
        batch_op.drop_index(batch_op.f("ix_notice_reply_at"))

    op.drop_table("notice_reply")
