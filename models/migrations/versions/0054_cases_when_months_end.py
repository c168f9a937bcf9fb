"""Cases when months end."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "month_end",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("was_bucket", sa.Integer(), nullable=True),
        sa.Column("was_balance", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_month_end_case_id_case")),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_month_end_owner_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_end")),
        sa.UniqueConstraint("case_id", "day", name=op.f("uq_month_end_case_id_day")),
    )
    op.create_index(op.f("ix_month_end_owner_id_month_end_day"), "month_end", ["owner_id", "day"])


def downgrade() -> None:
    op.drop_table("month_end")
