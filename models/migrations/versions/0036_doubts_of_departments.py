"""Doubts of departments."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doubt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(length=50), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("remind_at", models.base.Moment(), nullable=False),
        sa.Column("due_at", models.base.Moment(), nullable=False),
        sa.Column("reminded_at", models.base.Moment(), nullable=True),
        sa.Column("escalated_at", models.base.Moment(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_doubt_application_id_application")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["employee.id"], name=op.f("fk_doubt_asked_by_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubt")),
    )
    with op.batch_alter_table("doubt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_doubt_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_doubt_asked_by_id"), ["asked_by_id"], unique=False)
        batch_op.create_index(
            "uq_doubt_open",
            ["application_id", "dimension"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("doubt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_doubt_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_doubt_asked_by_id"))
        batch_op.drop_index(batch_op.f("ix_doubt_application_id"))

    op.drop_table("doubt")
