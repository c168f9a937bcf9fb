"""Nicknames."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nickname",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=20), nullable=False),
        sa.Column("given_at", models.base.Moment(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_nickname_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["employee.id"], name=op.f("fk_nickname_given_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nickname")),
        sa.UniqueConstraint("employee_id", "words", name=op.f("uq_nickname_employee_id_words")),
    )
    with op.batch_alter_table("nickname", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nickname_words"), ["words"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("nickname", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nickname_words"))

    op.drop_table("nickname")
