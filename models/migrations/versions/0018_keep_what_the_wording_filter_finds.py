"""Keep what the wording filter finds."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wording_allowance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("words", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("added_at", models.base.Moment(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", models.base.Moment(), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["employee.id"], name=op.f("fk_wording_allowance_added_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["employee.id"], name=op.f("fk_wording_allowance_removed_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_allowance")),
    )
    with op.batch_alter_table("wording_allowance", schema=None) as batch_op:
        batch_op.create_index(
            "uq_wording_allowance_open",
            ["code", "words"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "wording_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("escalated_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["employee.id"], name=op.f("fk_wording_text_author_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_text")),
    )
    with op.batch_alter_table("wording_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wording_text_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_wording_text_author_id_wording_text_at"), ["author_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_wording_text_subject"), ["subject"], unique=False)

    op.create_table(
        "wording_hit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("quoted", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["employee.id"], name=op.f("fk_wording_hit_reviewer_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["text_id"], ["wording_text.id"], name=op.f("fk_wording_hit_text_id_wording_text")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_hit")),
    )
    with op.batch_alter_table("wording_hit", schema=None) as batch_op:
        batch_op.create_index(
            "ix_wording_hit_open",
            ["text_id"],
            unique=False,
            sqlite_where=sa.text("decision IS NULL"),
            postgresql_where=sa.text("decision IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_wording_hit_text_id"), ["text_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wording_hit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wording_hit_text_id"))
        batch_op.drop_index(
            "ix_wording_hit_open",
            sqlite_where=sa.text("decision IS NULL"),
            postgresql_where=sa.text("decision IS NULL"),
        )

    op.drop_table("wording_hit")
    with op.batch_alter_table("wording_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wording_text_subject"))
        batch_op.drop_index(batch_op.f("ix_wording_text_author_id_wording_text_at"))
        batch_op.drop_index(batch_op.f("ix_wording_text_at"))

    op.drop_table("wording_text")
    with op.batch_alter_table("wording_allowance", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wording_allowance_open",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.drop_table("wording_allowance")
