"""Who wants no daily report."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "no_daily_report",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("since", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_no_daily_report_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_no_daily_report")),
    )


def downgrade() -> None:
    op.drop_table("no_daily_report")
