"""What people contest."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=30), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("credited_before_id", sa.Integer(), nullable=True),
        sa.Column("value_before", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["credited_before_id"], ["employee.id"], name=op.f("fk_contest_credited_before_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["employee.id"], name=op.f("fk_contest_decided_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_contest_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_contest_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
    )
    with op.batch_alter_table("contest", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contest_employee_id_contest_state"), ["employee_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contest_state_contest_asked_at"), ["state", "asked_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("contest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contest_state_contest_asked_at"))
        batch_op.drop_index(batch_op.f("ix_contest_employee_id_contest_state"))

    op.drop_table("contest")
