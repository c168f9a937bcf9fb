"""Questions of candidates, and what their next words belong to."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaited_words",
        sa.Column("candidate_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name=op.f("fk_awaited_words_candidate_id_candidate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_awaited_words")),
    )
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.Column("answered_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_enquiry_application_id_application")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["candidate.id"], name=op.f("fk_enquiry_person_id_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
    )
    op.create_index(op.f("ix_enquiry_application_id"), "enquiry", ["application_id"])
    op.create_index(op.f("ix_enquiry_person_id"), "enquiry", ["person_id"])
    op.create_index(
        "ix_stage_record_missed",
        "stage_record",
        ["missed_at"],
        sqlite_where=sa.text("status = 'no_show'"),
        postgresql_where=sa.text("status = 'no_show'"),
    )


def downgrade() -> None:
    op.drop_index("ix_stage_record_missed", table_name="stage_record")
    op.drop_table("enquiry")
    op.drop_table("awaited_words")
