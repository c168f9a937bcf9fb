"""Long months of overtime."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overtime_talk",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_overtime_talk_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", "month", name=op.f("pk_overtime_talk")),
    )


def downgrade() -> None:
    op.drop_table("overtime_talk")
