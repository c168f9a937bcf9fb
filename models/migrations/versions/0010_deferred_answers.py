"""Deferred answers."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deferred_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("try_at", models.base.Moment(), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_deferred_answer_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferred_answer")),
        sa.UniqueConstraint("key", name=op.f("uq_deferred_answer_key")),
    )
    with op.batch_alter_table("deferred_answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deferred_answer_due",
            ["try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("deferred_answer", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deferred_answer_due",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        )

    op.drop_table("deferred_answer")
