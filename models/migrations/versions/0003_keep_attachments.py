"""Keep attachments and what cards are about."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_content",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("needed_until", models.base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_kept_content")),
    )
    with op.batch_alter_table("kept_content", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_content_needed_until"), ["needed_until"], unique=False)

    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(length=100), nullable=True))
        batch_op.create_index(
            "ix_outbound_message_about",
            ["about"],
            unique=False,
            sqlite_where=sa.text("about IS NOT NULL"),
            postgresql_where=sa.text("about IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbound_message_about",
            sqlite_where=sa.text("about IS NOT NULL"),
            postgresql_where=sa.text("about IS NOT NULL"),
        )
        batch_op.drop_column("about")

    with op.batch_alter_table("kept_content", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_content_needed_until"))

    op.drop_table("kept_content")
