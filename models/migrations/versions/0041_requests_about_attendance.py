"""Requests about attendance."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=3), nullable=False),
        sa.Column("leave_kind", sa.String(length=20), nullable=True),
        sa.Column("begins_at", models.base.Moment(), nullable=False),
        sa.Column("ends_at", models.base.Moment(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["employee.id"], name=op.f("fk_attendance_request_decided_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_attendance_request_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_request")),
    )
    with op.batch_alter_table("attendance_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_request_state"), ["state"], unique=False)
        batch_op.create_index("ix_attendance_request_whose", ["employee_id", "kind", "day"], unique=False)
        batch_op.create_index(
            "uq_attendance_request_standing",
            ["employee_id", "kind", "day", "way"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'approved') AND kind <> 'leave'"),
            postgresql_where=sa.text("state IN ('open', 'approved') AND kind <> 'leave'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("attendance_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_attendance_request_standing",
            sqlite_where=sa.text("state IN ('open', 'approved') AND kind <> 'leave'"),
            postgresql_where=sa.text("state IN ('open', 'approved') AND kind <> 'leave'"),
        )
        batch_op.drop_index("ix_attendance_request_whose")
        batch_op.drop_index(batch_op.f("ix_attendance_request_state"))

    op.drop_table("attendance_request")
