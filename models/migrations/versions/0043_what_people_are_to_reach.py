"""What people are to reach."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.String(length=30), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", models.base.Moment(), nullable=False),
        sa.CheckConstraint("(employee_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_target_whose")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_target_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["employee.id"], name=op.f("fk_target_set_by_id_employee")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_target_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_target_unit_id_target_role"), ["unit_id", "role"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_unit_id_target_role"))
        batch_op.drop_index(batch_op.f("ix_target_employee_id"))

    op.drop_table("target")
