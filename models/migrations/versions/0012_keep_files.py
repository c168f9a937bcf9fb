"""Keep files."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "abandoned_object",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_abandoned_object")),
    )
    op.create_table(
        "media_fetch",
        sa.Column("ticket", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("media_id", sa.String(length=256), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("next_at", models.base.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_media_fetch")),
    )
    with op.batch_alter_table("media_fetch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_fetch_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_fetch_subject"), ["subject"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", models.base.Moment(), nullable=False),
        sa.Column("delete_after", models.base.Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("ticket", sa.String(length=20), nullable=True),
        sa.Column("location", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("copy_sha256", sa.String(length=64), nullable=True),
        sa.Column("copied_at", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("subject", "about", "sha256", name=op.f("uq_stored_file_subject_about_sha256")),
        sa.UniqueConstraint("ticket", name=op.f("uq_stored_file_ticket")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stored_file_copied_at",
            ["copied_at"],
            unique=False,
            sqlite_where=sa.text("copied_at IS NOT NULL"),
            postgresql_where=sa.text("copied_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_stored_file_delete_after"), ["delete_after"], unique=False)
        batch_op.create_index(
            "ix_stored_file_in_database",
            ["id"],
            unique=False,
            sqlite_where=sa.text("content IS NOT NULL"),
            postgresql_where=sa.text("content IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_stored_file_in_database",
            sqlite_where=sa.text("content IS NOT NULL"),
            postgresql_where=sa.text("content IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_stored_file_delete_after"))
        batch_op.drop_index(
            "ix_stored_file_copied_at",
            sqlite_where=sa.text("copied_at IS NOT NULL"),
            postgresql_where=sa.text("copied_at IS NOT NULL"),
        )

    op.drop_table("stored_file")
    with op.batch_alter_table("media_fetch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_fetch_subject"))
        batch_op.drop_index(batch_op.f("ix_media_fetch_next_at"))

    op.drop_table("media_fetch")
    op.drop_table("abandoned_object")
