"""Visits."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("planned_at", models.base.Moment(), nullable=True),
        sa.Column("in_at", models.base.Moment(), nullable=False),
        sa.Column("in_fix_id", sa.Integer(), nullable=False),
        sa.Column("out_at", models.base.Moment(), nullable=True),
        sa.Column("out_fix_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["contact_attempt.id"], name=op.f("fk_visit_attempt_id_contact_attempt")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_visit_case_id_case")),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_visit_employee_id_employee")),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_up.id"], name=op.f("fk_visit_follow_up_id_follow_up")
        ),
        sa.ForeignKeyConstraint(
            ["in_fix_id"], ["location_fix.id"], name=op.f("fk_visit_in_fix_id_location_fix")
        ),
        sa.ForeignKeyConstraint(
            ["out_fix_id"], ["location_fix.id"], name=op.f("fk_visit_out_fix_id_location_fix")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("key", name=op.f("uq_visit_key")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_case_id_visit_in_at"), ["case_id", "in_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_day"), ["day"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_visit_employee_id_visit_day"), ["employee_id", "day"], unique=False
        )
        batch_op.create_index(
            "uq_visit_inside",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("state = 'inside'"),
            postgresql_where=sa.text("state = 'inside'"),
        )
        batch_op.create_index(
            "uq_visit_plan",
            ["follow_up_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'void' AND follow_up_id IS NOT NULL"),
            postgresql_where=sa.text("state <> 'void' AND follow_up_id IS NOT NULL"),
        )

    with op.batch_alter_table("debtor", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column("place_origin", sa.String(length=10), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("debtor", schema=None) as batch_op:
        batch_op.drop_column("place_origin")
        batch_op.drop_column("place")

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_visit_plan",
            sqlite_where=sa.text("state <> 'void' AND follow_up_id IS NOT NULL"),
            postgresql_where=sa.text("state <> 'void' AND follow_up_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_visit_inside",
            sqlite_where=sa.text("state = 'inside'"),
            postgresql_where=sa.text("state = 'inside'"),
        )
        batch_op.drop_index(batch_op.f("ix_visit_employee_id_visit_day"))
        batch_op.drop_index(batch_op.f("ix_visit_day"))
        batch_op.drop_index(batch_op.f("ix_visit_case_id_visit_in_at"))

    op.drop_table("visit")
