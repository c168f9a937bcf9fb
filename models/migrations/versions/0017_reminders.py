"""Cards about cases, and what their jobs look for."""

import sqlalchemy as sa
from alembic import op

from models.base import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_reminder_card_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_card")),
    )
    op.create_index(op.f("ix_reminder_card_day"), "reminder_card", ["day"])
    op.create_index(
        op.f("ix_reminder_card_employee_id_reminder_card_day"), "reminder_card", ["employee_id", "day"]
    )
    op.create_index(
        "ix_case_contact_by",
        "case",
        ["contact_by"],
        sqlite_where=sa.text("contact_by IS NOT NULL"),
        postgresql_where=sa.text("contact_by IS NOT NULL"),
    )
    op.create_index(
        "ix_case_worked_at",
        "case",
        ["worked_at"],
        sqlite_where=sa.text("status = 'in_progress'"),
        postgresql_where=sa.text("status = 'in_progress'"),
    )


def downgrade() -> None:
    op.drop_index("ix_case_worked_at", "case")
    op.drop_index("ix_case_contact_by", "case")
    op.drop_table("reminder_card")
